"""The coverage: each state is what the published copy and the platforms' maps say, and each gap tells its story."""

from datetime import timedelta

import pytest

from core.analytics.value_states import STATES
from core.domain import AccountDay, Coverage, DataSet, Harvest, Platform, Profile, RunState, RunTrigger
from core.errors import ReconnectNeededError, TransientError
from core.metrics import ACCOUNT_METRICS, CATALOG, Grain, Metric
from core.ops.accounts import get_account, identity_of
from core.ops.models import Account
from core.ops.runs import list_runs
from core.ops.steps import StepOutcome
from core.settings import PROJECT_ROOT
from core.ui import facts
from core.warehouse.events import MetricEvent, record_metric_event
from core.warehouse.load import load_harvest
from tests.conftest import NOW
from tests.ui.folder import ALL_PLATFORMS, TODAY, YESTERDAY, day_before, days

pytestmark = pytest.mark.integration

COVERAGE = str(PROJECT_ROOT / "pages" / "insights" / "coverage.py")
NUMBER, LATE, GAP, RETIRED, NOT_OFFERED = range(len(STATES))
HOSTILE = "<script>alert(1)</script> ![](http://evil/x.png) :red[x] $$x$$"


def open_page(dashboard, **parameters):
    at = dashboard.open(**parameters)
    at.switch_page(COVERAGE).run()
    assert not at.exception
    return at


def calendars(dashboard, at):
    """By platform in the order of the cards: the states of each metric, as they are drawn."""
    return [
        dict(zip(figure["layout"]["yaxis"]["ticktext"], figure["data"][0]["z"], strict=True))
        for figure in dashboard.figures(at)
    ]


def gap_rows(at):
    return at.dataframe[-1].value.drop(columns=["Account"]).to_numpy().tolist()


def connect(folder, account_id, **columns):
    """Rewrite what the operations database knows of an account's past."""
    with folder.database.transaction() as session:
        account = session.get_one(Account, account_id)
        for name, value in columns.items():
            setattr(account, name, value)


def ask_for(folder, account_id, first, last, known=(), *, at=NOW):
    """A sync at `at` that asked for the days and was given the known ones."""
    with folder.database.reading() as session:
        identity = identity_of(get_account(session, account_id))
    harvest = Harvest(
        account_id,
        1,
        at,
        profile=Profile(identity.external_id, "Aurora"),
        days=[AccountDay(day, **dict.fromkeys(_offered(identity.platform), 5)) for day in known],
        coverage=[Coverage(DataSet.ACCOUNT_DAYS, NOW - (TODAY - first), NOW - (TODAY - last))],
    )
    load_harvest(folder.warehouse, identity, harvest)


def _offered(platform):
    return [metric.value for grain, metric in facts.offers_of(platform) if grain is Grain.ACCOUNT_DAY]


def test_the_five_states(dashboard, folder):
    _, accounts = folder.add_business("Aurora", *ALL_PLATFORMS)
    linkedin, x, facebook, instagram = accounts
    folder.load(linkedin, days=days(30, skip={day_before(9)}, impressions=0))
    folder.load(x, days=days(30, followers=5))
    folder.load(instagram, days=days(28, last=day_before(3), impressions=1))
    folder.load(facebook, days=days(20, last=day_before(11), impressions=1))
    event = MetricEvent(Platform.FACEBOOK, Grain.ACCOUNT_DAY, Metric.IMPRESSIONS, "retired", day_before(9))
    record_metric_event(folder.warehouse, event)
    folder.publish()
    folder.beat()
    rows = dict(zip(ALL_PLATFORMS, calendars(dashboard, open_page(dashboard)), strict=True))
    assert rows[Platform.LINKEDIN]["Impressions"] == [GAP if day == 21 else NUMBER for day in range(30)]
    assert rows[Platform.X]["Impressions"] == [NOT_OFFERED] * 30
    assert rows[Platform.X]["Followers"] == [NUMBER] * 30
    assert rows[Platform.INSTAGRAM]["Impressions"] == [NUMBER] * 28 + [LATE] * 2
    assert rows[Platform.FACEBOOK]["Impressions"] == [NUMBER] * 20 + [RETIRED] * 10  # its lag of a day is gone, too


