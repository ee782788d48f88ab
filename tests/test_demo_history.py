"""The demo's past: made by the real engine under a moved clock, taken over whole, and every state of a number alive in it."""

from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from core.adoption import adopt_history
from core.analytics.gaps import Cause, Filling
from core.analytics.periods import Period
from core.analytics.value_states import ValueState
from core.clock import MovableClock
from core.demo import HISTORY, connect_login, list_logins, sandbox_settings, sync_once
from core.demo_history import make_history, write_down
from core.demo_story import Story, present_faults
from core.domain import Platform, Provider, RunState, RunTrigger
from core.errors import AppError
from core.fetchers.transport import Transport
from core.metrics import ACCOUNT_METRICS, POST_METRICS, Metric
from core.ops import history, requests, runs
from core.ops.accounts import list_connected, save_account
from core.ops.businesses import ensure_business, list_businesses
from core.ops.goals import list_goals
from core.ops.grants import list_grant_troubles
from core.ops.migrate import migrate
from core.ops.models import Account
from core.ops.notes import list_notes
from core.ops.notices import record_grant_notices
from core.ops.session import OperationsDatabase, open_operations
from core.sandbox.server import build_app, serving
from core.sandbox.synthetic import build_world
from core.settings import Settings
from core.ui import coverage_facts, data
from core.ui.controls import Scope
from core.warehouse.adoption import adopt
from core.warehouse.connection import PublishedWarehouse, find_published
from core.warehouse.curve_queries import snapshots
from core.wiring import open_workplace
from tests.conftest import NOW
from tests.ui.conftest import use_folder

__all__ = ["use_folder"]

pytestmark = pytest.mark.integration

STORY = Story(NOW, 3, days=26, hours=5)
FEW = {"backfill_days": 25, "backfill_posts": 20, "posts_per_sync": 20}
RESERVED = 1000
MOMENTS = len(STORY.moments)


@dataclass
class Live:
    """The demo as it was synced now, after it has taken over its past."""

    settings: Settings
    port: int
    outcome: str

    @property
    def past(self):
        return self.settings.data_dir / HISTORY

    def open(self):
        return open_operations(self.settings)

    def query(self, sql):
        with duckdb.connect(str(self.settings.published_link.resolve()), read_only=True) as connection:
            connection.execute(f"ATTACH '{self.past / 'warehouse.duckdb'}' AS past (READ_ONLY)")
            return connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    """Synced now, with what holds of the story now; then the past is made beside it, and the sidecar's errand takes it over."""
    clock = MovableClock(NOW)
    data_dir = tmp_path_factory.mktemp("demo") / "data"
    app = build_app(build_world(1, 3), clock, faults=present_faults(3))
    with serving(app) as port:
        own = {name.lower(): value for name, value in sandbox_settings(port).items()}
        settings = Settings.read(data_dir=data_dir, **{**own, **FEW})
        migrate(settings)
        database = open_operations(settings)
        with database.transaction() as session:
            history.reserve_run_ids(session, 3)
        with closing(Transport(clock)) as transport:
            sync_once(settings, port, clock, transport)
        for _moment in make_history(settings, STORY, seed=1):
            pass
        yield Live(settings, port, carry_out(settings, database, clock))
        database.close()


def carry_out(settings, database, clock):
    """Ask for the history in the folder to be taken over, as the demo does, and let the sidecar's chore do it."""
    with database.transaction() as session:
        folder = str(settings.data_dir / HISTORY)
        request_id = history.begin_history(session, folder, last=NOW.date(), now=NOW).id
    with open_workplace(settings, clock) as workplace:
        (chore,) = [chore for chore in workplace.chores if chore.name == "carry_out_requests"]
        chore.work()
        with database.transaction() as session:
            assert requests.find_request(session, request_id).finished_at is None  # it is not ready yet
            history.record_made(session, request_id, reached=NOW.date(), is_ready=True, now=NOW)
        chore.work()
    with database.reading() as session:
        request = requests.find_request(session, request_id)
    assert request.error is None
    return request.outcome


def accounts_of(live):
    database = live.open()
    with database.reading() as session:
        found = {(account.business.name, account.platform): account for account in list_connected(session)}
    database.close()
    return found


def test_everything_is_looked_at_daily_and_then_hourly():
    moments = Story(NOW, 3).moments
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert gaps == [timedelta(days=1)] * 88 + [timedelta(hours=1)] * 48
    assert moments[-1] == NOW.replace(minute=0)
    assert Story(NOW.replace(minute=2), 3).moments[-1] == NOW.replace(hour=8, minute=0)


