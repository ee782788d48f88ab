"""Schedules: every N hours, paused, quiet in hours of the business's own zone; each change written down."""

from datetime import UTC, datetime, timedelta

import pytest

from core.domain import Platform, RunState, RunTrigger
from core.errors import ConfigError
from core.ops import overview, runs, schedules, sidecars
from core.ops.accounts import save_account
from core.ops.activities import list_activities
from core.ops.businesses import archive_business, ensure_business
from core.ops.models import Account
from core.ops.schedules import ScheduleSettings
from core.ops.turns import next_turn
from tests.conftest import NOW

pytestmark = pytest.mark.integration


@pytest.fixture
def business_id(database):
    with database.transaction() as session:
        business = ensure_business(session, "Aurora", timezone="Europe/Berlin", now=NOW)
        save_account(
            session,
            Account(business_id=business.id, platform=Platform.X, external_id="1", name="a", connected_at=NOW),
        )
        return business.id


def save(database, business_id, **settings):
    with database.transaction() as session:
        return schedules.save_schedule(session, business_id, ScheduleSettings(**settings), by="Mira", now=NOW)


def at(day, hour, minute=0, month=11):
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def turn(now, turned_at=None, timezone="UTC", **settings):
    return next_turn(ScheduleSettings(**settings), timezone, turned_at=turned_at, now=now)


class TestTurns:
    def test_a_new_schedule_comes_round_at_the_next_full_hour(self):
        assert turn(at(24, 9, 30), interval_hours=24) == at(24, 10)
        assert turn(at(24, 10), interval_hours=24) == at(24, 11)

    def test_then_every_so_many_hours(self):
        assert turn(at(24, 10, 1), at(24, 10), interval_hours=6) == at(24, 16)
        assert turn(at(24, 16), at(24, 10), interval_hours=6) == at(24, 17)

    def test_a_turn_that_was_missed_is_taken_at_the_next_full_hour(self):
        assert turn(at(26, 7, 20), at(24, 10), interval_hours=6) == at(26, 8)

    def test_a_paused_schedule_has_no_turn(self):
        assert turn(at(24, 9), is_paused=True) is None

    def test_a_turn_of_a_clock_that_was_set_back_since_does_not_count(self):
        assert turn(at(24, 9, 30), at(24, 9, 30) + timedelta(days=365), interval_hours=24) == at(24, 10)

    def test_quiet_hours_are_those_of_the_zone_and_may_go_over_midnight(self):
        quiet = {"quiet_from": 22, "quiet_to": 6, "timezone": "Europe/Berlin"}  # 21:00 to 5:00 UTC in winter
        assert turn(at(24, 19, 30), **quiet) == at(24, 20)
        assert turn(at(24, 20, 30), **quiet) == at(25, 5)
        assert turn(at(25, 4, 30), **quiet) == at(25, 5)

    def test_quiet_hours_within_a_day(self):
        assert turn(at(24, 8, 30), quiet_from=9, quiet_to=17) == at(24, 17)

    def test_a_zone_with_half_hours_is_quiet_by_its_own_clocks(self):
        # 22:30 in Kolkata is 17:00 UTC, 6:30 is 1:00
        assert turn(at(24, 16, 30), quiet_from=22, quiet_to=6, timezone="Asia/Kolkata") == at(25, 1)

    @pytest.mark.parametrize(
        ("now", "expected"),
        [
            (at(24, 0, 30, month=10), at(24, 4, month=10)),  # summer: 6:00 is 4:00 UTC
            (at(25, 0, 30, month=10), at(25, 5, month=10)),  # the night in which 3:00 becomes 2:00
        ],
    )
    def test_quiet_hours_end_by_the_clock_when_summer_ends(self, now, expected):
        assert turn(now, quiet_from=22, quiet_to=6, timezone="Europe/Berlin") == expected

    def test_quiet_hours_end_by_the_clock_when_summer_begins(self):
        # on 28 March 2027 2:00 becomes 3:00: there is no hour from 2 to 3
        night = datetime(2027, 3, 28, 0, 30, tzinfo=UTC)
        assert turn(night, quiet_from=22, quiet_to=6, timezone="Europe/Berlin").hour == 4
        assert turn(night, quiet_from=2, quiet_to=3, timezone="Europe/Berlin").hour == 1

    def test_an_hour_that_comes_twice_is_quiet_twice(self):
        first = datetime(2026, 10, 24, 23, 30, tzinfo=UTC)  # 1:30 in Berlin; 2:00 comes at 0:00 and at 1:00 UTC
        assert turn(first, quiet_from=2, quiet_to=3, timezone="Europe/Berlin") == at(25, 2, month=10)

    @pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"])
    @pytest.mark.parametrize("quiet", [(22, 6), (0, 23), (23, 0), (2, 3)])
    def test_over_a_whole_year_no_turn_is_quiet_and_none_is_left_out(self, zone, quiet):
        settings = ScheduleSettings(1, quiet_from=quiet[0], quiet_to=quiet[1])
        now, turned_at, turns = datetime(2026, 1, 1, tzinfo=UTC), None, set()
        while now.year == 2026:
            now = turned_at = next_turn(settings, zone, turned_at=turned_at, now=now)
            turns.add(now)
        every = {datetime(2026, 1, 1, 1, tzinfo=UTC) + timedelta(hours=hour) for hour in range(24 * 365 - 1)}
        assert {instant for instant in every if not settings.is_quiet(instant, zone)} == {
            instant for instant in turns if instant in every
        }


