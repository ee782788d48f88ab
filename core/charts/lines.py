"""How did a metric go, day by day and platform by platform?"""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from core.charts.palette import PLATFORM_COLORS
from core.domain import Platform

CLEAR = "rgba(0,0,0,0)"
GRID = "rgba(128,138,150,0.18)"


def daily_lines(frame: pd.DataFrame, *, unit: str, labels: Mapping[Platform, str]) -> go.Figure:
    """A line per platform of `frame` (platform, day, value, counted, shown, is_partial).

    A gap stays a gap. A partial day has a hollow point, a day alone between two gaps a full one.
    """
    figure = go.Figure(layout=_layout())
    for platform in Platform:
        rows = frame[frame["platform"] == platform.value]
        if len(rows):
            figure.add_trace(_line(rows, labels[platform], PLATFORM_COLORS[platform], unit))
    return figure


def _line(rows: pd.DataFrame, name: str, color: str, unit: str) -> go.Scatter:
    return go.Scatter(
        x=rows["day"].dt.strftime("%Y-%m-%d").tolist(),
        y=[None if pd.isna(value) else value for value in rows["value"]],
        name=name,
        mode="lines+markers",
        connectgaps=False,
        line={"color": color, "width": 2.25},
        marker=_markers(rows, color),
        customdata=[_note(row) for row in rows.itertuples()],
        hovertemplate=f"%{{y:,.0f}} {unit}%{{customdata}}",
    )


def _markers(rows: pd.DataFrame, color: str) -> dict[str, object]:
    known = rows["value"].notna()
    alone = known & ~known.shift(1, fill_value=False) & ~known.shift(-1, fill_value=False)
    sizes = [7 if partial else 6 if single else 0 for partial, single in zip(rows["is_partial"], alone, strict=True)]
    symbols = ["circle-open" if partial else "circle" for partial in rows["is_partial"]]
    return {"color": color, "size": sizes, "symbol": symbols, "line": {"width": 1.5}, "opacity": 1}


def _note(row: object) -> str:
    counted, shown, is_partial = (getattr(row, name) for name in ("counted", "shown", "is_partial"))
    if counted < shown:
        return f" · {counted} of {shown} accounts"
    return " · still coming in" if is_partial else ""


def _layout() -> dict[str, object]:
    return {
        "height": 300,
        "margin": {"l": 0, "r": 8, "t": 8, "b": 0},
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "hovermode": "x unified",
        "legend": {
            "orientation": "h",
            "y": 1.02,
            "yanchor": "bottom",
            "x": 0,
            "xanchor": "left",
            "title": {"text": ""},
        },
        "xaxis": {
            "type": "date",
            "showgrid": False,
            "tickformat": "%-d %b",
            "hoverformat": "%a %-d %b %Y",
            "nticks": 6,
        },
        "yaxis": {"rangemode": "tozero", "gridcolor": GRID, "zeroline": False, "tickformat": "~s", "nticks": 5},
        "showlegend": True,
    }