def test_people_have_written_of_it_where_their_business_is_still_called_so(database):
    with database.transaction() as session:
        business_id = ensure_business(session, "Northpeak Outdoor", timezone="UTC", now=NOW).id
        write_down(session, Story(NOW, 3))
        (note,) = list_notes(session, business_id)
    assert (note.day, note.text[:21]) == (NOW.date() - timedelta(days=20), "Signed in at X again.")
    with database.transaction() as session:
        business_id = ensure_business(session, "Harborlight Coffee", timezone="UTC", now=NOW).id
        write_down(session, Story(NOW, 1))
        (goal,) = list_goals(session, business_id)
    assert (goal.starts_on, goal.ends_on) == (date(2026, 11, 1), date(2026, 11, 30))


def test_the_past_is_in_the_published_copy_and_each_of_its_numbers_once(live):
    for table, key, counters in (
        ("post_metrics", "post_id", POST_METRICS),
        ("account_metrics", "day", ACCOUNT_METRICS),
    ):
        numbers = ", ".join(counters)
        ((lost,),) = live.query(f"SELECT count(*) FROM (FROM past.{table} EXCEPT FROM {table})")
        assert lost == 0
        before = f"OVER (PARTITION BY account_id, {key} ORDER BY observed_at)"
        ((doubled,),) = live.query(
            f"SELECT count(*) FROM (FROM {table} QUALIFY ({numbers}) IS NOT DISTINCT FROM lag(({numbers})) {before})"
        )
        assert doubled == 0
        ((seen_since,),) = live.query(f"SELECT count(*) FROM {table} WHERE run_id > {RESERVED}")
        ((before_now,),) = live.query(f"SELECT count(*) FROM past.{table}")
        ((whole,),) = live.query(f"SELECT count(*) FROM {table}")
        assert whole == before_now + seen_since
        assert min(before_now, seen_since) > 0


@pytest.mark.parametrize(
    ("latest", "whole", "key"),
    [("post_latest", "post_metrics", "post_id"), ("account_daily", "account_metrics", "day")],
)
def test_the_newest_rows_are_those_of_the_history(live, latest, whole, key):
    newest = f"FROM {whole} QUALIFY row_number() OVER (PARTITION BY account_id, {key} ORDER BY observed_at DESC) = 1"
    for one, other in ((f"FROM {latest}", f"({newest})"), (newest, f"(FROM {latest})")):
        assert live.query(f"SELECT count(*) FROM ({one} EXCEPT FROM {other})") == [(0,)]
    assert live.query(f"SELECT count(*) - count(DISTINCT (account_id, {key})) FROM {latest}") == [(0,)]


def test_posts_have_life_curves(live):
    ((most, account_id, post_id),) = live.query(
        "SELECT count(*), account_id, post_id FROM post_metrics GROUP BY ALL ORDER BY 1 DESC, 2, 3 LIMIT 1"
    )
    assert most >= 8
    published = PublishedWarehouse(find_published(live.settings.published_link))
    curve = snapshots(published, account_id, post_id, "impressions")
    published.close()
    assert len(curve) >= 8
    assert curve["value"].iloc[-1] > curve["value"].iloc[0]


def test_every_state_of_a_number_is_there(live, use_folder):
    use_folder(live.settings)
    known = coverage(Period(NOW.date() - timedelta(days=25), NOW.date() - timedelta(days=1)))
    assert {state for state, count in known.calendar.counts().items() if count} == set(ValueState)
    retired = known.calendar.is_in(ValueState.RETIRED)[:, ACCOUNT_METRICS.index(Metric.VIDEO_VIEWS)]
    of_facebook = [account.platform is Platform.FACEBOOK for account in data.accounts()]
    assert retired.any(axis=1).tolist() == of_facebook
    numbers = known.calendar.is_in(ValueState.NUMBER)[:, ACCOUNT_METRICS.index(Metric.VIDEO_VIEWS)]
    assert numbers[of_facebook].any()  # what was measured before stays


def coverage(period):
    return coverage_facts.read(Scope(None, tuple(Platform), period, "UTC"), data.accounts())


def test_a_gap_tells_that_the_login_had_ended_and_that_x_does_not_give_it_again(live, use_folder):
    use_folder(live.settings)
    known = coverage(Period(NOW.date() - timedelta(days=25), NOW.date() - timedelta(days=1)))
    own = accounts_of(live)["Northpeak Outdoor", Platform.X]
    (gap,) = [
        one
        for one in coverage_facts.explained(known, data.accounts())
        if one.gap.account_id == own.id and not one.gap.is_before
    ]
    assert gap.gap.period == Period(NOW.date() - timedelta(days=24), NOW.date() - timedelta(days=21))
    assert (gap.cause, gap.filling) == (Cause.SYNCS_FAILED, Filling.NOW_ONLY)
    assert own.token.broken_at is None


