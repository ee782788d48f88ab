"""When is a limit used up at this pace, and when is nothing said?"""

from datetime import UTC, datetime, timedelta

import pytest

from core.analytics.quotas import Level, has_reset, runs_out_at, used_by, used_share

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC)
RESET = MIDNIGHT + timedelta(days=1)


def at(hours, used, quota=100.0, resets_at=RESET):
    return Level(MIDNIGHT + timedelta(hours=hours), used, quota, resets_at)


class TestADay:
    def test_a_pace_that_is_too_fast_runs_out_on_a_straight_line(self):
        assert runs_out_at([at(8, 20), at(12, 60)], now=NOW) == NOW + timedelta(hours=4)

    def test_a_pace_that_lasts_until_the_reset_never_runs_out(self):
        assert runs_out_at([at(8, 20), at(12, 33)], now=NOW) is None

    def test_exactly_until_the_reset_is_not_before_it(self):
        assert runs_out_at([at(0, 0), at(12, 50)], now=NOW) is None

    def test_one_reading_is_enough_where_the_begin_is_known(self):
        assert runs_out_at([at(12, 75)], now=NOW, began_at=MIDNIGHT) == NOW + timedelta(hours=4)
        assert runs_out_at([at(12, 75)], now=NOW) is None

    def test_readings_of_the_window_before_do_not_count(self):
        yesterday = [at(-6, 95, resets_at=MIDNIGHT), at(-1, 99, resets_at=MIDNIGHT)]
        assert runs_out_at([*yesterday, at(8, 20), at(12, 60)], now=NOW) == NOW + timedelta(hours=4)

    def test_what_is_used_up_already_has_run_out_now(self):
        assert runs_out_at([at(12, 100)], now=NOW) == NOW

    def test_a_pause_since_the_last_reading_slows_the_pace(self):
        assert runs_out_at([at(6, 10), at(8, 90)], now=NOW) == NOW + timedelta(minutes=45)

    def test_the_burst_with_which_a_window_begins_is_no_pace(self):
        seconds_later = MIDNIGHT + timedelta(seconds=10)
        first = Level(seconds_later, 5.0, 100.0, RESET)
        assert runs_out_at([first], now=seconds_later, began_at=MIDNIGHT) is None
        half = Level(seconds_later, 50.0, 100.0, RESET)  # as if it had taken a tenth of the day
        found = runs_out_at([half], now=seconds_later, began_at=MIDNIGHT)
        assert found == seconds_later + timedelta(hours=2.4)

    def test_after_the_reset_nothing_is_said(self):
        levels = [at(8, 20), at(12, 60)]
        assert runs_out_at(levels, now=RESET) is None
        assert used_share(levels[-1], now=RESET) is None
        assert used_share(levels[-1], now=NOW) == 0.6

    @pytest.mark.parametrize(
        "levels",
        [
            [],
            [at(8, None), at(12, None)],
            [at(8, 20, quota=None), at(12, 60, quota=None)],
            [at(8, 20), at(12, 20)],
            [at(8, 60), at(12, 20)],
        ],
        ids=["nothing", "unknown", "no limit", "at rest", "falling"],
    )
    def test_without_a_pace_nothing_is_said(self, levels):
        assert runs_out_at(levels, now=NOW) is None

    def test_what_was_not_known_is_left_out(self):
        assert runs_out_at([at(6, None), at(8, 20), at(12, 60)], now=NOW) == NOW + timedelta(hours=4)


class TestARollingHour:
    def test_the_readings_of_the_last_hour_make_the_pace(self):
        levels = [at(9, 0, resets_at=None), at(11.5, 40, resets_at=None), at(12, 70, resets_at=None)]
        assert runs_out_at(levels, now=NOW) == NOW + timedelta(minutes=30)

    def test_what_takes_longer_than_the_hour_never_runs_out(self):
        assert runs_out_at([at(11.5, 40, resets_at=None), at(12, 50, resets_at=None)], now=NOW) is None

    def test_an_hour_later_it_is_not_known_any_more(self):
        level = at(12, 70, resets_at=None)
        assert used_share(level, now=NOW + timedelta(minutes=59)) == 0.7
        assert used_share(level, now=NOW + timedelta(hours=1)) is None
        assert has_reset(level, now=NOW + timedelta(hours=1))


class TestTheEndOfAMonth:
    def test_what_will_be_used_at_this_pace(self):
        assert used_by(at(12, 30), RESET, began_at=MIDNIGHT) == 60.0

    def test_nothing_is_said_at_its_first_instant_or_of_what_is_not_known(self):
        assert used_by(at(0, 30), RESET, began_at=MIDNIGHT) is None
        assert used_by(at(12, None), RESET, began_at=MIDNIGHT) is None


def test_a_limit_of_nothing_is_no_share():
    assert used_share(at(12, 5, quota=0), now=NOW) is None
