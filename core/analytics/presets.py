"""Which days does a named period cover today, and which earlier days is it compared with?"""

from datetime import date, timedelta
from enum import StrEnum

from core.analytics.periods import Compared, Period

_A_DAY = timedelta(days=1)


class Preset(StrEnum):
    """The periods that have a name; all of them end with the last whole day."""

    DAYS_7 = "7_days"
    DAYS_28 = "28_days"
    DAYS_30 = "30_days"
    DAYS_90 = "90_days"
    THIS_MONTH = "this_month"
    LAST_MONTH = "last_month"
    THIS_QUARTER = "this_quarter"
    THIS_YEAR = "this_year"
    FREE = "free"


class Against(StrEnum):
    """What a period is compared with."""

    PREVIOUS = "previous"
    LAST_YEAR = "last_year"
    NOTHING = "nothing"


DEFAULT = Preset.DAYS_30

ROLLING = {Preset.DAYS_7: 7, Preset.DAYS_28: 28, Preset.DAYS_30: 30, Preset.DAYS_90: 90}

_MONTHS = {Preset.THIS_MONTH: 1, Preset.LAST_MONTH: 1, Preset.THIS_QUARTER: 3, Preset.THIS_YEAR: 12}
"""How many months the calendar's own periods have."""


def days_of(preset: Preset, yesterday: date) -> Period:
    """The days of a named period, as far as they are over: on its first day `this month` is still the one before."""
    if preset in _MONTHS:
        unit = unit_with(yesterday, _MONTHS[preset])
        if preset is Preset.LAST_MONTH:
            return unit_with(_month_with(yesterday + _A_DAY).first - _A_DAY, 1)
        return Period(unit.first, yesterday)
    return Period.ending(yesterday, days=ROLLING.get(preset, ROLLING[DEFAULT]))


def compared(preset: Preset, period: Period, against: Against) -> Compared:
    """The period with the earlier one that it is held against."""
    earlier = {
        Against.PREVIOUS: _previous,
        Against.LAST_YEAR: _last_year,
    }
    found = earlier[against](preset, period) if against in earlier else None
    return Compared(period.first, period.last, found)


def has_just_begun(preset: Preset, yesterday: date) -> bool:
    """Whether no day of the calendar's current period is over yet, so that the one before is shown."""
    is_current = preset in _MONTHS and preset is not Preset.LAST_MONTH
    return is_current and yesterday == unit_with(yesterday, _MONTHS[preset]).last


def _previous(preset: Preset, period: Period) -> Period:
    """A whole month with the whole month before; of one that is not over, the same number of days; else the days just before."""
    if preset not in _MONTHS:
        return Period.ending(period.first - _A_DAY, days=period.days)
    before = unit_with(period.first - _A_DAY, _MONTHS[preset])
    if _is_whole(preset, period):
        return before
    return Period(before.first, min(before.last, before.first + timedelta(days=period.days - 1)))


def _last_year(preset: Preset, period: Period) -> Period:
    """The same dates a year before, 28 Feb for the 29th; a whole month is compared with the whole one."""
    first, last = _year_before(period.first), _year_before(period.last)
    if preset in _MONTHS and _is_whole(preset, period):
        return unit_with(first, _MONTHS[preset])
    return Period(first, last)


def _is_whole(preset: Preset, period: Period) -> bool:
    return period.last == unit_with(period.first, _MONTHS[preset]).last


def _month_with(day: date) -> Period:
    return unit_with(day, 1)


def unit_with(day: date, months: int) -> Period:
    """The month, quarter or year that a day belongs to."""
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    years, month = divmod(first.month - 1 + months, 12)
    return Period(first, date(first.year + years, month + 1, 1) - _A_DAY)


def _year_before(day: date) -> date:
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if is_leap_day else day.day)
