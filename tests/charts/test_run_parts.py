"""The parts of runs as bars: one upon the other in the order in which they come, each run in its own place."""

import pandas as pd
import pytest

from core.analytics.run_times import PARTS
from core.charts.run_parts import PART_COLORS, SLOTS, run_parts
from core.ui.limit_text import PARTS_OF_A_RUN

pytestmark = pytest.mark.unit


def frame(runs=2, title="Aurora, 24 Nov 09:00"):
    rows = [{"run_id": n, "title": title, **{part: float(n) for part in PARTS}} for n in range(1, runs + 1)]
    return pd.DataFrame(rows)


def test_a_bar_a_run_with_its_parts_in_order():
    figure = run_parts(frame(), labels=PARTS_OF_A_RUN)
    assert figure.layout.barmode == "stack"
    titles, *bars = figure.data
    assert [bar.name for bar in bars] == list(PARTS_OF_A_RUN.values())
    assert {bar.x for bar in (titles, *bars)} == {("1", "2")}
    assert {bar.y for bar in bars} == {(1.0, 2.0)}


def test_whose_run_it_was_is_said_on_hover_and_not_drawn():
    titles = run_parts(frame(), labels=PARTS_OF_A_RUN).data[0]
    assert list(titles.customdata) == ["Aurora, 24 Nov 09:00"] * 2
    assert (titles.marker.opacity, titles.showlegend) == (0, False)


def test_every_part_has_its_words_and_a_colour():
    assert list(PARTS_OF_A_RUN) == list(PARTS)
    assert set(PART_COLORS) == set(PARTS)


@pytest.mark.parametrize(("runs", "room"), [(1, SLOTS), (40, 40)])
def test_a_bar_is_never_as_wide_as_the_page(runs, room):
    assert run_parts(frame(runs), labels=PARTS_OF_A_RUN).layout.xaxis.range == (-0.5, room - 0.5)


def test_a_name_is_never_markup():
    figure = run_parts(frame(title="<a href='http://evil'>"), labels=PARTS_OF_A_RUN)
    assert figure.data[0].customdata[0] == "&lt;a href=&#x27;http://evil&#x27;&gt;"


def test_the_frame_stays_as_it_is():
    given = frame()
    before = given.copy()
    run_parts(given, labels=PARTS_OF_A_RUN)
    pd.testing.assert_frame_equal(given, before)
