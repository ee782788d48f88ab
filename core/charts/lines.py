"""How did a metric go, day by day and platform by platform?"""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from core.charts.frame import COUNT_AXIS, DATE_AXIS, Trace, figure_of, trace, with_legend
from core.charts.palette import PLATFORM_COLORS
from core.domain import Platform


def daily_lines(frame: pd.DataFrame, *, unit: str, labels: Mapping[Platform, str], from_zero: bool = True) -> go.Figure:
    """A line per platform of `frame` (platform, day, value, counted, shown, is_partial).

    A gap stays a gap. A partial day has a hollow point, a day alone between two gaps a full one. The points are traces
    of their own after the lines: in one with its line, the legend would show a point where the line has none.
    """
    rows_of = {platform: frame[frame["platform"] == platform.value] for platform in Platform}
    drawn = {platform: rows for platform, rows in rows_of.items() if len(rows)}
    lines = [_line(rows, labels[platform], PLATFORM_COLORS[platform], unit) for platform, rows in drawn.items()]
    points = [_points(rows, labels[platform], PLATFORM_COLORS[platform]) for platform, rows in drawn.items()]
    return figure_of(data=[*lines, *(those for those in points if those["x"])], layout=_layout(from_zero))


def _line(rows: pd.DataFrame, name: str, color: str, unit: str) -> Trace:
    return trace(
        "scatter",
        x=rows["day"].dt.strftime("%Y-%m-%d").tolist(),
        y=[None if pd.isna(value) else value for value in rows["value"]],
        name=name,
        legendgroup=name,
        mode="lines",
        connectgaps=False,
        line={"color": color, "width": 2.25},
        customdata=[_note(row) for row in rows.itertuples()],
        hovertemplate=f"%{{y:,.0f}} {unit}%{{customdata}}",
    )


def _points(rows: pd.DataFrame, name: str, color: str) -> Trace:
    known = rows["value"].notna()
    alone = known & ~known.shift(1, fill_value=False) & ~known.shift(-1, fill_value=False)
    seen = rows[known & (rows["is_partial"] | alone)]
    return trace(
        "scatter",
        x=seen["day"].dt.strftime("%Y-%m-%d").tolist(),
        y=seen["value"].tolist(),
        name=name,
        legendgroup=name,
        showlegend=False,
        mode="markers",
        hoverinfo="skip",
        cliponaxis=False,  # a point at zero is a whole one
        marker={
            "color": color,
            "size": [7 if partial else 6 for partial in seen["is_partial"]],
            "symbol": ["circle-open" if partial else "circle" for partial in seen["is_partial"]],
            "line": {"width": 1.5, "color": color},
            "opacity": 1,
        },
    )


def _note(row: object) -> str:
    counted, shown, is_partial = (getattr(row, name) for name in ("counted", "shown", "is_partial"))
    if counted < shown:
        return f" · {counted} of {shown} accounts"
    return " · still coming in" if is_partial else ""


def _layout(from_zero: bool) -> dict[str, object]:
    counts = {**COUNT_AXIS, "rangemode": "tozero" if from_zero else "normal"}
    return with_legend(300, hovermode="x unified", xaxis=DATE_AXIS, yaxis=counts)
