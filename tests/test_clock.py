"""The clocks: one that stands still, and one in which time passes, shifted."""

from datetime import UTC, timedelta

import pytest

from core.clock import MovableClock, ShiftedClock
from tests.conftest import NOW

pytestmark = pytest.mark.unit

LONG_AGO = NOW - timedelta(days=90)


@pytest.fixture
def shifted(clock):
    return ShiftedClock(clock, LONG_AGO)


def test_time_passes_in_a_shifted_clock_as_in_the_other(clock, shifted):
    assert shifted.now() == LONG_AGO
    clock.advance(timedelta(minutes=3))
    assert shifted.now() == LONG_AGO + timedelta(minutes=3)


def test_sleeping_skips_ahead_and_leaves_the_other_alone(clock, shifted):
    shifted.sleep(90)
    assert shifted.now() == LONG_AGO + timedelta(seconds=90)
    assert shifted.monotonic() == 90
    assert clock.now() == NOW


def test_it_goes_on_from_a_later_instant_and_never_back(shifted):
    shifted.move_to(LONG_AGO + timedelta(days=1))
    shifted.move_to(LONG_AGO)
    assert shifted.monotonic() == 0
    assert shifted.now() == LONG_AGO + timedelta(days=1)


def test_both_tell_utc(shifted):
    assert shifted.now().tzinfo is UTC
    assert MovableClock(NOW).now().tzinfo is UTC
