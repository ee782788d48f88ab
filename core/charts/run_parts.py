"""Where did the time of each run go? A bar a run, its parts one upon the other in the order in which they come."""

from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from core.charts.frame import AXIS, CLEAR, COUNT_AXIS, with_legend

SLOTS = 20
"""So many bars have room, however few there are: a bar is as wide on the first day as later."""

PART_COLORS = {
    "waiting": "#7F8C99",
    "asking": "#2B7DBF",
    "reading": "#8A63D2",
    "loading": "#1C9A80",
    "publishing": "#C07A12",
}
"""None of the platforms' own; each stands out by 3.4:1 from a light and a dark page."""


def run_parts(frame: pd.DataFrame, *, labels: Mapping[str, str]) -> go.Figure:
    """`frame`: run_id, title (said of the run on hover), and the seconds of each part."""
    runs = [str(run_id) for run_id in frame["run_id"]]
    bars = [
        go.Bar(
            x=runs,
            y=frame[part].tolist(),
            name=label,
            marker={"color": PART_COLORS[part]},
            hovertemplate="%{y:.2f} s",
        )
        for part, label in labels.items()
    ]
    return go.Figure(data=[_titles(runs, frame["title"].tolist()), *bars], layout=_layout(len(frame)))


def _titles(runs: list[str], titles: list[str]) -> go.Scatter:
    """What stands above the parts on hover; nothing of it is drawn."""
    return go.Scatter(
        x=runs,
        y=[0.0] * len(runs),
        mode="markers",
        marker={"opacity": 0, "color": CLEAR},
        showlegend=False,
        customdata=[escape(title) for title in titles],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _layout(runs: int) -> dict[str, object]:
    room = [-0.5, max(SLOTS, runs) - 0.5]
    by_run = {
        "type": "category",
        "range": room,
        "showgrid": False,
        "nticks": 10,
        "tickfont": {"color": AXIS},
        "title": {"text": "Run", "font": {"color": AXIS}},
        "unifiedhovertitle": {"text": "Run %{x}"},
    }
    seconds = {**COUNT_AXIS, "ticksuffix": " s", "tickformat": "~g", "rangemode": "tozero"}
    usual: dict[str, Any] = {
        "barmode": "stack",
        "bargap": 0.25,
        "hovermode": "x unified",
        "xaxis": by_run,
        "yaxis": seconds,
    }
    return with_legend(300, legend={"traceorder": "normal"}, **usual)
