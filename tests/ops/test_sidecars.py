"""The heartbeat: alive while it beats, silent soon after, stopped at once when it says so."""

from datetime import timedelta

import pytest

from core.ops import sidecars
from tests.conftest import NOW

pytestmark = pytest.mark.integration

JOBS = [{"id": "sync", "name": "Sync", "next_run_time": "2026-11-24T10:00:00+00:00", "trigger": "cron[minute='0']"}]


def beat(database, instance="a:1", now=NOW, job_error=None):
    with database.transaction() as session:
        sidecars.record_heartbeat(session, instance, jobs=JOBS, job_error=job_error, now=now)


def status(database, now=NOW):
    with database.reading() as session:
        return sidecars.sidecar_status(session, now=now)


def test_without_a_sidecar_nothing_runs(database):
    assert status(database) == sidecars.SidecarStatus(is_running=False)


def test_a_beating_heart_is_running_with_its_jobs(database):
    beat(database)
    found = status(database, NOW + timedelta(seconds=10))
    assert (found.is_running, found.jobs, found.beat_at) == (True, JOBS, NOW)


def test_a_silent_heart_is_not_running_within_fifteen_seconds(database):
    beat(database)
    found = status(database, NOW + timedelta(seconds=15))
    assert (found.is_running, found.jobs) == (False, [])


def test_a_sidecar_that_says_it_stops_is_not_running_at_once(database):
    beat(database)
    with database.transaction() as session:
        sidecars.record_stopped(session, "a:1", now=NOW)
    assert not status(database).is_running
    beat(database, now=NOW + timedelta(seconds=1))
    assert status(database, NOW + timedelta(seconds=1)).is_running


def test_the_newest_sidecar_speaks(database):
    beat(database, "old:1", NOW - timedelta(minutes=5))
    beat(database, "new:2", job_error="Sync failed")
    assert status(database).is_running
    assert status(database).job_error == "Sync failed"


def test_a_beat_of_a_clock_that_was_ahead_counts_for_nothing(database):
    beat(database, "dead:1", NOW + timedelta(hours=1))
    assert not status(database).is_running
    beat(database, "alive:2", NOW)
    assert status(database).is_running
