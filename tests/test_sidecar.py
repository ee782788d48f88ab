"""The sidecar: claims within a second, beats, survives what breaks, leaves cleanly."""

import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from core.chores import Chore
from core.clock import SystemClock
from core.domain import Platform, RunState, RunTrigger
from core.ops import runs, sidecars
from core.ops.accounts import save_account
from core.ops.businesses import ensure_business
from core.ops.models import Account
from core.self_requests import SelfRequests
from core.sidecar import Sidecar

pytestmark = pytest.mark.integration


class EngineThatWaits:
    """Stands in for the sync engine: a run ends when the test lets it."""

    def __init__(self, database, clock):
        self.may_end = threading.Event()
        self.started = threading.Event()
        self._database, self._clock = database, clock

    is_usable = True

    def publish_if_missing(self):
        pass

    def sync_run(self, run, stop):  # the engine's signature
        self.started.set()
        assert self.may_end.wait(10)
        return self._finish(run, RunState.SUCCEEDED)

    def _finish(self, run, state):
        with self._database.transaction() as session:
            runs.record_finished(session, run.id, state, now=self._clock.now())
        return state


@pytest.fixture
def clock():
    return SystemClock()


@pytest.fixture
def business_id(database, clock):
    with database.transaction() as session:
        business = ensure_business(session, "Aurora", timezone="UTC", now=clock.now())
        save_account(
            session,
            Account(business_id=business.id, platform=Platform.X, external_id="1", name="a", connected_at=clock.now()),
        )
        return business.id


@pytest.fixture
def engine(database, clock):
    return EngineThatWaits(database, clock)


@pytest.fixture
def start(database, engine, clock):
    """Start a sidecar in a thread; it is stopped with the test."""
    started = []

    def start_one():
        sidecar = Sidecar(database=database, engine=engine, clock=clock)
        left = []
        thread = threading.Thread(target=lambda: left.append(sidecar.run_forever()))
        thread.start()
        started.append((sidecar, thread, left))
        return sidecar, thread, left

    yield start_one
    engine.may_end.set()
    for sidecar, thread, _ in started:
        sidecar.stop()
        thread.join(10)


def finished(database, business_id, clock, state=RunState.SUCCEEDED):
    run = runs.request_run(database, business_id, RunTrigger.MANUAL, now=clock.now())
    with database.transaction() as session:
        runs.record_finished(session, run.id, state, now=clock.now())
    return run


def newest(database):
    with database.reading() as session:
        return runs.list_runs(session, limit=1)[0]


def newest_state(database):
    with database.reading() as session:
        return next((run.state for run in runs.list_runs(session, limit=1)), None)


def wait_until(condition, seconds=5):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def test_a_request_is_claimed_and_carried_out(database, business_id, engine, start, clock):
    finished(database, business_id, clock)
    start()
    run = runs.request_run(database, business_id, RunTrigger.MANUAL, now=clock.now())
    assert engine.started.wait(5)
    assert newest(database).state is RunState.RUNNING
    engine.may_end.set()
    assert wait_until(lambda: newest(database).state is RunState.SUCCEEDED)
    assert newest(database).id == run.id


def test_a_claim_is_on_the_disk_before_the_warehouse_names_its_run(database, business_id, engine, start, mocker):
    transaction = mocker.spy(database, "transaction")
    claim = mocker.patch.object(runs, "claim_run", wraps=runs.claim_run)
    claim.side_effect = lambda *_, **__: durable.append(transaction.call_args.kwargs) or mocker.DEFAULT
    durable = []
    start()
    assert engine.started.wait(5)
    assert durable[0] == {"is_durable": True}


def test_at_start_data_older_than_its_schedule_gets_one_run(database, business_id, engine, start):
    start()
    assert engine.started.wait(5)
    assert newest(database).trigger is RunTrigger.CATCH_UP


def test_at_start_fresh_data_gets_none(database, business_id, engine, start, clock):
    run = finished(database, business_id, clock)
    start()
    assert wait_until(lambda: status(database, clock).is_running)
    assert newest(database).id == run.id


def test_at_start_the_runs_of_a_dead_sidecar_become_interrupted(database, business_id, engine, start, clock):
    run = runs.request_run(database, business_id, RunTrigger.MANUAL, now=clock.now())
    with database.transaction() as session:
        runs.claim_run(session, "dead", now=clock.now())
    start()
    assert engine.started.wait(5)
    with database.reading() as session:
        assert runs.get_run(session, run.id).state is RunState.INTERRUPTED
    assert newest(database).trigger is RunTrigger.CATCH_UP


def status(database, clock, later=timedelta(0)):
    with database.reading() as session:
        return sidecars.sidecar_status(session, now=clock.now() + later)


