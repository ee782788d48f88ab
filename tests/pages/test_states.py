"""Every insight page in every state: no exception, what is missing or wrong is a sentence with its next step, and nothing unknown is a 0."""

import math
from datetime import timedelta

import pytest
import streamlit as st

from core.clock import MovableClock
from core.domain import AccountDay, Platform, Post, PostKind, PostSnapshot, RunState
from core.errors import ReconnectNeededError
from core.ops.migrate import migrate
from core.ops.session import open_operations
from core.ops.steps import StepOutcome
from core.settings import PROJECT_ROOT, Settings
from core.ui import data, text
from core.warehouse.connection import Warehouse
from tests.conftest import NOW
from tests.ui.conftest import Dashboard
from tests.ui.folder import ALL_PLATFORMS, YESTERDAY, Folder

pytestmark = pytest.mark.integration

PAGES = ("overview", "business", "posts", "post", "content", "audience", "compare", "coverage", "metrics")
NAME = "Aurora Coffee"
HOLE = range(5, 12)
"""So many days back begins and ends the hole of the state `gap`."""


def counters(platform, back):
    """What the platforms give of a day; X tells of followers alone, and nothing is ever zero."""
    known = {"followers": 5000 - 10 * back}
    return known if platform is Platform.X else {**known, "impressions": 100 + back, "engagements": 7, "reach": 90}


def fill(folder, account, platform, *, until=1, hole=()):
    """Sixty days to the one `until` days ago without the hole, and twelve posts; of those in the hole nothing is known."""
    at = NOW - timedelta(days=until - 1, minutes=5)
    known = [
        AccountDay(YESTERDAY - timedelta(days=back - 1), **counters(platform, back))
        for back in range(until, 61)
        if back not in hole
    ]
    posts = [
        Post(f"{account}-{back}", PostKind.TEXT, NOW - timedelta(days=back), text="tea #tea", hashtags=("tea",))
        for back in range(until + 1, until + 25, 2)
    ]
    seen = [
        PostSnapshot(post.post_id, impressions=100 + n, engagements=n + 1, likes=n + 1, comments=1)
        for n, post in enumerate(posts)
        if (NOW - post.published_at).days not in hole
    ]
    folder.load(account, days=known, posts=posts, snapshots=seen, observed_at=at, asked_for_days=True)


def nothing(_folder):
    """Nothing is connected."""


def one(folder):
    business, (account,) = folder.add_business(NAME, Platform.LINKEDIN)
    fill(folder, account, Platform.LINKEDIN)
    folder.run(business, StepOutcome())


def full(folder):
    for name in (NAME, "Lumen Bikes"):
        business, accounts = folder.add_business(name, *ALL_PLATFORMS)
        for account, platform in zip(accounts, ALL_PLATFORMS, strict=True):
            fill(folder, account, platform)
        folder.run(business, *(StepOutcome() for _ in accounts))


def stale(folder):
    _, (account,) = folder.add_business(NAME, Platform.LINKEDIN)
    fill(folder, account, Platform.LINKEDIN, until=10)


def failed(folder):
    business, (account,) = folder.add_business(NAME, Platform.LINKEDIN)
    fill(folder, account, Platform.LINKEDIN, until=4)
    error = ReconnectNeededError("LinkedIn does not accept the login any more.")
    folder.run(business, StepOutcome(error=error), state=RunState.FAILED)


def gap(folder):
    business, (account,) = folder.add_business(NAME, Platform.LINKEDIN)
    fill(folder, account, Platform.LINKEDIN, hole=HOLE)
    folder.run(business, StepOutcome())


STATES = (nothing, one, full, stale, failed, gap)

TO_ACCOUNTS, TO_SYNCS = "Connect an account", "See what mends it"
SAYS = {  # by state: the sentence, on which pages, and the next step beside it
    nothing: (
        "No account is connected yet: connect one, and its numbers appear here after the first sync.",
        TO_ACCOUNTS,
    ),
    stale: ("1 of 1 account is behind: the newest numbers are missing here.", TO_SYNCS),
    failed: ("1 account did not sync", TO_SYNCS),
}


@pytest.fixture(scope="module", params=STATES, ids=lambda state: state.__name__)
def state(request):
    return request.param