class TestSettings:
    @pytest.mark.parametrize(
        ("settings", "words"),
        [
            ({"interval_hours": 0}, "1 to 168 hours, not every 0"),
            ({"interval_hours": 169}, "1 to 168 hours"),
            ({"quiet_from": 22}, "both, or neither"),
            ({"quiet_to": 0}, "both, or neither"),
            ({"quiet_from": 22, "quiet_to": 24}, "from 0 to 23"),
            ({"quiet_from": -1, "quiet_to": 4}, "from 0 to 23"),
            ({"quiet_from": 4, "quiet_to": 4}, "another hour"),
        ],
    )
    def test_what_cannot_be_is_said_in_one_sentence(self, settings, words):
        with pytest.raises(ConfigError, match=words):
            ScheduleSettings(**settings)


def test_a_business_is_synced_every_hour_until_somebody_decides(database, business_id):
    with database.reading() as session:
        schedule = schedules.get_schedule(session, business_id)
    assert (schedule.settings, schedule.is_own) == (ScheduleSettings(), False)


def test_a_schedule_is_kept_with_who_decided_it(database, business_id):
    save(database, business_id, interval_hours=6)
    saved = save(database, business_id, interval_hours=24, quiet_from=22, quiet_to=6)
    assert saved.settings == ScheduleSettings(24, quiet_from=22, quiet_to=6)
    assert (saved.is_own, saved.changed_by, saved.changed_at) == (True, "Mira", NOW)
    with database.reading() as session:
        assert [one.text for one in list_activities(session)] == [
            "Aurora is synced every 24 hours, not from 22:00 to 6:00.",
            "Aurora is synced every 6 hours.",
        ]
        assert list_activities(session)[0].person == "Mira"


def test_a_changed_schedule_counts_from_its_last_turn(database, business_id):
    save(database, business_id, interval_hours=24)
    with database.transaction() as session:
        schedules.record_turn(session, business_id, at=at(24, 8))
    assert save(database, business_id, interval_hours=6).next_turn(at(24, 9)) == at(24, 14)


@pytest.mark.parametrize(("hours", "expected"), [(1, at(24, 11)), (6, at(24, 16))])
def test_a_turn_that_began_late_counts_as_that_of_its_hour(database, business_id, hours, expected):
    save(database, business_id, interval_hours=hours)
    with database.transaction() as session:
        schedules.record_turn(session, business_id, at=at(24, 10, 17))
        assert schedules.get_schedule(session, business_id).next_turn(at(24, 10, 18)) == expected