def test_every_count_is_that_of_an_independent_query(dashboard, filled):
    at = open_page(dashboard)
    counters = " + ".join(f"count({metric})" for metric in ACCOUNT_METRICS)
    known = filled.query(f"SELECT {counters} FROM account_daily WHERE day BETWEEN ? AND ?", day_before(30), YESTERDAY)
    drawn = [code for rows in calendars(dashboard, at) for codes in rows.values() for code in codes]
    assert drawn.count(NUMBER) == known == 30 * (5 + 4 + 4)
    offered = 30 * sum(len(_offered(one)) for one in (*ALL_PLATFORMS, Platform.LINKEDIN))
    assert drawn.count(NOT_OFFERED) == len(drawn) - offered
    texts = dashboard.texts(at)
    assert any(f"Number {known:,}" in words for words in texts)
    assert any(f"Gap {drawn.count(GAP):,}" in words for words in texts)


def test_a_day_says_its_number_or_its_state(dashboard, folder):
    _, (instagram,) = folder.add_business("Aurora", Platform.INSTAGRAM)
    folder.load(instagram, days=days(30, skip={day_before(5)}, impressions=1234))
    folder.publish()
    (figure,) = dashboard.figures(open_page(dashboard))
    words = figure["data"][0]["customdata"][list(ACCOUNT_METRICS).index(Metric.IMPRESSIONS)]
    assert words[24:28] == ["Impressions: 1,234", "Impressions: gap", "Impressions: 1,234", "Impressions: 1,234"]
    assert words[-1] == "Impressions: 1,234, still coming in"


def test_many_accounts_have_a_row_each_those_with_most_gaps_first(dashboard, folder):
    for number in range(9):
        _, (account,) = folder.add_business(f"Brand {number}", Platform.FACEBOOK)
        folder.load(account, days=days(30, skip={day_before(ago + 2) for ago in range(number)}, impressions=1))
    folder.publish()
    (rows,) = calendars(dashboard, open_page(dashboard))
    assert list(rows) == [f"Brand {number} facebook · Facebook" for number in reversed(range(9))]
    assert rows["Brand 3 facebook · Facebook"].count(GAP) == 3
    (rows,) = calendars(dashboard, open_page(dashboard, coverage_metric="All metrics"))
    assert set(rows["Brand 0 facebook · Facebook"]) == {GAP, LATE}


def test_gaps_tell_their_story(dashboard, folder):
    """Connected twelve days ago, ten days before were filled in; then a week of syncs failed, and nobody was asked in time."""
    business, (account,) = folder.add_business("Aurora", Platform.FACEBOOK)
    connect(folder, account, connected_at=NOW - timedelta(days=12), days_filled_from=day_before(22), is_filled=True)
    for ago in (10, 6):
        outcome = StepOutcome(error=TransientError("Facebook did not answer."))
        folder.run(business, outcome, state=RunState.FAILED, at=NOW - timedelta(days=ago))
    known = [day_before(ago) for ago in (*range(13, 22), 1)]
    ask_for(folder, account, day_before(22), day_before(13), known, at=NOW - timedelta(days=12))
    ask_for(folder, account, day_before(3), YESTERDAY, [YESTERDAY])
    folder.publish()
    newer, older = gap_rows(open_page(dashboard))
    assert newer == [
        "Facebook",
        "12 Nov – 22 Nov 2026",
        11,
        "All 10 metrics",
        "Syncing failed 2 times, last at 09:30 on Wed 18 Nov: Facebook did not answer.",
        "In part: the next sync asks for the days from Thu 19 Nov on.",
    ]
    assert older[1:] == [
        "25 Oct – 2 Nov 2026",
        9,
        "All 10 metrics",
        "Before the account was connected, on Thu 12 Nov 2026.",
        "No: the platform has been asked since, and has no number.",
    ]


