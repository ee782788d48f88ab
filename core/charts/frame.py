"""What do all charts share? A clear ground, quiet axes, and a legend above on the left."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

VALIDATES = False
"""Plotly's check of every property takes ten times as long as the chart; the tests of the charts let it be made."""

Trace = dict[str, Any]

CLEAR = "rgba(0,0,0,0)"
GRID = "rgba(128,138,150,0.18)"
AXIS = "#74828F"
"""Of the labels at the axes: quiet, and to be read on a light and on a dark page."""

DATE_AXIS: dict[str, Any] = {
    "type": "date",
    "showgrid": False,
    "tickformat": "%-d %b",
    "hoverformat": "%a %-d %b %Y",
    "nticks": 6,
    "tickfont": {"color": AXIS},
}
COUNT_AXIS: dict[str, Any] = {
    "gridcolor": GRID,
    "zeroline": False,
    "tickformat": "~s",
    "nticks": 5,
    "tickfont": {"color": AXIS},
}
NAMES_AXIS: dict[str, Any] = {"autorange": "reversed", "tickfont": {"color": AXIS}, "ticklabelstandoff": 6}


def with_legend(height: int, *, right: int = 8, legend: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """The layout of a chart with a legend; `right`: its margin there, in pixels; `legend`: what its own has beside the usual."""
    usual = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "xanchor": "left", "title": {"text": ""}}
    return {
        "height": height,
        "margin": {"l": 0, "r": right, "t": 8, "b": 0},
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "legend": {**usual, **(legend or {})},
        "showlegend": True,
        **more,
    }


def trace(kind: str, **properties: Any) -> Trace:
    """A trace of a chart, as Plotly writes it."""
    return {"type": kind, **properties}


def figure_of(data: Trace | Sequence[Trace], layout: dict[str, Any]) -> go.Figure:
    """The chart of these traces."""
    traces = [data] if isinstance(data, dict) else list(data)
    return go.Figure(data=traces, layout=layout, _validate=VALIDATES)
