"""Asking for days of the past again: what is missing comes back, nothing else moves, and it goes on where it stopped."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest

from core.domain import Platform, RunState, RunTrigger, StepState
from core.ops import costs, runs
from core.ops.models import Account
from core.stopping import RunStop
from tests.conftest import NOW
from tests.stage import open_sandbox, open_stage, stage_settings

pytestmark = pytest.mark.integration

AUTUMN = (date(2026, 8, 1), date(2026, 10, 31))
LONG = (date(2026, 2, 1), date(2026, 10, 31))


@pytest.fixture(scope="module")
def sandbox():
    with open_sandbox("--businesses", "1") as sandbox:
        yield sandbox


@pytest.fixture
def more():
    return {}


@pytest.fixture
def stage(sandbox, clock, tmp_path, more):
    with open_stage(sandbox, stage_settings(sandbox.port, tmp_path / "data", **more), clock) as stage:
        assert stage.sync().state is RunState.SUCCEEDED
        yield stage


def request(stage, days, *platforms):
    business = stage.businesses()[0]
    chosen = [account.id for (_, platform), account in stage.accounts().items() if platform in platforms]
    return runs.request_run(
        stage.database, business.id, RunTrigger.BACKFILL, now=stage.clock.now(), account_ids=chosen or None, fill=days
    )


def fill(stage, days, *platforms, stop=None):
    return stage.carry_out(request(stage, days, *platforms).id, stop)


def steps(run):
    return {step.account.platform: step for step in run.steps}


def known(stage, what="day", table="account_daily", where="true"):
    return stage.query(f"SELECT account_id, {what} FROM {table} WHERE {where} ORDER BY ALL")


def in_range(column, days):
    return f"{column} BETWEEN DATE '{days[0]}' AND DATE '{days[1]}'"


def progress(stage):
    """How far the accounts' own syncs have come."""
    with stage.database.reading() as session:
        return [
            (one.days_filled_from, one.posts_filled_from, one.is_filled, one.days_read_at, one.weekly_read_at)
            for one in session.query(Account).order_by(Account.id)
        ]


def at_piece(stage, number, happen):
    """Let something happen as a piece of LinkedIn's days is asked for, the first one being 1; the answer comes all the same."""
    asked = []

    def answer(request):
        asked.append(request)
        if len(asked) == number:
            happen()
        return stage.faults.pass_on(request)

    stage.faults.instead["organizationPageStatistics"] = answer
    return asked


def test_days_and_posts_of_a_range_are_asked_for_whatever_was_asked_before(stage):
    before, looked = progress(stage), stage.query("SELECT * EXCLUDE metrics FROM observations ORDER BY ALL")
    assert known(stage, where=in_range("day", AUTUMN)) == []
    run = fill(stage, AUTUMN)
    assert (run.state, run.fill_from, run.fill_to) == (RunState.SUCCEEDED, *AUTUMN)
    accounts = {account.platform: account.id for account in stage.accounts().values()}
    for platform in (Platform.LINKEDIN, Platform.FACEBOOK):
        days = [
            day for account_id, day in known(stage, where=in_range("day", AUTUMN)) if account_id == accounts[platform]
        ]
        assert len(days) == 92
        assert steps(run)[platform].filled.startswith("2026-08-01 to 2026-10-31: 92 days, ")
    assert progress(stage) == before
    assert stage.query("SELECT * EXCLUDE metrics FROM observations ORDER BY ALL") == looked


def test_a_hole_inside_what_is_known_is_filled_with_what_was_there(stage):
    fill(stage, AUTUMN)
    hole = (date(2026, 9, 3), date(2026, 9, 9))
    numbers = "* EXCLUDE (account_id, observed_at, run_id, source)"
    whole = known(stage, numbers)
    warehouse = stage.workplace.engine._warehouse
    with warehouse.transaction() as connection:
        for table in ("account_daily", "account_metrics"):
            connection.execute(f"DELETE FROM {table} WHERE {in_range('day', hole)}")
    warehouse.publish()
    assert known(stage, numbers) != whole
    stage.sync()
    assert known(stage, numbers) != whole  # a sync does not ask for them
    run = fill(stage, hole)
    assert known(stage, numbers) == whole
    assert steps(run)[Platform.LINKEDIN].rows_new == 7


def test_asking_twice_adds_no_row(stage):
    fill(stage, AUTUMN)
    counts = [len(known(stage, "1", table)) for table in ("account_metrics", "post_metrics", "posts")]
    again = fill(stage, AUTUMN)
    assert {(step.rows_new, step.rows_changed) for step in again.steps} == {(0, 0)}
    assert [len(known(stage, "1", table)) for table in ("account_metrics", "post_metrics", "posts")] == counts


def test_posts_are_those_of_the_days_in_the_businesses_zone(stage):
    run = fill(stage, AUTUMN, "facebook")
    step = steps(run)[Platform.FACEBOOK]
    world = stage.query(f"SELECT count(*) FROM posts WHERE account_id = {step.account_id}")
    assert step.posts > 0
    assert f"{step.posts} posts" in step.filled
    assert world[0][0] >= step.posts