def test_a_failed_sync_is_told_with_its_words_and_its_time(dashboard, folder):
    business, (account,) = folder.add_business("Aurora", Platform.FACEBOOK)
    connect(folder, account, connected_at=NOW - timedelta(days=90), is_filled=True)
    ask_for(folder, account, day_before(40), YESTERDAY, [day_before(ago) for ago in (*range(11, 41), 1, 2, 3)])
    for ago in (9, 6):
        outcome = StepOutcome(error=ReconnectNeededError("The login was revoked."))
        folder.run(business, outcome, state=RunState.FAILED, at=NOW - timedelta(days=ago))
    folder.publish()
    ((platform, span, length, metrics, happened, filled),) = gap_rows(open_page(dashboard))
    assert (platform, span, length) == ("Facebook", "14 Nov – 20 Nov 2026", 7)
    assert metrics == "All 10 metrics"
    assert happened.startswith("Syncing failed 2 times, last at 09:")
    assert happened.endswith(" on Wed 18 Nov: The login was revoked.")
    assert filled == "In part: the next sync asks for the days from Thu 19 Nov on."


def test_followers_of_a_day_that_is_over_are_never_told_again(dashboard, folder):
    _, (account,) = folder.add_business("Aurora", Platform.X)
    connect(folder, account, connected_at=NOW - timedelta(days=30))
    folder.load(account, days=days(30, skip={day_before(4)}, followers=7))
    folder.publish()
    ((_, span, _, metrics, happened, filled),) = gap_rows(open_page(dashboard))
    assert (span, metrics) == ("Fri 20 Nov 2026", CATALOG[Metric.FOLLOWERS].label)
    assert happened == "No sync looked at the account in time: none ran, or none got so far."
    assert filled.startswith("No: the platform tells only how many follow now")


def test_what_the_next_sync_asks_for_has_a_button(dashboard, folder):
    business, (account,) = folder.add_business("Aurora", Platform.FACEBOOK)
    connect(folder, account, connected_at=NOW - timedelta(days=60), is_filled=True)
    ask_for(folder, account, day_before(40), day_before(5), [day_before(ago) for ago in range(5, 41)])
    folder.publish()
    folder.beat()
    at = open_page(dashboard)
    ((_, span, _, _, _, filled),) = gap_rows(at)
    assert (span, filled) == ("20 Nov – 22 Nov 2026", "Yes: the next sync asks for these days.")
    at.button(key="coverage_fill").click().run()
    assert not at.exception
    with folder.database.reading() as session:
        assert [(run.business_id, run.trigger) for run in list_runs(session)] == [(business, RunTrigger.MANUAL)]


def test_without_a_gap_it_says_so(dashboard, folder):
    _, (account,) = folder.add_business("Aurora", Platform.X)
    folder.load(account, days=days(30, followers=5))
    folder.publish()
    at = open_page(dashboard)
    assert any("No gap in this period" in words for words in dashboard.texts(at))
    assert not at.button


def test_a_name_from_the_platform_is_shown_as_it_is(dashboard, folder):
    _, (account,) = folder.add_business("Aurora", Platform.X)
    connect(folder, account, name=HOSTILE)
    folder.load(account, days=days(3, followers=5))
    folder.publish()
    at = open_page(dashboard)
    assert [element.value for element in at.text] == [HOSTILE]
    assert at.dataframe[0].value["Account"].tolist() == [HOSTILE]
    assert not any("evil" in element.value for kind in ("markdown", "caption") for element in at.get(kind))


@pytest.mark.parametrize("connected", [False, True])
def test_before_there_is_data(dashboard, folder, connected):
    if connected:
        folder.add_business("Aurora", Platform.X)
    at = open_page(dashboard)
    assert len(at.info) == 1
    assert not dashboard.figures(at)