def test_one_business_has_been_connected_for_a_week_and_the_others_as_long_as_the_past(live):
    today = STORY.moments[-1].date()
    days = {name: (today - account.connected_at.date()).days for (name, _), account in accounts_of(live).items()}
    assert days == {"Harborlight Coffee": 26, "Northpeak Outdoor": 26, "Willowbrook Clinic": 7}


def test_one_login_ends_in_five_days_until_its_person_signs_in_again(live):
    database = live.open()
    with database.transaction() as session:
        (trouble,) = list_grant_troubles(session, now=NOW)
        assert record_grant_notices(session, now=NOW) == 1
    assert (trouble.provider, trouble.days_left, trouble.is_broken) == (Provider.LINKEDIN, 5, False)
    assert trouble.accounts == ["Harborlight Coffee"]
    clock = MovableClock(NOW)
    with closing(Transport(clock)) as transport, open_workplace(live.settings, clock) as workplace:
        login = list_logins(live.port, transport)["harborlight-coffee"]
        connect_login(login, 1, workplace.accounts, transport=transport, only=Provider.LINKEDIN)
    with database.reading() as session:
        assert list_grant_troubles(session, now=NOW) == []
    database.close()


def test_the_runs_of_the_past_come_before_those_of_now_and_tell_what_went_wrong(live):
    database = live.open()
    with database.reading() as session:
        found = runs.list_runs(session, limit=1000)
    database.close()
    assert [run.trigger for run in found[:3]] == [RunTrigger.COMMAND] * 3
    assert all(run.id > RESERVED for run in found[:3])
    past = found[3:]
    assert len(past) == 2 * MOMENTS + MOMENTS - (26 - 7)
    assert [run.requested_at for run in past] == sorted((run.requested_at for run in past), reverse=True)
    troubled = [run for run in past if run.state is not RunState.SUCCEEDED]
    assert {(run.business.name, run.state) for run in troubled} == {("Northpeak Outdoor", RunState.PARTIAL)}
    assert len(troubled) == 4 + 1
    assert live.outcome.startswith(f"Took over {len(past)} syncs of 12 accounts and ")


@pytest.fixture
def as_connected(live, database):
    """Another operations database in which the demo's accounts are connected and nothing was synced."""
    with database.transaction() as session:
        for (name, platform), account in accounts_of(live).items():
            business_id = ensure_business(session, name, timezone="UTC", now=NOW).id
            named = {"external_id": account.external_id, "name": name, "connected_at": NOW}
            save_account(session, Account(business_id=business_id, platform=platform, **named))
    return database


def count_runs(database):
    with database.reading() as session:
        return len(runs.list_runs(session, limit=1000))


def test_after_a_crash_between_the_two_stores_the_rest_is_taken_over_and_nothing_twice(live, as_connected, warehouse):
    past = OperationsDatabase(f"sqlite:///{live.past / 'operations.db'}")
    with as_connected.reading() as ours, past.reading() as theirs:
        pairs = history.pair_accounts(ours, theirs)
    past.close()
    assert adopt(warehouse, find_published(live.past / "published" / "warehouse.duckdb"), pairs) > 0
    before = warehouse.read("FROM post_metrics ORDER BY ALL"), warehouse.read("FROM observations ORDER BY ALL")
    assert adopt_history(as_connected, warehouse, live.past).endswith("12 accounts and 0 rows of numbers.")
    taken = count_runs(as_connected)
    assert taken == 3 * MOMENTS - (26 - 7)
    assert adopt_history(as_connected, warehouse, live.past).startswith("Took over 0 syncs")
    assert (
        warehouse.read("FROM post_metrics ORDER BY ALL"),
        warehouse.read("FROM observations ORDER BY ALL"),
    ) == before
    assert count_runs(as_connected) == taken


def test_where_the_numbers_cannot_be_taken_over_no_run_is(live, as_connected, warehouse):
    with warehouse.transaction() as connection:
        connection.execute("DROP TABLE metric_events")
    with pytest.raises(duckdb.CatalogException):
        adopt_history(as_connected, warehouse, live.past)
    assert count_runs(as_connected) == 0
    assert warehouse.read("SELECT count(*) FROM post_metrics") == [(0,)]


def test_it_waits_for_a_sync_that_is_at_work(live, as_connected, warehouse):
    with as_connected.reading() as session:
        business = list_businesses(session)[0]
    runs.request_run(as_connected, business.id, RunTrigger.MANUAL, now=NOW)
    with as_connected.transaction() as session:
        runs.claim_run(session, "test", now=NOW)
    assert adopt_history(as_connected, warehouse, live.past) is None
    assert count_runs(as_connected) == 1
    assert warehouse.read("SELECT count(*) FROM post_metrics") == [(0,)]


def test_a_folder_without_a_history_is_named(database, warehouse, tmp_path):
    with pytest.raises(AppError, match="holds no history"):
        adopt_history(database, warehouse, Path(tmp_path))
