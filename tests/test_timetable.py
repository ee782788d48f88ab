"""The timetable: on the hour in UTC, coalesced, and no job starves another."""

import os
import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from core.clock import SystemClock
from core.settings import use_utc
from core.timetable import Timetable

pytestmark = pytest.mark.unit

HALF_PAST = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def utc(monkeypatch):
    monkeypatch.setenv("TZ", os.environ.get("TZ", "UTC"))
    use_utc()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def calls():
    return []


@pytest.fixture
def timetable(calls):
    with time_machine.travel(HALF_PAST, tick=False):
        timetable = Timetable(SystemClock(), on_missed=lambda: calls.append("missed"))
        timetable.every_hour("sync", "Sync all", lambda: calls.append("sync"))
    return timetable


def run_at(timetable, instant):
    with time_machine.travel(instant, tick=False):
        timetable.run_due()


def next_run(timetable):
    return datetime.fromisoformat(timetable.jobs()[0].next_run_time)


def test_a_job_runs_at_the_full_hour_and_not_before(timetable, calls):
    run_at(timetable, datetime(2026, 11, 24, 9, 59, 59, tzinfo=UTC))
    assert calls == []
    run_at(timetable, datetime(2026, 11, 24, 10, 0, tzinfo=UTC))
    assert calls == ["sync"]
    run_at(timetable, datetime(2026, 11, 24, 10, 0, 1, tzinfo=UTC))
    assert calls == ["sync"]


def test_the_next_run_is_the_one_really_scheduled(timetable):
    assert next_run(timetable) == datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
    run_at(timetable, datetime(2026, 11, 24, 10, 0, 3, tzinfo=UTC))
    assert next_run(timetable) == datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
    assert timetable.jobs()[0].trigger == "cron[minute='0']"


def test_a_job_that_raises_is_recorded_scheduled_again_and_starves_nobody(calls):
    def fail():
        raise ValueError("the database is away")

    with time_machine.travel(HALF_PAST, tick=False):
        timetable = Timetable(SystemClock(), on_missed=lambda: None)
        timetable.every_hour("bad", "The bad one", fail)
        timetable.every_hour("good", "The good one", lambda: calls.append("good"))
    for hour in (10, 11):
        run_at(timetable, datetime(2026, 11, 24, hour, 0, tzinfo=UTC))
    assert calls == ["good", "good"]
    assert {job.next_run_time for job in timetable.jobs()} == {"2026-11-24T12:00:00+00:00"}


def test_the_error_of_a_job_says_which_when_and_why():
    def fail():
        raise ValueError("the database is away")

    with time_machine.travel(HALF_PAST, tick=False):
        timetable = Timetable(SystemClock(), on_missed=lambda: None)
        timetable.every_hour("bad", "The bad one", fail)
    run_at(timetable, datetime(2026, 11, 24, 10, 0, tzinfo=UTC))
    assert timetable.last_error == "The bad one failed at 2026-11-24 10:00 UTC: the database is away"


def test_up_to_300_seconds_late_a_run_is_made(timetable, calls):
    run_at(timetable, datetime(2026, 11, 24, 10, 5, tzinfo=UTC))
    assert calls == ["sync"]


def test_later_it_is_skipped_and_missed_runs_become_one(timetable, calls):
    run_at(timetable, HALF_PAST + timedelta(hours=30))
    assert calls == ["missed"]
    assert next_run(timetable) == datetime(2026, 11, 25, 16, 0, tzinfo=UTC)


def test_the_change_of_daylight_saving_moves_no_run(calls, monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    use_utc()
    with time_machine.travel(datetime(2026, 10, 24, 23, 30, tzinfo=UTC), tick=False):
        timetable = Timetable(SystemClock(), on_missed=lambda: calls.append("missed"))
        timetable.every_hour("sync", "Sync all", lambda: calls.append("sync"))
    for minute in range(0, 4 * 60):
        run_at(timetable, datetime(2026, 10, 25, 0, 0, tzinfo=UTC) + timedelta(minutes=minute))
    assert calls == ["sync"] * 4


def test_a_job_that_failed_is_made_good_at_the_next_tick_that_succeeds(calls):
    faults = [ValueError("locked"), None]

    def work():
        fault = faults.pop(0)
        if fault:
            raise fault

    with time_machine.travel(HALF_PAST, tick=False):
        timetable = Timetable(SystemClock(), on_missed=lambda: calls.append("caught up"))
        timetable.every_hour("sync", "Sync all", work)
    run_at(timetable, datetime(2026, 11, 24, 10, 0, tzinfo=UTC))
    assert timetable.last_error
    run_at(timetable, datetime(2026, 11, 24, 10, 0, 1, tzinfo=UTC))
    assert (calls, timetable.last_error) == (["caught up"], None)
    run_at(timetable, datetime(2026, 11, 24, 10, 0, 2, tzinfo=UTC))
    assert calls == ["caught up"]


def test_a_clock_set_back_by_a_year_does_not_stop_the_hours(calls):
    with time_machine.travel(HALF_PAST + timedelta(days=365), tick=False):
        timetable = Timetable(SystemClock(), on_missed=lambda: calls.append("missed"))
        timetable.every_hour("sync", "Sync all", lambda: calls.append("sync"))
    run_at(timetable, HALF_PAST)
    assert next_run(timetable) == datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
    run_at(timetable, datetime(2026, 11, 24, 10, 0, tzinfo=UTC))
    assert calls == ["sync"]


SIX_HOURS = timedelta(hours=6)


def planned(calls, at, now=HALF_PAST):
    with time_machine.travel(now, tick=False):
        timetable = Timetable(SystemClock(), on_missed=lambda: calls.append("missed"))
        timetable.plan("own", "Sync Aurora", lambda: calls.append("own"), every=SIX_HOURS, at=at)
    return timetable


def test_a_job_planned_at_an_instant_runs_then_once(calls):
    four = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
    timetable = planned(calls, four)
    (job,) = timetable.jobs()
    assert (job.id, job.name, job.trigger) == ("own", "Sync Aurora", "interval[6:00:00]")
    assert next_run(timetable) == timetable.planned_at("own") == four
    run_at(timetable, four - timedelta(seconds=1))
    run_at(timetable, four)
    run_at(timetable, four + timedelta(seconds=1))
    assert calls == ["own"]


def test_a_job_planned_at_an_instant_that_was_slept_through_is_skipped(calls):
    timetable = planned(calls, datetime(2026, 11, 24, 16, 0, tzinfo=UTC))
    run_at(timetable, HALF_PAST + timedelta(days=3))
    assert calls == ["missed"]


def test_a_paused_job_is_listed_and_never_runs(calls):
    timetable = planned(calls, None)
    assert [job.next_run_time for job in timetable.jobs()] == [None]
    run_at(timetable, HALF_PAST + timedelta(days=3))
    assert calls == []


def test_a_job_that_is_planned_anew_or_dropped_leaves_nothing_behind(calls):
    timetable = planned(calls, datetime(2026, 11, 24, 10, 0, tzinfo=UTC))
    timetable.plan("own", "Sync Aurora", lambda: calls.append("anew"), every=SIX_HOURS, at=None)
    run_at(timetable, datetime(2026, 11, 24, 10, 0, tzinfo=UTC))
    timetable.drop("own")
    assert (calls, timetable.jobs(), timetable.planned_at("own")) == ([], [], None)


def test_a_clock_that_stands_still_runs_nothing_twice(timetable, calls):
    for _ in range(50):
        run_at(timetable, datetime(2026, 11, 24, 10, 0, tzinfo=UTC))
    assert calls == ["sync"]
