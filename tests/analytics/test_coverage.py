"""The state of each day, and the gaps with their reasons."""

from datetime import date, timedelta

import pytest

from core.analytics.coverage import DayState, Gap, GapReason, Strip, gaps, states
from core.analytics.periods import Period
from core.charts.calendar_strips import strips

pytestmark = pytest.mark.unit

FIRST = date(2026, 11, 1)
WEEK = Period(FIRST, FIRST + timedelta(days=6))


def day(number):
    return FIRST + timedelta(days=number - 1)


def strip(*known, asked=(), connected=1, settled=7, retired=None):
    return Strip(
        known=frozenset(map(day, known)),
        asked=frozenset(map(day, asked)),
        connected_on=day(connected),
        settled=settled and day(settled),
        retired_on=retired and day(retired),
    )


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (strip(1, 2, 3, 4, 5, 6, 7), "kkkkkkk"),
        (strip(1, 2, 4, settled=5), "kkgkgll"),
        (strip(1, 2, retired=3), "kkrrrrr"),
        (strip(1, 2, 5, retired=3), "kkrrkrr"),
        (strip(settled=None), "nnnnnnn"),
        (strip(3, settled=None), "nnknnnn"),  # an import may know what the platform does not offer
    ],
)
def test_states(one, expected):
    letters = {
        "k": DayState.KNOWN,
        "g": DayState.GAP,
        "l": DayState.LATE,
        "r": DayState.RETIRED,
        "n": DayState.NOT_OFFERED,
    }
    assert states(one, WEEK) == [letters[letter] for letter in expected]


def test_gaps_are_cut_where_their_reason_changes():
    found = gaps(strip(6, asked=(3,), connected=2), WEEK)
    assert found == [
        Gap(Period(day(1), day(1)), GapReason.NOT_CONNECTED),
        Gap(Period(day(2), day(2)), GapReason.NOT_ASKED),
        Gap(Period(day(3), day(3)), GapReason.NOT_GIVEN),
        Gap(Period(day(4), day(5)), GapReason.NOT_ASKED),
        Gap(Period(day(7), day(7)), GapReason.NOT_ASKED),
    ]


def test_what_is_late_retired_or_not_offered_is_no_gap():
    for one in (strip(1, 2, 3, settled=3), strip(1, retired=2), strip(settled=None)):
        assert gaps(one, WEEK) == []


def test_each_state_has_a_look_and_names_are_no_markup():
    figure = strips(
        [("<b>A</b>", states(strip(1, 2, 4, settled=5), WEEK))], WEEK, {state: state.value for state in DayState}
    )
    (heat,) = figure.data
    assert list(heat.z[0]) == [0, 0, 2, 0, 2, 1, 1]
    assert list(heat.text[0]) == ["", "", "×", "", "×", "…", "…"]
    assert figure.layout.yaxis.ticktext == ("&lt;b&gt;A&lt;/b&gt;",)
