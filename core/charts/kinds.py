"""Which kinds of posts bring more than their share? Two bars a kind: of the posts, and of the engagements."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from core.charts.lines import AXIS, CLEAR

POSTS, ENGAGEMENTS = "rgba(128,138,150,0.55)", "#1E87A8"


def kind_shares(frame: pd.DataFrame, labels: Sequence[str]) -> go.Figure:
    """`frame`: share_of_posts, share_of_engagements; a row a kind, named by `labels`."""
    bars = [
        _bar(frame["share_of_engagements"], labels, "Of the engagements", ENGAGEMENTS),
        _bar(frame["share_of_posts"], labels, "Of the posts", POSTS),
    ]
    return go.Figure(data=bars, layout=_layout(len(frame)))


def _bar(shares: "pd.Series[float]", labels: Sequence[str], name: str, color: str) -> go.Bar:
    values = [None if pd.isna(share) else share for share in shares]
    return go.Bar(
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
    return {
        "height": 60 + 46 * kinds,
        "barmode": "group",
        "bargap": 0.3,
        "margin": {"l": 0, "r": 40, "t": 8, "b": 0},
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "legend": {
            "orientation": "h",
            "y": 1.02,
            "yanchor": "bottom",
            "x": 0,
            "xanchor": "left",
            "traceorder": "reversed",
            "title": {"text": ""},
        },
        "xaxis": {"visible": False, "rangemode": "tozero"},
        "yaxis": {"autorange": "reversed", "tickfont": {"color": AXIS}, "ticklabelstandoff": 6},
        "showlegend": True,
    }
