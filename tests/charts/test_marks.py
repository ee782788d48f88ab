"""Marks on the charts of days: what happened and what was noted, each on its day, and nothing typed is taken for HTML."""

from datetime import date

import pandas as pd
import pytest

from core.charts.bars import daily_bars
from core.charts.lines import daily_lines
from core.charts.marks import DayMarks, mark, mark_notes
from core.ui.text import PLATFORMS

pytestmark = pytest.mark.unit

DAY, LATER = date(2026, 11, 2), date(2026, 11, 4)
HOSTILE = "<b>x</b> <img src=x onerror=alert(1)> <a href='javascript:alert(1)'>y</a> & %{y} %{customdata}"


def figure():
    frame = pd.DataFrame(
        {
            "platform": "linkedin",
            "day": pd.to_datetime(["2026-11-01", "2026-11-02", "2026-11-03"]),
            "value": [1.0, 2.0, 3.0],
            "counted": 1,
            "shown": 1,
            "is_partial": False,
        }
    )
    return daily_lines(frame, unit="views", labels=PLATFORMS)


def flags(drawn):
    return drawn.data[-1]


def test_each_day_has_one_flag_and_one_line():
    drawn = mark_notes(figure(), {LATER: ["Sale"], DAY: ["Launch", "Press"]})
    assert flags(drawn).x == ("2026-11-02", "2026-11-04")
    assert flags(drawn).hovertext == ("Note: Launch<br>Note: Press", "Note: Sale")
    assert [(shape.x0, shape.x1) for shape in drawn.layout.shapes] == [("2026-11-02",) * 2, ("2026-11-04",) * 2]


def test_the_flags_have_a_height_of_their_own_and_leave_the_numbers_alone():
    plain, drawn = figure(), mark_notes(figure(), {DAY: ["Launch"]})
    assert drawn.data[:-1] == plain.data
    assert flags(drawn).yaxis == "y2"
    assert (drawn.layout.yaxis2.overlaying, drawn.layout.yaxis2.range) == ("y", (0, 1))
    assert drawn.layout.yaxis == plain.layout.yaxis
    assert flags(drawn).showlegend is False


def test_without_a_note_nothing_is_drawn():
    assert mark_notes(figure(), {}) == figure()


def test_what_is_typed_is_never_taken_for_html_or_a_template():
    trace = flags(mark_notes(figure(), {DAY: [HOSTILE]}))
    (words,) = trace.hovertext
    assert "<" not in words.replace("<br>", "")
    assert "&lt;b&gt;x&lt;/b&gt;" in words
    assert "&amp; %{y}" in words
    assert (trace.hoverinfo, trace.hovertemplate, trace.text) == ("text", None, None)


def test_a_long_note_is_broken_into_lines_and_cut():
    (words,) = flags(mark_notes(figure(), {DAY: ["word " * 100]})).hovertext
    lines = words.split("<br>")
    assert max(map(len, lines)) <= 50
    assert (len(lines), lines[-1]) == (7, "…")


def test_line_breaks_stay():
    (words,) = flags(mark_notes(figure(), {DAY: ["one\ntwo"]})).hovertext
    assert words == "Note: one<br>two"


def test_both_kinds_of_marks_stand_side_by_side_on_lines_and_on_bars():
    frame = pd.DataFrame({"platform": ["x"], "day": pd.to_datetime(["2026-11-01"]), "value": [1.0]})
    for drawn in (figure(), daily_bars(frame, unit="followers", labels=PLATFORMS)):
        mark(drawn, DayMarks({DAY: "X: no longer given"}, {LATER: ["Sale"]}))
        assert [note.text for note in drawn.layout.annotations] == ["X: no longer given"]
        assert [shape.line.dash for shape in drawn.layout.shapes] == ["dot", None]
        assert flags(drawn).name == "Note"
