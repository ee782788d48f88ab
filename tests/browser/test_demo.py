"""The demo as a marketer meets it: charts, numbers that are those of the warehouse, Sync now, and a sidecar that comes and goes."""

import os
import re
import signal
import time
from datetime import UTC, datetime

import duckdb
import pytest
from playwright.sync_api import expect

from core.domain import RunState, RunTrigger
from core.ops.businesses import list_businesses
from core.ops.runs import request_run
from tests.browser.conftest import newest_runs, open_page, running_demo, wait_until

pytestmark = pytest.mark.browser


def query(demo, sql):
    with duckdb.connect(
        str((demo.data_dir / "published" / "warehouse.duckdb").resolve()), read_only=True
    ) as connection:
        return connection.execute(sql).fetchone()[0]


def metric_value(page, label):
    metric = page.get_by_test_id("stMetric").filter(has=page.get_by_text(label, exact=True))
    return metric.get_by_test_id("stMetricValue").inner_text()


def shown(number):
    """A number as the cards write it."""
    for size, letter in ((1_000_000, "M"), (1_000, "K")):
        if number >= size:
            return number / size, letter
    return number, ""


def assert_shows(text, number):
    value, letter = shown(number)
    found = re.fullmatch(r"([\d.,]+)([KM]?)", text)
    assert found, text
    assert found[2] == letter
    assert float(found[1].replace(",", "")) == pytest.approx(
        value, abs=0.051 if letter == "K" else 0.0051 if letter else 0
    )


def test_the_overview_draws_its_charts_and_cards(page):
    open_page(page, "/")
    expect(page.get_by_test_id("stMetric")).to_have_count(5)
    expect(page.locator(".js-plotly-plot")).to_have_count(2)
    for chart in page.locator(".js-plotly-plot").all():
        chart.scroll_into_view_if_needed()
        expect(chart.locator(".trace path.js-line").first).to_be_visible()
    expect(page.get_by_text("Demo data")).to_be_visible()
    assert page.complaints == []
    assert page.strangers == []


def test_the_numbers_on_the_page_are_those_of_the_published_file(page, demo):
    open_page(page, "/")
    expect(page.get_by_test_id("stMetric")).to_have_count(5)
    days = "day BETWEEN current_date - 30 AND current_date - 1"
    assert_shows(
        metric_value(page, "Impressions"), query(demo, f"SELECT sum(impressions) FROM account_daily WHERE {days}")
    )
    assert_shows(
        metric_value(page, "Engagements"), query(demo, f"SELECT sum(engagements) FROM account_daily WHERE {days}")
    )


def test_a_deep_link_after_a_fresh_start_passes_through_the_frame(page):
    open_page(page, "/syncs")
    expect(page.get_by_role("heading", name="Syncs", exact=True)).to_be_visible()
    expect(page.get_by_text("Demo data")).to_be_visible()
    expect(page.get_by_role("link", name="Overview")).to_be_visible()


def test_sync_now_makes_a_run_appear_progress_and_end_without_a_reload(page, demo):
    open_page(page, "/syncs")
    before = {run.id for run in newest_runs(demo)}
    page.get_by_role("button", name=re.compile("Sync all")).click()
    expect(page.get_by_text(re.compile(r"Runs? \d+(, \d+)*( and \d+)? (is|are) requested")).first).to_be_visible(
        timeout=10_000
    )
    expect(page.get_by_test_id("stProgress").first).to_be_visible(timeout=10_000)
    wait_until(lambda: all(run.state.is_final for run in newest_runs(demo)), seconds=60)
    expect(page.get_by_test_id("stProgress")).to_have_count(0, timeout=15_000)
    new = [run for run in newest_runs(demo) if run.id not in before]
    assert [run.state for run in new] == [RunState.SUCCEEDED] * 3
    assert {run.trigger for run in new} == {RunTrigger.MANUAL}
    newest = str(max(run.id for run in new))
    expect(page.locator(".st-key-syncs_runs_0").get_by_test_id("glide-cell-1-0")).to_have_text(newest, timeout=15_000)
    assert page.complaints == []


def test_a_second_press_while_it_runs_returns_the_same_run(page, demo):
    open_page(page, "/syncs")
    before = {run.id for run in newest_runs(demo)}
    button = page.get_by_role("button", name=re.compile("Sync all"))
    button.click()
    expect(page.get_by_test_id("stProgress").first).to_be_visible(timeout=10_000)
    button.click()
    expect(page.get_by_text(re.compile("already on (its|their) way")).first).to_be_visible(timeout=10_000)
    wait_until(lambda: all(run.state.is_final for run in newest_runs(demo)), seconds=60)
    assert len({run.id for run in newest_runs(demo)} - before) == 3


def test_an_open_overview_follows_a_sync_without_a_reload(page, demo):
    open_page(page, "/")
    expect(page.get_by_test_id("glide-cell-0-0").first).to_be_attached()
    with demo.operations() as database:
        with database.transaction() as session:
            business = list_businesses(session)[0]
            business.name = "Aardvark & Sons"
        request_run(database, business.id, RunTrigger.COMMAND, now=datetime.now(UTC))
    expect(page.get_by_test_id("glide-cell-0-0").first).to_have_text("Aardvark & Sons", timeout=20_000)


def test_a_killed_sidecar_is_back_by_itself(demo):
    killed = demo.sidecar_pids()[0]
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: demo.sidecar_pids()[0] != killed, seconds=10)
    wait_until(lambda: demo.state() == "STATE_RUNNING", seconds=10)


def test_a_stopped_sidecar_shows_within_fifteen_seconds_with_the_command_that_starts_it(page, demo):
    open_page(page, "/syncs")
    expect(page.get_by_text("Next sync at")).to_be_visible()
    os.kill(demo.sidecar_pids()[0], signal.SIGTERM)
    began = time.monotonic()
    expect(page.get_by_text("Not running").first).to_be_visible(timeout=15_000)
    assert time.monotonic() - began < 15
    expect(page.get_by_text("python -m core sidecar").first).to_be_visible()
    assert demo.get("/api/v1/scheduler/status").json() == {
        "success": True,
        "status": {"running": False, "jobs": [], "state": "STATE_STOPPED"},
    }
    page.get_by_role("link", name="Overview").click()
    expect(page.get_by_text("python -m core sidecar").first).to_be_visible(timeout=15_000)


def test_a_demo_says_how_far_its_history_is_and_ctrl_c_ends_every_process(browser, tmp_path):
    with running_demo(tmp_path / "data") as demo:
        page = browser.new_page()
        page.goto(demo.url)
        expect(page.get_by_text("The demo's history is being made: ")).to_be_visible(timeout=60_000)
        page.close()
        assert len(demo.processes()) >= 5
        began = time.monotonic()
        demo.process.send_signal(signal.SIGINT)
        wait_until(lambda: demo.processes() == [], seconds=35)
        assert time.monotonic() - began < 35
        assert demo.process.wait(5) == 0
