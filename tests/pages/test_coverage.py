"""The coverage calendar: the states are what the published copy and the platforms' maps say, and gaps have their reason."""

from datetime import timedelta

import pytest

from core.domain import AccountDay, Coverage, DataSet, Harvest, Platform, Profile
from core.metrics import Grain, Metric
from core.ops.accounts import get_account, identity_of
from core.settings import PROJECT_ROOT
from core.warehouse.events import record_metric_event
from core.warehouse.load import load_harvest
from tests.conftest import NOW
from tests.ui.folder import TODAY, YESTERDAY, day_before, days

pytestmark = pytest.mark.integration

COVERAGE = str(PROJECT_ROOT / "pages" / "insights" / "coverage.py")
KNOWN, LATE, GAP, RETIRED, NOT_OFFERED = range(5)


def calendar(at, dashboard, number=0):
    """By row: the states of the days, as they are drawn."""
    figure = dashboard.figures(at)[number]
    return dict(zip(figure["layout"]["yaxis"]["ticktext"], figure["data"][0]["z"], strict=True))


def test_the_five_states(dashboard, folder):
    _, accounts = folder.add_business("Aurora", Platform.LINKEDIN, Platform.X, Platform.INSTAGRAM, Platform.FACEBOOK)
    linkedin, x, instagram, facebook = accounts
    folder.load(linkedin, days=days(30, skip={day_before(9)}, impressions=0))
    folder.load(x, days=days(30, followers=5))
    folder.load(instagram, days=days(28, last=day_before(3), impressions=1))
    folder.load(facebook, days=days(20, last=day_before(11), impressions=1))
    record_metric_event(
        folder.warehouse, Platform.FACEBOOK, (Grain.ACCOUNT_DAY, Metric.IMPRESSIONS), "retired", day=day_before(10)
    )
    folder.publish()
    folder.beat()
    at = dashboard.open(COVERAGE)
    assert not at.exception
    rows = {name.split(" · ")[1]: states for name, states in calendar(at, dashboard).items()}
    assert rows["LinkedIn"] == [GAP if day == 21 else KNOWN for day in range(30)]
    assert rows["X"] == [NOT_OFFERED] * 30
    assert rows["Instagram"] == [KNOWN] * 28 + [LATE] * 2
    assert rows["Facebook"] == [KNOWN] * 20 + [RETIRED] * 10
    known = folder.query(
        "SELECT count(*) FROM account_daily WHERE impressions IS NOT NULL AND day BETWEEN ? AND ?",
        day_before(30),
        YESTERDAY,
    )
    assert known == sum(states.count(KNOWN) for states in rows.values())


def test_gaps_say_why(dashboard, folder):
    """Connected twelve days ago; the ten days before were filled in, then a week of syncs failed."""
    _, (account,) = folder.add_business("Aurora", Platform.LINKEDIN)
    with folder.database.reading() as session:
        identity = identity_of(get_account(session, account))
    asked = [(day_before(22), day_before(11)), (day_before(3), YESTERDAY)]
    known = [*days(10, last=day_before(12), impressions=5), *days(2, last=YESTERDAY, impressions=5)]
    coverage = [Coverage(DataSet.ACCOUNT_DAYS, NOW - (TODAY - first), NOW - (TODAY - last)) for first, last in asked]
    load_harvest(
        folder.warehouse,
        identity,
        Harvest(
            account,
            1,
            NOW,
            profile=Profile(identity.external_id, "Aurora"),
            days=[AccountDay(one.day, impressions=5) for one in known],
            coverage=coverage,
        ),
    )
    with folder.warehouse.transaction() as connection:
        connection.execute("UPDATE accounts SET connected_at = ?", [day_before(12)])
    folder.publish()
    table = dashboard.open(COVERAGE).dataframe[0].value
    found = [(row.From, row.To, row.Days, row.Why.split(",")[0]) for row in table.itertuples()]
    assert found == [
        (day_before(3), day_before(3), 1, "A sync asked"),
        (day_before(10), day_before(4), 7, "No sync asked for these days: none ran"),
        (day_before(11), day_before(11), 1, "A sync asked"),
        (day_before(22), day_before(22), 1, "A sync asked"),
        (day_before(30), day_before(23), 8, "Before the account was connected"),
    ]


def test_followers_are_read_when_an_account_is_looked_at(dashboard, folder):
    _, (account,) = folder.add_business("Aurora", Platform.X)
    for ago in (5, 4, 1):
        folder.load(account, days=days(1, last=day_before(ago), followers=7), observed_at=NOW - timedelta(days=ago))
    folder.publish()
    at = dashboard.open(coverage_metric="Followers").switch_page(COVERAGE).run()
    assert calendar(at, dashboard)["Aurora x · X"][-6:] == [GAP, KNOWN, KNOWN, GAP, GAP, KNOWN]


def test_all_metrics_of_one_account(dashboard, filled):
    rows = calendar(dashboard.open(COVERAGE), dashboard, 1)
    assert set(rows["Impressions"]) == {KNOWN}
    assert set(rows["Saves"]) == {NOT_OFFERED}  # LinkedIn
    assert set(rows["Reach"]) == {GAP}
    assert "Gaps: impressions" in dashboard.texts(dashboard.open(COVERAGE))


def test_without_a_gap_it_says_so(dashboard, filled):
    at = dashboard.open(platform="LinkedIn").switch_page(COVERAGE).run()
    assert "Impressions: no gap in this period." in dashboard.texts(at)