def test_what_a_platform_no_longer_gives_is_said(stage):
    run = fill(stage, LONG)
    told = {platform: step.filled for platform, step in steps(run).items()}
    assert told[Platform.INSTAGRAM].endswith("the platform gave no day before 2026-08-26")
    assert told[Platform.X].endswith("this platform gives no numbers of days that are over")
    assert "gave" not in told[Platform.FACEBOOK]
    older = fill(stage, (date(2025, 1, 1), date(2025, 1, 31)), "instagram")
    assert "0 days" in steps(older)[Platform.INSTAGRAM].filled
    assert steps(older)[Platform.INSTAGRAM].filled.endswith("the platform gave none of these days")


def test_days_that_are_not_over_are_not_asked_for(stage):
    run = fill(stage, (date(2026, 11, 20), date(2026, 11, 24)), "linkedin")
    assert steps(run)[Platform.LINKEDIN].filled.startswith("2026-11-20 to 2026-11-24: 4 days")


class TestGoingOn:
    """The days from February to October are asked for in four pieces; the second one begins on 5 May."""

    def test_what_a_leaving_sidecar_cuts_short_goes_on_without_asking_again(self, stage):
        leaving = threading.Event()
        at_piece(stage, 2, leaving.set)
        run = fill(stage, LONG, "linkedin", stop=leaving)
        step = steps(run)[Platform.LINKEDIN]
        assert (run.state, step.state) == (RunState.INTERRUPTED, StepState.INTERRUPTED)
        assert step.days_filled_from == date(2026, 5, 5)
        assert len(known(stage, where=in_range("day", LONG))) == 180
        stage.restart()
        asked = at_piece(stage, 1, lambda: None)
        with stage.database.transaction() as session:
            (run_id,) = runs.request_interrupted_fills(session, now=stage.clock.now())
        assert stage.carry_out(run_id).state is RunState.SUCCEEDED
        assert len(asked) == 2
        assert len(known(stage, where=in_range("day", LONG))) == 273

    def test_what_is_cancelled_keeps_what_it_has_and_asks_no_more(self, stage):
        stop = RunStop()
        asked = at_piece(stage, 2, stop.cancel)
        run = fill(stage, LONG, "linkedin", stop=stop)
        step = steps(run)[Platform.LINKEDIN]
        assert (run.state, step.state) == (RunState.CANCELLED, StepState.CANCELLED)
        assert "cancelled" in step.error
        assert len(asked) == 2
        days = [day.date() for _, day in known(stage, where=in_range("day", LONG))]
        assert min(days) == step.days_filled_from
        with stage.database.transaction() as session:
            assert runs.request_interrupted_fills(session, now=stage.clock.now()) == []

    def test_a_fault_of_our_own_costs_no_piece_that_was_loaded(self, stage):
        def fail():
            raise ZeroDivisionError

        at_piece(stage, 2, fail)
        run = fill(stage, LONG, "linkedin")
        assert run.state is RunState.FAILED
        asked = at_piece(stage, 1, lambda: None)
        again = runs.retry_run(stage.database, run.id, requested_by=None, now=stage.clock.now())
        assert stage.carry_out(again.id).state is RunState.SUCCEEDED
        assert len(asked) == 3
        assert len(known(stage, where=in_range("day", LONG))) == 273


class TestMoney:
    @pytest.fixture
    def more(self):
        return {"x_daily_cap_usd": 1.1, "posts_per_sync": 20, "backfill_posts": 20}

    def test_the_past_is_charged_to_the_days_cap_and_goes_on_the_next_day(self, stage):
        run = fill(stage, (date(2026, 1, 1), date(2026, 11, 1)), "x")
        step = steps(run)[Platform.X]
        midnight = datetime(2026, 11, 25, tzinfo=UTC)
        assert (run.state, step.state, step.retry_at) == (RunState.PARTIAL, StepState.WAITING, midnight)
        assert step.fill_usd == step.cost_usd > 0.4
        with stage.database.reading() as session:
            assert costs.spent_today(session, Platform.X, now=NOW) <= 1.1
        reached = step.posts_filled_from
        stage.advance(hours=15)
        with stage.database.transaction() as session:
            (run_id,) = runs.request_retries(session, now=stage.clock.now())
        on = steps(stage.carry_out(run_id))[Platform.X]
        assert on.posts > 0
        assert on.posts_filled_from < reached

    def test_a_step_does_not_spend_over_midnight(self, stage, mocker):
        clock, keep = stage.clock, costs.record_cost

        def midnight_comes(*args, **kwargs):
            keep(*args, **kwargs)
            clock.advance(timedelta(hours=15))

        mocker.patch("core.spending.record_cost", side_effect=midnight_comes)
        step = steps(fill(stage, (date(2026, 1, 1), date(2026, 11, 1)), "x"))[Platform.X]
        assert (step.state, step.retry_at) == (StepState.WAITING, clock.now())
        assert "A new day has begun" in step.error


def test_a_sync_does_not_wait_for_a_filling_of_the_same_account(stage):
    begun, may_end = threading.Event(), threading.Event()

    def hold(asked):
        begun.set()
        assert may_end.wait(20)
        return stage.faults.pass_on(asked)

    run = request(stage, AUTUMN, "linkedin")
    stage.faults.instead["timeRange:(start:"] = hold
    with ThreadPoolExecutor(1) as pool:
        filling = pool.submit(stage.carry_out, run.id)
        assert begun.wait(20)
        stage.faults.instead.clear()
        assert stage.sync().state is RunState.SUCCEEDED
        assert not filling.done()
        may_end.set()
        assert filling.result(20).state is RunState.SUCCEEDED
