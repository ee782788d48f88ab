"""Named periods and what they are compared with: months, leap days and year ends, counted against the calendar itself."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.analytics.periods import Compared, Period
from core.analytics.presets import ROLLING, Against, Preset, compared, days_of, has_just_begun

pytestmark = pytest.mark.unit

DAYS = st.dates(date(2004, 1, 1), date(2096, 12, 31))
NAMED = st.sampled_from([preset for preset in Preset if preset is not Preset.FREE])
CURRENT = st.sampled_from([Preset.THIS_MONTH, Preset.THIS_QUARTER, Preset.THIS_YEAR])
A_DAY = timedelta(days=1)


def period(first, last):
    return Period(date.fromisoformat(first), date.fromisoformat(last))


def held_against(preset, yesterday, against=Against.PREVIOUS):
    """The two periods as they are on the day after `yesterday`."""
    found = compared(preset, days_of(preset, date.fromisoformat(yesterday)), against)
    return Period(found.first, found.last), found.before


class TestDays:
    @given(NAMED, DAYS)
    def test_no_period_holds_a_day_that_is_not_over(self, preset, yesterday):
        assert days_of(preset, yesterday).last <= yesterday

    @given(st.sampled_from(list(ROLLING)), DAYS)
    def test_a_rolling_period_has_its_days(self, preset, yesterday):
        assert days_of(preset, yesterday) == Period.ending(yesterday, days=ROLLING[preset])

    @given(DAYS)
    def test_last_month_is_a_whole_month_and_before_todays(self, yesterday):
        found, today = days_of(Preset.LAST_MONTH, yesterday), yesterday + A_DAY
        assert (found.first.day, found.days) == (1, monthrange(found.first.year, found.first.month)[1])
        assert found.last + A_DAY == today.replace(day=1)

    @pytest.mark.parametrize(
        ("preset", "yesterday", "expected"),
        [
            (Preset.THIS_MONTH, "2026-11-23", ("2026-11-01", "2026-11-23")),
            (Preset.THIS_MONTH, "2026-11-30", ("2026-11-01", "2026-11-30")),
            (Preset.LAST_MONTH, "2027-01-14", ("2026-12-01", "2026-12-31")),
            (Preset.LAST_MONTH, "2026-11-30", ("2026-11-01", "2026-11-30")),
            (Preset.LAST_MONTH, "2028-03-01", ("2028-02-01", "2028-02-29")),
            (Preset.THIS_QUARTER, "2026-11-23", ("2026-10-01", "2026-11-23")),
            (Preset.THIS_QUARTER, "2026-12-31", ("2026-10-01", "2026-12-31")),
            (Preset.THIS_YEAR, "2026-11-23", ("2026-01-01", "2026-11-23")),
            (Preset.THIS_YEAR, "2026-12-31", ("2026-01-01", "2026-12-31")),
        ],
    )
    def test_the_calendar_s_own(self, preset, yesterday, expected):
        assert days_of(preset, date.fromisoformat(yesterday)) == period(*expected)

    @given(CURRENT, DAYS)
    def test_on_its_first_day_the_period_before_is_shown_and_that_can_be_told(self, preset, yesterday):
        found, today = days_of(preset, yesterday), yesterday + A_DAY
        assert has_just_begun(preset, yesterday) == (today.day == 1 and days_of(preset, today).first == today)
        assert found.last == yesterday

    @pytest.mark.parametrize("preset", [Preset.LAST_MONTH, Preset.DAYS_7, Preset.FREE])
    def test_only_the_current_ones_can_have_just_begun(self, preset):
        assert not has_just_begun(preset, date(2026, 12, 31))

    @pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Pacific/Kiritimati", "Australia/Lord_Howe"])
    @given(instant=st.datetimes(datetime(2025, 1, 1), datetime(2028, 12, 31)))  # noqa: DTZ001  # hypothesis wants naive bounds
    def test_days_are_counted_by_the_calendar_whatever_the_clock_does(self, zone, instant):
        """A day of 23 or 25 hours is a day."""
        yesterday = instant.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date() - A_DAY
        for preset, days in ROLLING.items():
            found = compared(preset, days_of(preset, yesterday), Against.PREVIOUS)
            assert found.days == found.before.days == len(list(found)) == days


class TestPrevious:
    @given(st.sampled_from([*ROLLING, Preset.FREE]), DAYS, st.integers(1, 800))
    def test_a_rolling_or_free_period_with_the_equal_number_of_days_before(self, preset, last, days):
        found = compared(preset, Period.ending(last, days=days), Against.PREVIOUS)
        assert (found.before.days, found.before.last) == (days, found.first - A_DAY)

    @given(CURRENT | st.just(Preset.LAST_MONTH), DAYS)
    def test_the_calendar_s_own_with_the_beginning_of_the_one_before(self, preset, yesterday):
        now = days_of(preset, yesterday)
        before = compared(preset, now, Against.PREVIOUS).before
        assert before.first == days_of(preset, now.first - A_DAY).first
        assert before.last < now.first
        is_whole = (yesterday + A_DAY).day == 1
        assert is_whole or before.days == now.days or before.last + A_DAY == now.first

    @pytest.mark.parametrize(
        ("preset", "yesterday", "before"),
        [
            (Preset.LAST_MONTH, "2026-11-15", ("2026-09-01", "2026-09-30")),  # 31 days against 30
            (Preset.LAST_MONTH, "2026-03-10", ("2026-01-01", "2026-01-31")),
            (Preset.LAST_MONTH, "2028-04-02", ("2028-02-01", "2028-02-29")),
            (Preset.LAST_MONTH, "2026-02-01", ("2025-12-01", "2025-12-31")),
            (Preset.THIS_MONTH, "2026-11-23", ("2026-10-01", "2026-10-23")),
            (Preset.THIS_MONTH, "2026-03-30", ("2026-02-01", "2026-02-28")),  # no more days than it has
            (Preset.THIS_MONTH, "2026-11-30", ("2026-10-01", "2026-10-31")),  # over: the whole one
            (Preset.THIS_MONTH, "2027-01-01", ("2026-12-01", "2026-12-01")),
            (Preset.THIS_QUARTER, "2026-11-23", ("2026-07-01", "2026-08-23")),
            (Preset.THIS_QUARTER, "2026-12-31", ("2026-07-01", "2026-09-30")),
            (Preset.THIS_QUARTER, "2027-02-10", ("2026-10-01", "2026-11-10")),
            (Preset.THIS_YEAR, "2026-11-23", ("2025-01-01", "2025-11-23")),
            (Preset.THIS_YEAR, "2028-02-29", ("2027-01-01", "2027-03-01")),  # as many days
            (Preset.THIS_YEAR, "2028-12-31", ("2027-01-01", "2027-12-31")),  # 366 against 365
        ],
    )
    def test_examples(self, preset, yesterday, before):
        assert held_against(preset, yesterday)[1] == period(*before)


class TestLastYear:
    @pytest.mark.parametrize(
        ("preset", "yesterday", "before"),
        [
            (Preset.DAYS_7, "2026-11-23", ("2025-11-17", "2025-11-23")),
            (Preset.DAYS_7, "2026-01-03", ("2024-12-28", "2025-01-03")),
            (Preset.DAYS_7, "2028-02-29", ("2027-02-23", "2027-02-28")),  # 29 Feb is no day of 2027
            (Preset.DAYS_7, "2028-03-02", ("2027-02-25", "2027-03-02")),
            (Preset.LAST_MONTH, "2028-03-05", ("2027-02-01", "2027-02-28")),
            (Preset.LAST_MONTH, "2029-03-05", ("2028-02-01", "2028-02-29")),  # the whole month, leap day included
            (Preset.THIS_MONTH, "2028-02-28", ("2027-02-01", "2027-02-28")),
            (Preset.THIS_MONTH, "2029-02-28", ("2028-02-01", "2028-02-29")),
            (Preset.THIS_QUARTER, "2026-11-23", ("2025-10-01", "2025-11-23")),
            (Preset.THIS_YEAR, "2026-12-31", ("2025-01-01", "2025-12-31")),
        ],
    )
    def test_examples(self, preset, yesterday, before):
        assert held_against(preset, yesterday, Against.LAST_YEAR)[1] == period(*before)

    @given(DAYS, DAYS)
    def test_the_dates_are_the_same_but_for_the_leap_day(self, one, other):
        now = Period(min(one, other), max(one, other))
        before = compared(Preset.FREE, now, Against.LAST_YEAR).before
        for day, then in ((now.first, before.first), (now.last, before.last)):
            assert then.year == day.year - 1
            assert (then.month, then.day) == ((2, 28) if (day.month, day.day) == (2, 29) else (day.month, day.day))


def test_against_nothing():
    assert held_against(Preset.DAYS_7, "2026-11-23", Against.NOTHING)[1] is None
    assert Compared(date(2026, 1, 1), date(2026, 1, 2)).before is None
