"""Businesses with schedules of their own: planned as they say, picked up as they change, whatever the clock does."""

import os
import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from core.clock import SystemClock
from core.domain import Platform, RunState, RunTrigger
from core.ops import runs, schedules
from core.ops.accounts import save_account
from core.ops.businesses import archive_business, ensure_business
from core.ops.models import Account
from core.ops.schedules import ScheduleSettings
from core.settings import use_utc
from core.sidecar import Sidecar

pytestmark = pytest.mark.integration

START = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def utc(monkeypatch):
    monkeypatch.setenv("TZ", os.environ.get("TZ", "UTC"))
    use_utc()
    yield
    monkeypatch.undo()
    time.tzset()


class Days:
    """A sidecar's scheduler, and the days that go by it; every run it asks for has ended a moment later."""

    def __init__(self, database):
        self.database = database
        with time_machine.travel(START, tick=False):
            self.sidecar = Sidecar(database=database, engine=None, clock=SystemClock())

    def add(self, name, timezone="UTC", **settings):
        with self.database.transaction() as session:
            business = ensure_business(session, name, timezone=timezone, now=START)
            account = Account(
                business_id=business.id, platform=Platform.X, external_id=name, name=name, connected_at=START
            )
            save_account(session, account)
            if settings:
                schedules.save_schedule(session, business.id, ScheduleSettings(**settings), by=None, now=START)
            return business.id

    def change(self, business_id, **settings):
        with self.database.transaction() as session:
            schedules.save_schedule(session, business_id, ScheduleSettings(**settings), by=None, now=START)

    def tick(self, instant):
        with time_machine.travel(instant, tick=False):
            self.sidecar._own_schedules.refresh()
            self.sidecar._timetable.run_due()
            with self.database.transaction() as session:
                for run in runs.list_runs(session, state=RunState.REQUESTED):
                    runs.record_finished(session, run.id, RunState.SUCCEEDED, now=instant)

    def pass_by(self, first, last, every=timedelta(minutes=10)):
        """Tick from the first to the last instant, the first left out."""
        while first < last:
            first += every
            self.tick(first)

    def asked(self, business_id, trigger=RunTrigger.SCHEDULE):
        """When runs of a business were asked for, oldest first."""
        with self.database.reading() as session:
            found = runs.list_runs(session, business_id=business_id, limit=1000)
        return [run.requested_at for run in reversed(found) if run.trigger is trigger]

    def jobs(self):
        return {job.id: job.next_run_time for job in self.sidecar._timetable.jobs()}


@pytest.fixture
def days(database):
    return Days(database)


def at(day, hour, minute=0, month=11):
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def hours(*instants):
    return [(one.day, one.hour) for one in instants]


def test_each_business_is_synced_as_its_own_schedule_says(days):
    hourly, six, day, paused = (
        days.add("Hourly"),
        days.add("Six", interval_hours=6),
        days.add("Day", interval_hours=24),
        days.add("Paused", is_paused=True),
    )
    days.pass_by(START, at(25, 12))
    assert hours(*days.asked(six)) == [(24, 10), (24, 16), (24, 22), (25, 4), (25, 10)]
    assert hours(*days.asked(day)) == [(24, 10), (25, 10)]
    assert len(days.asked(hourly)) == 27
    assert days.asked(paused) == []


def test_the_jobs_are_what_is_really_scheduled(days):
    six, paused = days.add("Six", interval_hours=6), days.add("Paused", is_paused=True)
    days.pass_by(START, at(24, 11))
    assert days.jobs() == {
        "sync_all_businesses": "2026-11-24T12:00:00+00:00",
        f"sync_business_{six}": "2026-11-24T16:00:00+00:00",
        f"sync_business_{paused}": None,
    }


def test_quiet_hours_are_kept_in_the_businesses_zone_over_the_change_of_the_clocks(days):
    business_id = days.add("Berlin", timezone="Europe/Berlin", interval_hours=4, quiet_from=20, quiet_to=8)
    for day in (24, 25):  # summer ends on 25 October 2026
        days.pass_by(at(day, 0, month=10), at(day, 23, month=10))
    berlin = [(one.day, one.hour + (2 if one < at(25, 1, month=10) else 1)) for one in days.asked(business_id)]
    assert berlin == [(24, 8), (24, 12), (24, 16), (25, 8), (25, 12), (25, 16)]


