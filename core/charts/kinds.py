"""Which kinds of posts bring more than their share? Two bars a kind: of the posts, and of the engagements."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from core.charts.frame import AXIS, NAMES_AXIS, Trace, figure_of, trace, with_legend

POSTS, ENGAGEMENTS = "rgba(128,138,150,0.55)", "#1E87A8"


def kind_shares(frame: pd.DataFrame, labels: Sequence[str]) -> go.Figure:
    """`frame`: share_of_posts, share_of_engagements; a row a kind, named by `labels`."""
    bars = [
        _bar(frame["share_of_engagements"], labels, "Of the engagements", ENGAGEMENTS),
        _bar(frame["share_of_posts"], labels, "Of the posts", POSTS),
    ]
    return figure_of(data=bars, layout=_layout(len(frame)))


def _bar(shares: "pd.Series[float]", labels: Sequence[str], name: str, color: str) -> Trace:
    values = [None if pd.isna(share) else share for share in shares]
    return trace(
        "bar",
        y=list(labels),
        x=values,
        name=name,
        orientation="h",
        marker={"color": color},
        text=["" if value is None else f"{value * 100:.0f} %" for value in values],
        textposition="outside",
        cliponaxis=False,
        textfont={"color": AXIS},
        hovertemplate="%{x:.1%}",
    )


def _layout(kinds: int) -> dict[str, object]:
    return with_legend(
        60 + 46 * kinds,
        right=40,
        legend={"traceorder": "reversed"},
        barmode="group",
        bargap=0.3,
        xaxis={"visible": False, "rangemode": "tozero"},
        yaxis=NAMES_AXIS,
    )
