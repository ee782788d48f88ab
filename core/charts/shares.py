"""How much of the whole comes from each platform? A bar of one length for each number, cut in its parts."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from core.charts.frame import NAMES_AXIS, Trace, figure_of, trace, with_legend
from core.charts.palette import PLATFORM_COLORS, TEXT_ON
from core.domain import Platform

LEAST_LABELLED = 0.08
"""A narrower part has no room for its number; it tells it on hover."""


def platform_shares(
    frame: pd.DataFrame, *, platforms: Mapping[Platform, str], measures: Mapping[str, str]
) -> go.Figure:
    """`frame`: measure, platform, value, share; the measures from the top in the order of `measures`."""
    drawn = [platform for platform in Platform if (frame["platform"] == platform.value).any()]
    bars = [_bar(frame[frame["platform"] == one.value], one, platforms[one], measures) for one in drawn]
    return figure_of(data=bars, layout=_layout(len(set(frame["measure"]) & set(measures))))


def _bar(rows: pd.DataFrame, platform: Platform, name: str, measures: Mapping[str, str]) -> Trace:
    by_measure = rows.set_index("measure").reindex([measure for measure in measures if measure in set(rows["measure"])])
    shares = by_measure["share"].tolist()
    return trace(
        "bar",
        y=[measures[measure] for measure in by_measure.index],
        x=shares,
        name=name,
        orientation="h",
        marker={"color": PLATFORM_COLORS[platform]},
        text=[f"{share * 100:.0f} %" if share >= LEAST_LABELLED else "" for share in shares],
        textposition="inside",
        insidetextanchor="middle",
        textfont={"color": TEXT_ON[platform]},
        customdata=[f"{value:,.0f}" for value in by_measure["value"]],
        hovertemplate="%{customdata} · %{x:.1%}",
    )


def _layout(rows: int) -> dict[str, object]:
    return with_legend(
        70 + 48 * rows,
        legend={"traceorder": "normal"},
        barmode="stack",
        bargap=0.35,
        xaxis={"visible": False, "range": [0, 1]},
        yaxis=NAMES_AXIS,
    )