def test_a_change_is_picked_up_without_a_restart(days):
    business_id = days.add("Aurora")
    days.tick(START)
    assert f"sync_business_{business_id}" not in days.jobs()
    days.change(business_id, interval_hours=6)
    days.pass_by(START, at(24, 12))
    days.change(business_id, is_paused=True)
    days.pass_by(at(24, 12), at(25, 12))
    assert hours(*days.asked(business_id)) == [(24, 10)]
    days.change(business_id, interval_hours=12)
    days.pass_by(at(25, 12), at(26, 2))
    assert hours(*days.asked(business_id)) == [(24, 10), (25, 13), (26, 1)]
    with days.database.transaction() as session:
        schedules.remove_schedule(session, business_id, by=None, now=START)
    days.pass_by(at(26, 2), at(26, 5))
    assert f"sync_business_{business_id}" not in days.jobs()
    assert hours(*days.asked(business_id)[3:]) == [(26, 3), (26, 4), (26, 5)]


def test_an_archived_business_is_no_longer_scheduled(days):
    business_id = days.add("Aurora", interval_hours=6)
    days.tick(START)
    with days.database.transaction() as session:
        archive_business(session, business_id, now=START)
    days.pass_by(START, at(25, 12))
    assert (days.asked(business_id), list(days.jobs())) == ([], ["sync_all_businesses"])


def test_a_restart_keeps_the_turns(days):
    business_id = days.add("Six", interval_hours=6)
    days.pass_by(START, at(24, 11))
    again = Days(days.database)
    again.pass_by(at(24, 11), at(24, 17))
    assert hours(*again.asked(business_id)) == [(24, 10), (24, 16)]


def test_a_machine_asleep_for_a_day_syncs_once_and_goes_on(days):
    hourly, six, paused = days.add("Hourly"), days.add("Six", interval_hours=6), days.add("Paused", is_paused=True)
    days.pass_by(START, at(24, 10, 30))
    days.tick(at(25, 11, 17))
    days.tick(at(25, 11, 18))
    for business_id in (hourly, six):
        assert hours(*days.asked(business_id, RunTrigger.CATCH_UP)) == [(25, 11)]
    days.pass_by(at(25, 11, 20), at(25, 17))
    assert hours(*days.asked(hourly)[1:]) == [(25, hour) for hour in (12, 13, 14, 15, 16, 17)]
    assert hours(*days.asked(six)) == [(24, 10), (25, 17)]
    assert days.asked(paused, RunTrigger.CATCH_UP) == []


def test_a_machine_that_wakes_in_quiet_hours_waits_for_their_end(days):
    business_id = days.add("Six", interval_hours=6, quiet_from=0, quiet_to=7)
    days.pass_by(START, at(24, 10, 30))
    days.pass_by(at(25, 2, 10), at(25, 8))
    assert days.asked(business_id, RunTrigger.CATCH_UP) == []
    assert hours(*days.asked(business_id)) == [(24, 10), (25, 7)]


def test_a_clock_that_stands_still_asks_once(days):
    business_id = days.add("Six", interval_hours=6)
    days.tick(START)
    for _ in range(20):
        days.tick(at(24, 10))
    assert hours(*days.asked(business_id)) == [(24, 10)]


def test_a_clock_set_back_by_a_year_does_not_stop_the_turns(days):
    business_id = days.add("Six", interval_hours=6)
    ahead = timedelta(days=365)
    days.pass_by(START + ahead, at(24, 17) + ahead)
    before = days.asked(business_id)
    assert before[-1] > START + ahead
    days.pass_by(START, at(24, 17))
    assert hours(*days.asked(business_id)[len(before) :]) == [(24, 10), (24, 16)]


def test_a_turn_that_could_not_be_asked_for_is_made_good(days, mocker):
    business_id = days.add("Day", interval_hours=24)
    days.tick(START)
    asking = mocker.patch.object(runs, "request_run", side_effect=ConnectionError("the database is away"))
    days.tick(at(24, 10))
    mocker.stop(asking)
    days.tick(at(24, 10, 1))
    assert hours(*days.asked(business_id, RunTrigger.CATCH_UP)) == [(24, 10)]
    days.pass_by(at(24, 10, 1), at(25, 9))
    assert days.asked(business_id) == []
