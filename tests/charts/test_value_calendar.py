"""The calendar: a row a name, a colour a state, the words of each day as they are and never as markup."""

from datetime import date

import pytest

from core.analytics.periods import Period
from core.analytics.value_states import STATES, ValueState
from core.charts.value_calendar import COLORS, CalendarRow, value_calendar

pytestmark = pytest.mark.unit

WEEK = Period.ending(date(2026, 11, 23), days=7)


def drawn(*rows, period=WEEK, is_dark=False):
    return value_calendar(rows, period, is_dark=is_dark).to_dict()


def test_each_state_has_its_colour_and_its_sign():
    row = CalendarRow("Reach", range(5), ["a", "b", "c", "d", "e"])
    heat = drawn(row, period=Period.ending(WEEK.last, days=5))["data"][0]
    assert [list(codes) for codes in heat["z"]] == [[0, 1, 2, 3, 4]]
    assert [list(signs) for signs in heat["text"]] == [["", "…", "×", "R", ""]]
    colors = [color for _, color in heat["colorscale"]]
    assert colors == [COLORS[False][state] for state in STATES for _ in range(2)]
    assert len(set(COLORS[True].values())) == len(ValueState)


def test_the_rows_stand_in_their_order_from_the_top():
    figure = drawn(CalendarRow("A", [0] * 7, [""] * 7), CalendarRow("B", [2] * 7, [""] * 7))
    assert list(figure["layout"]["yaxis"]["ticktext"]) == ["A", "B"]
    assert figure["layout"]["yaxis"]["autorange"] == "reversed"


def test_names_and_words_are_no_markup():
    figure = drawn(CalendarRow("<a href='x'>y</a>", [0] * 7, ["<b>5</b>"] * 7))
    assert "<a" not in str(figure)
    assert "<b>" not in str(figure)


def test_narrow_days_have_no_signs():
    long = Period.ending(WEEK.last, days=90)
    heat = drawn(CalendarRow("A", [2] * 90, [""] * 90), period=long)["data"][0]
    assert "text" not in heat
    assert heat["xgap"] == 0