def test_a_schedule_that_is_removed_leaves_the_business_hourly(database, business_id):
    save(database, business_id, interval_hours=6)
    with database.transaction() as session:
        assert schedules.remove_schedule(session, business_id, by=None, now=NOW)
        assert not schedules.remove_schedule(session, business_id, by=None, now=NOW)
        assert not schedules.get_schedule(session, business_id).is_own
        assert len(list_activities(session)) == 2


def test_a_business_that_is_gone_is_said(database):
    with pytest.raises(ConfigError, match="no business 7"), database.transaction() as session:
        schedules.save_schedule(session, 7, ScheduleSettings(), by=None, now=NOW)


def test_archived_businesses_are_not_scheduled(database, business_id):
    save(database, business_id, interval_hours=6)
    with database.transaction() as session:
        archive_business(session, business_id, now=NOW)
        assert schedules.list_schedules(session) == schedules.list_own_schedules(session) == []


def ended_run(database, business_id, trigger=RunTrigger.MANUAL):
    run = runs.request_run(database, business_id, trigger, now=NOW)
    with database.transaction() as session:
        runs.record_finished(session, run.id, RunState.SUCCEEDED, now=NOW)


class TestDue:
    def overdue(self, database, now):
        with database.reading() as session:
            return runs.list_overdue(session, now=now)

    def test_only_businesses_without_a_schedule_of_their_own_are_hourly(self, database, business_id):
        with database.reading() as session:
            assert runs.list_hourly(session) == [business_id]
        save(database, business_id, interval_hours=1)
        with database.reading() as session:
            assert runs.list_hourly(session) == []

    def test_overdue_is_older_than_the_businesses_own_schedule(self, database, business_id):
        save(database, business_id, interval_hours=6)
        ended_run(database, business_id)
        assert self.overdue(database, NOW + timedelta(hours=5)) == []
        assert self.overdue(database, NOW + timedelta(hours=6)) == [business_id]

    def test_a_paused_business_is_never_overdue(self, database, business_id):
        save(database, business_id, is_paused=True)
        assert self.overdue(database, NOW) == []

    def test_in_quiet_hours_nothing_is_overdue_yet(self, database, business_id):
        save(database, business_id, quiet_from=10, quiet_to=11)  # NOW is 10:30 in Berlin
        assert self.overdue(database, NOW) == []
        assert self.overdue(database, NOW + timedelta(minutes=30)) == [business_id]

    def test_data_is_not_called_stale_because_of_quiet_hours(self, database, business_id):
        save(database, business_id, interval_hours=2, quiet_from=22, quiet_to=6)
        with database.reading() as session:
            assert overview.list_connected_accounts(session)[0].interval == timedelta(hours=10)


class TestNextRun:
    JOBS = (
        {"id": "sync_all_businesses", "next_run_time": "2026-11-24T10:00:00+00:00"},
        {"id": "sync_business_1", "next_run_time": "2026-11-24T16:00:00+00:00"},
    )

    def next_run(self, database, business_id, jobs=JOBS):
        with database.transaction() as session:
            sidecars.record_heartbeat(session, "here", jobs=list(jobs), job_error=None, now=NOW)
            return sidecars.next_run_of(session, business_id, now=NOW)

    def test_it_is_the_one_of_the_businesses_own_job(self, database, business_id):
        save(database, business_id, interval_hours=6)
        assert self.next_run(database, business_id) == at(24, 16)

    def test_it_is_the_one_of_all_where_it_has_none(self, database, business_id):
        assert self.next_run(database, business_id) == at(24, 10)

    def test_there_is_none_while_it_is_paused_or_before_the_sidecar_has_seen_it(self, database, business_id):
        save(database, business_id, interval_hours=6)
        assert self.next_run(database, business_id, self.JOBS[:1]) is None
        save(database, business_id, is_paused=True)
        assert self.next_run(database, business_id) is None

    def test_there_is_none_without_a_sidecar(self, database, business_id):
        with database.reading() as session:
            assert sidecars.next_run_of(session, business_id, now=NOW) is None
