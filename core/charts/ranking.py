"""Who has most? One bar each, the longest first."""

from collections.abc import Sequence
from html import escape

import plotly.graph_objects as go

from core.charts.lines import AXIS, CLEAR

LONGEST_NAME = 34
_CHARACTER = 7
"""About so many pixels wide; the words behind the longest bar need room."""


def ranking(rows: Sequence[tuple[str, float, str, str]]) -> go.Figure:
    """`rows`: name, value, the value as it is written, colour; in the order they are drawn in from the top."""
    names = [escape(name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…") for name, *_ in rows]
    bar = go.Bar(
        x=[value for _, value, _, _ in rows],
        y=list(range(len(rows))),
        orientation="h",
        marker={"color": [color for *_, color in rows]},
        text=[words for _, _, words, _ in rows],
        textposition="outside",
        textfont={"color": AXIS},
        cliponaxis=False,
        customdata=[escape(name) for name, *_ in rows],
        hovertemplate="%{customdata}: %{text}<extra></extra>",
    )
    room = max((len(words) for _, _, words, _ in rows), default=0) * _CHARACTER
    return go.Figure(data=bar, layout=_layout(names, room=max(room, 60)))


def _layout(names: Sequence[str], *, room: int) -> dict[str, object]:
    return {
        "height": 40 + 30 * len(names),
        "bargap": 0.35,
        "margin": {"l": 0, "r": room, "t": 4, "b": 0},
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "xaxis": {"visible": False, "rangemode": "tozero"},
        "yaxis": {
            "autorange": "reversed",
            "tickvals": list(range(len(names))),
            "ticktext": list(names),
            "tickfont": {"color": AXIS},
            "ticklabelstandoff": 6,
            "automargin": True,
        },
        "showlegend": False,
    }