def test_it_says_that_it_lives_and_what_is_scheduled(database, start, clock):
    start()
    assert wait_until(lambda: status(database, clock).is_running)
    job = status(database, clock).jobs[0]
    assert (job["id"], job["name"]) == ("sync_all_businesses", "Sync Analytics for All Businesses")
    assert job["trigger"] == "cron[minute='0']"
    assert ":00:00+00:00" in job["next_run_time"]


def test_it_says_that_it_stops_while_it_finishes_what_is_in_flight(database, business_id, engine, start, clock):
    sidecar, thread, left = start()
    assert engine.started.wait(5)
    sidecar.stop()
    assert wait_until(lambda: not status(database, clock).is_running)
    assert thread.is_alive()
    engine.may_end.set()
    thread.join(10)
    assert left == [True]
    assert newest(database).state is RunState.SUCCEEDED


def test_what_does_not_end_in_time_is_recorded_as_interrupted(database, business_id, engine, start, mocker):
    mocker.patch("core.sidecar.SHUTDOWN_S", 0.2)
    sidecar, thread, left = start()
    assert engine.started.wait(5)
    sidecar.stop()
    thread.join(10)
    assert left == [False]
    assert newest(database).state is RunState.INTERRUPTED


def test_an_engine_that_breaks_ends_its_run_as_failed_and_the_loop_goes_on(
    database, business_id, engine, start, mocker, clock
):
    mocker.patch.object(engine, "sync_run", side_effect=ZeroDivisionError)
    start()
    assert wait_until(lambda: newest_state(database) is RunState.FAILED)
    assert "ZeroDivisionError" in newest(database).error
    first = newest(database).id
    runs.request_run(database, business_id, RunTrigger.MANUAL, now=clock.now())
    assert wait_until(lambda: newest(database).state is RunState.FAILED and newest(database).id > first)


def test_a_database_that_does_not_answer_for_a_while_stops_nothing(database, business_id, engine, start, mocker, clock):
    sidecar, _, _ = start()
    assert engine.started.wait(5)
    broken = mocker.patch.object(
        sidecar, "_claim_requested", side_effect=OperationalError("x", {}, Exception("locked"))
    )
    assert wait_until(lambda: broken.call_count >= 2)
    mocker.stop(broken)
    engine.may_end.set()
    assert wait_until(lambda: newest(database).state is RunState.SUCCEEDED)
    assert wait_until(lambda: status(database, clock, timedelta(seconds=8)).is_running)


def test_the_full_hour_asks_for_every_business(database, business_id, engine, clock):
    finished(database, business_id, clock)
    SelfRequests(database, clock, {}).hourly()
    assert (newest(database).trigger, newest(database).state) == (RunTrigger.SCHEDULE, RunState.REQUESTED)


def test_a_warehouse_past_saving_ends_the_sidecar_to_be_started_anew(database, engine, start, clock):
    sidecar, thread, _ = start()
    assert wait_until(lambda: status(database, clock).is_running)
    engine.is_usable = False
    thread.join(10)
    assert sidecar.must_restart
    assert not status(database, clock).is_running


def test_while_room_is_lacking_nothing_is_claimed_and_the_heartbeat_says_why(database, business_id, engine, clock):
    lacks = ["The disk is full: make room."]
    chore = threading.Event()
    chores = [Chore("refresh_tokens", timedelta(minutes=1), chore.set)]
    sidecar = Sidecar(
        database=database, engine=engine, clock=clock, chores=chores, find_lack=lambda: lacks[0] if lacks else None
    )
    thread = threading.Thread(target=sidecar.run_forever)
    thread.start()
    assert wait_until(lambda: status(database, clock).job_error == lacks[0])
    assert newest(database).state is RunState.REQUESTED
    assert not chore.is_set()  # a login that is renewed and cannot be stored would be lost
    with database.transaction() as session:
        runs.record_finished(session, newest(database).id, RunState.INTERRUPTED, now=clock.now())
    lacks.clear()
    assert engine.started.wait(5)  # what a full disk has cut short is asked for again
    assert wait_until(chore.is_set)
    engine.may_end.set()
    assert wait_until(lambda: status(database, clock).job_error is None)
    sidecar.stop()
    thread.join(10)


def test_chores_come_round_beside_the_syncs_and_are_waited_for(database, business_id, engine, clock):
    begun, may_end = threading.Event(), threading.Event()

    def slow():
        begun.set()
        assert may_end.wait(10)

    sidecar = Sidecar(database=database, engine=engine, clock=clock, chores=[Chore("slow", timedelta(minutes=1), slow)])
    left = []
    thread = threading.Thread(target=lambda: left.append(sidecar.run_forever()))
    thread.start()
    assert begun.wait(5)
    assert engine.started.wait(5)  # a sync begins although the chore is still at work
    engine.may_end.set()
    sidecar.stop()
    assert wait_until(lambda: newest(database).state is RunState.SUCCEEDED)
    assert thread.is_alive()
    may_end.set()
    thread.join(10)
    assert left == [True]


