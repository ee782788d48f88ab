"""Which days are known? A row of days for each account or metric, each day in the colour of its state."""

from collections.abc import Mapping, Sequence
from html import escape

import plotly.graph_objects as go

from core.analytics.coverage import DayState
from core.analytics.periods import Period
from core.charts.lines import AXIS, CLEAR

COLORS = {
    DayState.KNOWN: "#3D8FD6",
    DayState.LATE: "#E8A33D",
    DayState.GAP: "#D64550",
    DayState.RETIRED: "#8A63D2",
    DayState.NOT_OFFERED: "rgba(128,138,150,0.28)",
}
SIGNS = {DayState.KNOWN: "", DayState.LATE: "…", DayState.GAP: "×", DayState.RETIRED: "R", DayState.NOT_OFFERED: ""}
"""What tells the states apart without their colours."""

_ORDER = list(DayState)


def strips(rows: Sequence[tuple[str, Sequence[DayState]]], period: Period, labels: Mapping[DayState, str]) -> go.Figure:
    """A row for each name, in their order from the top, with the states of the days of the period."""
    days = [day.isoformat() for day in period]
    steps = len(_ORDER)
    scale = [[(place + edge) / steps, COLORS[state]] for place, state in enumerate(_ORDER) for edge in (0, 1)]
    few = len(days) <= 31
    heat = go.Heatmap(
        x=days,
        y=list(range(len(rows))),
        z=[[_ORDER.index(state) for state in states] for _, states in rows],
        zmin=-0.5,
        zmax=steps - 0.5,
        colorscale=scale,
        showscale=False,
        text=[[SIGNS[state] for state in states] for _, states in rows],
        texttemplate="%{text}" if few else None,
        customdata=[[f"{escape(name)}: {labels[state].lower()}" for state in states] for name, states in rows],
        hovertemplate="%{x|%a %-d %b %Y} · %{customdata}<extra></extra>",
        xgap=1,
        ygap=3,
    )
    return go.Figure(data=heat, layout=_layout([name for name, _ in rows]))


def _layout(names: Sequence[str]) -> dict[str, object]:
    return {
        "height": 50 + 24 * len(names),
        "margin": {"l": 0, "r": 8, "t": 4, "b": 0},
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "xaxis": {
            "type": "date",
            "showgrid": False,
            "tickformat": "%-d %b",
            "nticks": 6,
            "tickfont": {"color": AXIS},
            "fixedrange": True,
        },
        "yaxis": {
            "autorange": "reversed",
            "showgrid": False,
            "zeroline": False,
            "tickvals": list(range(len(names))),
            "ticktext": [escape(name if len(name) <= 34 else name[:33] + "…") for name in names],
            "tickfont": {"color": AXIS},
            "fixedrange": True,
            "automargin": True,
        },
    }