@pytest.fixture(scope="module")
def visit(state, tmp_path_factory):
    """One viewer who goes from page to page, in a data folder in this state."""
    settings = Settings.read(data_dir=tmp_path_factory.mktemp(state.__name__))
    migrate(settings)
    database = open_operations(settings)
    with Warehouse(settings.warehouse_path, settings.published_dir) as warehouse:
        folder = Folder(settings, database, warehouse)
        state(folder)
        folder.beat()
        if state is not nothing:
            folder.publish()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data, "settings", lambda: settings)
        patch.setattr(data, "clock", lambda: MovableClock(NOW))
        patch.setattr(data, "now", lambda: NOW)
        st.cache_data.clear()
        st.cache_resource.clear()
        at = Dashboard().open(**({"business": NAME} if state is not nothing else {}))

        def go(page):
            if page == "post" and state is not nothing:
                ((account, post),) = (
                    data.published().frame("SELECT account_id, post_id FROM posts ORDER BY published_at LIMIT 1").values
                )
                at.query_params["account"], at.query_params["post"] = str(account), post
            at.switch_page(str(PROJECT_ROOT / "pages" / "insights" / f"{page}.py")).run()
            assert not at.exception
            return at

        yield go
        data.operations().close()
        database.close()
        st.cache_data.clear()
        st.cache_resource.clear()


def words(at):
    """Everything that is said, the help of badges and links with it."""
    return [*Dashboard().texts(at), *(link.proto.label for link in at.get("page_link"))]


def is_zero(value):
    return value.replace("+", "").replace("%", "").strip() in ("0", "0.0")


@pytest.mark.parametrize("page", PAGES)
def test_a_page(state, visit, page):
    at = visit(page)
    said = words(at)
    if state in SAYS:
        sentence, step = SAYS[state]
        assert any(sentence in one for one in said), said
        assert step in said
    else:
        assert not any("behind:" in one or "did not sync" in one or "No account is connected" in one for one in said), (
            said
        )
    if state is nothing:
        assert at.metric.values == []
        assert page == "metrics" or not at.dataframe
        return
    assert [metric.label for metric in at.metric if is_zero(metric.value)] == []
    for chart in Dashboard().figures(at):
        assert not has_zero(chart), chart["data"]


def has_zero(chart):
    """Whether a line, an area or a cell with a number is drawn at zero; a bar of no number has its reason beside it."""
    return any(value == 0 for trace in chart["data"] if trace["type"] == "scatter" for value in trace.get("y", []))


@pytest.mark.parametrize("state", [gap], indirect=True, scope="module")
class TestWhatIsNotKnownIsLeftOut:
    """The hole of seven days, and posts whose counters nobody knows: neither is a zero, and no mean takes them in."""

    def test_sums_and_means_of_days(self, visit):
        at = visit("business")
        backs = [back for back in range(1, 31) if back not in HOLE]
        impressions = sum(100 + back for back in backs)
        shown = {metric.label: metric.value for metric in at.metric}
        assert shown["Average daily reach"] == "90"  # with zeros in the hole it would be 69
        assert shown["Engagement rate"] == text.percent(7 * len(backs) / impressions)
        assert f"{7} days missing" in " ".join(words(at))

    def test_the_hole_is_a_gap_in_the_line(self, visit):
        impressions = Dashboard().figures(visit("business"))[0]
        (line,) = [trace for trace in impressions["data"] if trace["mode"] == "lines"]
        assert [value is None for value in line["y"]] == [back in HOLE for back in range(30, 0, -1)]

    def test_posts_of_unknown_counters_have_none(self, visit):
        table = visit("posts").dataframe[0].value
        unknown = table["Impressions"].isna()
        assert unknown.sum() == len([back for back in range(2, 26, 2) if back in HOLE]) > 0
        assert table.loc[unknown, ["Rate", "Engagements", "Against usual"]].isna().all(axis=None)
        shown = {metric.label: metric.value for metric in visit("posts").metric}
        assert shown["Median rate"] == text.percent(float(table["Rate"].median(skipna=True)) / 100)
        assert not math.isnan(float(table["Rate"].median()))

    def test_the_coverage_tells_of_the_gap_and_how_it_is_filled(self, visit):
        at = visit("coverage")
        rows = at.dataframe[-1].value
        (row,) = [row for row in rows.to_dict("records") if "Impressions" in row["Metrics"]]
        assert row["Count"] == len(HOLE)
        assert row["What happened"]
        assert row["Can it be filled?"]