def test_a_chore_that_fails_is_told_with_the_heartbeat(database, engine, clock):
    def broken():
        raise ZeroDivisionError

    chores = [Chore("refresh_tokens", timedelta(minutes=1), broken)]
    sidecar = Sidecar(database=database, engine=engine, clock=clock, chores=chores)
    thread = threading.Thread(target=sidecar.run_forever)
    thread.start()
    assert wait_until(lambda: "refresh_tokens failed" in (status(database, clock).job_error or ""))
    sidecar.stop()
    thread.join(10)


class EngineThatListens(EngineThatWaits):
    """A run ends when the test lets it, or at once when it is cancelled."""

    def sync_run(self, run, stop):
        self.started.set()
        while not stop.is_cancelled:
            if self.may_end.wait(0.02):
                return self._finish(run, RunState.SUCCEEDED)
        return self._finish(run, RunState.CANCELLED)


def test_a_run_that_is_cancelled_ends_within_seconds_and_no_other(database, business_id, clock):
    engine = EngineThatListens(database, clock)
    sidecar = Sidecar(database=database, engine=engine, clock=clock)
    thread = threading.Thread(target=sidecar.run_forever)
    thread.start()
    assert engine.started.wait(5)
    days = (clock.now().date() - timedelta(days=40), clock.now().date() - timedelta(days=30))
    other = runs.request_run(database, business_id, RunTrigger.BACKFILL, now=clock.now(), fill=days)
    assert wait_until(lambda: newest(database).state is RunState.RUNNING)
    with database.transaction() as session:
        (cancelled,) = [run for run in runs.list_runs(session) if run.id != other.id]
        assert runs.cancel_run(session, cancelled.id, by="Mira", now=clock.now()) is RunState.RUNNING

    def state(run):
        with database.reading() as session:
            return runs.get_run(session, run.id).state

    assert wait_until(lambda: state(cancelled) is RunState.CANCELLED)
    assert state(other) is RunState.RUNNING
    engine.may_end.set()
    sidecar.stop()
    thread.join(10)


def test_what_fills_in_the_past_takes_no_room_from_the_syncs(database, engine, start, clock, mocker):
    mocker.patch("core.sidecar.FILLS_AT_ONCE", 1)
    days = (clock.now().date() - timedelta(days=40), clock.now().date() - timedelta(days=30))
    with database.transaction() as session:
        ids = [ensure_business(session, name, timezone="UTC", now=clock.now()).id for name in ("Aurora", "Fjell")]
    for id_ in ids:
        runs.request_run(database, id_, RunTrigger.BACKFILL, now=clock.now(), fill=days)
    runs.request_run(database, ids[0], RunTrigger.MANUAL, now=clock.now())

    def states():
        with database.reading() as session:
            return sorted((run.trigger.value, run.state.value) for run in runs.list_runs(session))

    start()
    assert wait_until(lambda: states() == [("backfill", "requested"), ("backfill", "running"), ("manual", "running")])
    engine.may_end.set()
    assert wait_until(lambda: {state for _, state in states()} == {"succeeded"})


def test_a_filling_in_that_a_dead_sidecar_left_goes_on_at_the_start(database, business_id, engine, start, clock):
    days = (clock.now().date() - timedelta(days=40), clock.now().date() - timedelta(days=30))
    finished(database, business_id, clock)
    left = runs.request_run(database, business_id, RunTrigger.BACKFILL, now=clock.now(), fill=days)
    with database.transaction() as session:
        runs.claim_run(session, "dead", now=clock.now())
    start()
    assert engine.started.wait(5)
    on = newest(database)
    assert (on.trigger, on.fill_from, on.id > left.id) == (RunTrigger.BACKFILL, days[0], True)


def test_a_sync_that_was_cut_short_goes_on_at_the_start_although_its_data_is_fresh(
    database, business_id, engine, start, clock
):
    finished(database, business_id, clock)
    left = runs.request_run(database, business_id, RunTrigger.MANUAL, now=clock.now())
    with database.transaction() as session:
        runs.claim_run(session, "dead", now=clock.now())
    start()
    assert engine.started.wait(5)
    assert newest(database).id > left.id
    assert [step.account.name for step in newest(database).steps] == ["a"]


def test_a_sync_that_was_asked_for_while_no_sidecar_was_there_is_carried_out(
    database, business_id, engine, start, clock
):
    finished(database, business_id, clock)
    waiting = runs.request_run(database, business_id, RunTrigger.MANUAL, now=clock.now())
    start()
    assert engine.started.wait(5)
    assert (newest(database).id, newest(database).state) == (waiting.id, RunState.RUNNING)
