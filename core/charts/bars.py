"""How much came or went each day? Bars by platform, up for more and down for less."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from core.charts.frame import AXIS, COUNT_AXIS, DATE_AXIS, Trace, figure_of, trace, with_legend
from core.charts.palette import PLATFORM_COLORS
from core.domain import Platform


def daily_bars(frame: pd.DataFrame, *, unit: str, labels: Mapping[Platform, str]) -> go.Figure:
    """`frame`: platform, day, value (NaN = not known, which leaves a gap)."""
    rows_of = {platform: frame[frame["platform"] == platform.value] for platform in Platform}
    bars = [
        _bar(rows, labels[platform], platform, unit)
        for platform, rows in rows_of.items()
        if rows["value"].notna().any()
    ]
    return figure_of(data=bars, layout=_layout())


def gain_and_loss_bars(frame: pd.DataFrame, *, labels: Mapping[Platform, str]) -> go.Figure:
    """`frame`: platform, day, gained, lost; losses hang below the line, paler than the gains."""
    bars = []
    for platform in Platform:
        rows = frame[frame["platform"] == platform.value]
        for column, sign, words, opacity in (("gained", 1, "gained", 1.0), ("lost", -1, "lost", 0.55)):
            known = rows.dropna(subset=[column])
            if len(known):
                values = known.assign(value=known[column].astype("float64") * sign)
                bars.append(_bar(values, f"{labels[platform]}, {words}", platform, "people", opacity=opacity))
    return figure_of(data=bars, layout=_layout())


def _bar(rows: pd.DataFrame, name: str, platform: Platform, unit: str, *, opacity: float = 1.0) -> Trace:
    return trace(
        "bar",
        x=rows["day"].dt.strftime("%Y-%m-%d").tolist(),
        y=[None if pd.isna(value) else value for value in rows["value"]],
        name=name,
        marker={"color": PLATFORM_COLORS[platform], "opacity": opacity},
        hovertemplate=f"%{{y:+,.0f}} {unit}",
    )


def _layout() -> dict[str, object]:
    counts = {**COUNT_AXIS, "zeroline": True, "zerolinecolor": AXIS}
    return with_legend(300, barmode="relative", bargap=0.15, hovermode="x unified", xaxis=DATE_AXIS, yaxis=counts)
