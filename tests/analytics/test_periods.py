"""Periods: inclusive, counted once."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.analytics.periods import Period

pytestmark = pytest.mark.unit

DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))


def test_both_ends_count():
    period = Period(date(2026, 4, 12), date(2026, 4, 25))
    assert period.days == 14
    assert len(list(period)) == 14
    assert date(2026, 4, 12) in period
    assert date(2026, 4, 25) in period
    assert date(2026, 4, 26) not in period


def test_one_day_is_a_period():
    assert Period(date(2026, 2, 28), date(2026, 2, 28)).days == 1


def test_a_period_that_ends_before_it_starts_is_refused():
    with pytest.raises(ValueError, match="cannot end"):
        Period(date(2026, 4, 2), date(2026, 4, 1))


@given(DAYS, st.integers(1, 400))
def test_the_period_before_is_as_long_and_ends_the_day_before(last, days):
    period = Period.ending(last, days=days)
    assert period.days == period.before.days == days
    assert (period.first - period.before.last).days == 1


@given(DAYS, DAYS, st.integers(1, 60))
def test_days_after_agrees_with_counting(last, day, days):
    period = Period.ending(last, days=days)
    assert period.days_after(day) == sum(one > day for one in period)
