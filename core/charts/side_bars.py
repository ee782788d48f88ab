"""How do they stand side by side? A bar each, in the same order in every chart; without a number, the reason in its place."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import plotly.graph_objects as go

from core.charts.frame import AXIS, CLEAR, figure_of, trace

_LONGEST_NAME = 26
_ROOM = 3.0
"""The axis goes on beyond the longest bar, for the words beside it."""


@dataclass(frozen=True, slots=True)
class SideBar:
    """A name, its value (None = no bar), the words beside it, and its colour."""

    name: str
    value: float | None
    words: str
    color: str


def side_bars(bars: Sequence[SideBar]) -> go.Figure:
    """The bars from the top."""
    known = [bar.value for bar in bars if bar.value is not None]
    reach = max([abs(value) for value in known], default=0.0) or 1.0
    lowest = min([0.0, *known])
    drawn = trace(
        "bar",
        x=[bar.value or 0 for bar in bars],
        y=list(range(len(bars))),
        orientation="h",
        marker={"color": [bar.color for bar in bars]},
        text=[escape(bar.words) for bar in bars],
        textposition="outside",
        textfont={"color": AXIS},
        cliponaxis=False,
        constraintext="none",
        customdata=[escape(bar.name) for bar in bars],
        hovertemplate="%{customdata}: %{text}<extra></extra>",
    )
    span = [lowest * _ROOM, reach * _ROOM]
    return figure_of(data=drawn, layout=_layout([bar.name for bar in bars], span))


def _layout(names: Sequence[str], span: Sequence[float]) -> dict[str, object]:
    return {
        "height": 12 + 32 * len(names),
        "bargap": 0.4,
        "margin": {"l": 0, "r": 0, "t": 4, "b": 0},
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "xaxis": {"visible": False, "range": list(span), "fixedrange": True},
        "yaxis": {
            "autorange": "reversed",
            "tickvals": list(range(len(names))),
            "ticktext": [escape(_short(name)) for name in names],
            "tickfont": {"color": AXIS},
            "ticklabelstandoff": 6,
            "automargin": True,
            "fixedrange": True,
        },
        "showlegend": False,
    }


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"
