"""Do the parts of a step's time add up to the whole, whatever goes on side by side?"""

import pytest

from core.fetchers.stopwatch import Part, Stopwatch

pytestmark = pytest.mark.unit


@pytest.fixture
def ticks():
    class Ticks:
        at = 100.0

        def __call__(self):
            return self.at

    return Ticks()


def test_what_is_nothing_else_is_reading(ticks):
    watch = Stopwatch(ticks)
    ticks.at += 3
    assert watch.spent() == {Part.ASKING: 0, Part.LOADING: 0, Part.WAITING: 0, Part.READING: 3}


def test_each_part_has_its_own_time(ticks):
    watch = Stopwatch(ticks)
    for part, seconds in ((Part.ASKING, 2), (Part.LOADING, 5), (Part.WAITING, 7)):
        with watch.timing(part):
            ticks.at += seconds
        ticks.at += 1
    assert watch.spent() == {Part.ASKING: 2, Part.LOADING: 5, Part.WAITING: 7, Part.READING: 3}


def test_requests_side_by_side_take_their_time_once(ticks):
    watch = Stopwatch(ticks)
    with watch.timing(Part.ASKING):
        ticks.at += 1
        with watch.timing(Part.ASKING):
            ticks.at += 2
        ticks.at += 3
    assert watch.spent()[Part.ASKING] == 6


def test_waiting_beside_a_request_is_no_time_lost(ticks):
    watch = Stopwatch(ticks)
    with watch.timing(Part.WAITING):
        ticks.at += 1
        with watch.timing(Part.ASKING):
            ticks.at += 4
        ticks.at += 2
    assert watch.spent() == {Part.ASKING: 4, Part.LOADING: 0, Part.WAITING: 3, Part.READING: 0}


def test_a_part_that_ends_badly_has_ended(ticks):
    watch = Stopwatch(ticks)
    with pytest.raises(ZeroDivisionError), watch.timing(Part.LOADING):
        ticks.at += 2
        raise ZeroDivisionError
    ticks.at += 5
    assert watch.spent() == {Part.ASKING: 0, Part.LOADING: 2, Part.WAITING: 0, Part.READING: 5}
