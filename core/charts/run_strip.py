"""How did the newest runs end, and how long did they take? One bar each, oldest first, in the colour of its state."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10

import plotly.graph_objects as go

from core.charts.frame import CLEAR
from core.domain import RunState

COLORS: dict[RunState, str] = {
    RunState.REQUESTED: "#8A96A3",
    RunState.RUNNING: "#2A93B5",
    RunState.SUCCEEDED: "#22A07A",
    RunState.PARTIAL: "#D98A1F",
    RunState.FAILED: "#D64545",
    RunState.CANCELLED: "#8A96A3",
    RunState.INTERRUPTED: "#B9772B",
}
HEIGHT = 76
SLOTS = 30
"""So many bars have room, however few there are: a bar is as wide on the first day as later."""


@dataclass(frozen=True, slots=True)
class StripRun:
    """A run as a bar; `words`: what is said of it on hover."""

    run_id: int
    state: RunState
    seconds: float
    words: str


def run_strip(runs: Sequence[StripRun]) -> go.Figure:
    """The bars grow with the logarithm of the seconds, so that one long run leaves the others to be seen."""
    bars = go.Bar(
        x=[str(run.run_id) for run in runs],
        y=[1 + log10(1 + max(run.seconds, 0.0)) for run in runs],
        customdata=[[run.run_id, run.words] for run in runs],
        marker={"color": [COLORS[run.state] for run in runs], "cornerradius": 3},
        hovertemplate="%{customdata[1]}<extra></extra>",
    )
    room = [-0.5, max(SLOTS, len(runs)) - 0.5]
    axis = {"type": "category", "range": room, "visible": False}
    return go.Figure(
        data=[bars],
        layout={
            "height": HEIGHT,
            "margin": {"l": 0, "r": 0, "t": 4, "b": 0},
            "paper_bgcolor": CLEAR,
            "plot_bgcolor": CLEAR,
            "bargap": 0.2,
            "showlegend": False,
            "xaxis": axis,
            "yaxis": {"visible": False, "rangemode": "tozero"},
            "clickmode": "event+select",
            "dragmode": False,
        },
    )
