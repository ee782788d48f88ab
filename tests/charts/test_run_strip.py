"""The strip of runs: one bar each, as wide on the first day as later."""

from core.charts.run_strip import COLORS, SLOTS, StripRun, run_strip
from core.domain import RunState


def test_each_run_has_a_bar_in_the_colour_of_its_state():
    figure = run_strip([StripRun(number, state, 1.0, "") for number, state in enumerate(RunState)])
    assert list(figure.data[0].marker.color) == [COLORS[state] for state in RunState]


def test_a_long_run_is_higher_and_leaves_the_others_to_be_seen():
    short, long = (
        run_strip([StripRun(1, RunState.SUCCEEDED, 1.0, ""), StripRun(2, RunState.SUCCEEDED, 3600.0, "")]).data[0].y
    )
    assert short < long < 5 * short


def test_few_runs_have_bars_as_wide_as_many():
    few = run_strip([StripRun(1, RunState.FAILED, 1.0, "")])
    assert list(few.layout.xaxis.range) == [-0.5, SLOTS - 0.5]
