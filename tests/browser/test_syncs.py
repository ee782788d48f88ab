"""The Syncs page as its user meets it: a run looked at and closed, one cancelled, the past filled in."""

import re
from datetime import UTC, date, datetime

import pytest
from playwright.sync_api import Error, expect

from core.domain import RunState, RunTrigger
from core.ops.businesses import list_businesses
from core.ops.runs import request_run
from tests.browser.conftest import newest_runs, open_page, running_demo, wait_until

pytestmark = pytest.mark.browser

SOON = 30_000


@pytest.fixture(scope="module")
def demo(browser, tmp_path_factory):
    """Answers take their time, so that a run is still going on when somebody cancels it."""
    with running_demo(tmp_path_factory.mktemp("syncs") / "data", "--latency-ms", "300") as demo:
        yield demo


def first_business(demo):
    with demo.operations() as database, database.reading() as session:
        return list_businesses(session)[0]


def badge(page, words):
    return page.get_by_role("dialog").get_by_text(words, exact=True).first


def open_newest(page):
    """Click the newest run's bar: the last one of the strip."""
    bars = page.locator(".js-plotly-plot .bars .point path")
    expect(bars.first).to_be_visible(timeout=SOON)
    dialog = page.get_by_role("dialog")
    wait_until(lambda: clicked(bars.last, dialog), seconds=20)


def clicked(bar, dialog):
    """A chart that was drawn a moment ago may not listen yet, or be drawn anew."""
    try:
        bar.click(position={"x": 8, "y": 20}, force=True)
        expect(dialog).to_have_count(1, timeout=3_000)
    except (AssertionError, Error):
        return False
    return True


def test_a_run_is_opened_by_a_click_and_closed_by_escape(page, demo):
    open_page(page, "/syncs")
    open_newest(page)
    run = newest_runs(demo)[0]
    expect(page.get_by_role("dialog")).to_contain_text(f"Run {run.id} · {run.business.name}", timeout=SOON)
    expect(page).to_have_url(re.compile(rf"[?&]run={run.id}\b"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page).not_to_have_url(re.compile("run="))
    open_newest(page)  # the same one once more
    expect(page.get_by_role("dialog")).to_contain_text(f"Run {run.id} · ", timeout=SOON)
    assert page.complaints == []


def test_a_running_run_is_cancelled_and_seen_to_its_end(page, demo):
    business = first_business(demo)
    open_page(page, f"/syncs?business={business.name}")
    with demo.operations() as database:  # of twenty years, so that it is not over before the click
        run_id = request_run(
            database, business.id, RunTrigger.BACKFILL, now=datetime.now(UTC), fill=(date(2006, 1, 1), date(2026, 1, 1))
        ).id
    page.get_by_role("button", name="Cancel", exact=True).click()
    wait_until(lambda: newest_runs(demo)[0].state.is_final, seconds=20)
    run = newest_runs(demo)[0]
    assert (run.id, run.state, run.cancelled_by) == (run_id, RunState.CANCELLED, "local")
    open_page(page, f"/syncs?run={run.id}")
    expect(badge(page, "Cancelled")).to_be_visible(timeout=SOON)
    expect(page.get_by_role("button", name="Try the rest again")).to_be_visible()


def test_the_past_is_filled_in_from_the_page(page, demo):
    open_page(page, f"/syncs?business={first_business(demo).name}")
    page.get_by_role("button", name="Fill in the past").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Fill in", exact=True).click()
    expect(dialog).to_have_count(0, timeout=SOON)
    wait_until(lambda: newest_runs(demo)[0].trigger is RunTrigger.BACKFILL, seconds=10)
    wait_until(lambda: newest_runs(demo)[0].state.is_final, seconds=40)
    run = newest_runs(demo)[0]
    assert (run.state, run.requested_by) == (RunState.SUCCEEDED, "local")
    assert all(step.filled for step in run.steps)
    open_page(page, f"/syncs?run={run.id}")
    expect(badge(page, "Succeeded")).to_be_visible(timeout=SOON)
    expect(page.get_by_role("dialog")).to_contain_text("Back-fill")
