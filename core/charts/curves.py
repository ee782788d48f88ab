"""How did a post grow with its age, beside what is usual for its account?"""

import pandas as pd
import plotly.graph_objects as go

from core.charts.frame import AXIS, COUNT_AXIS, Trace, figure_of, trace, with_legend

USUAL = "rgba(128,138,150,0.20)"
TICKS = {
    1: "1 h",
    3: "3 h",
    6: "6 h",
    12: "12 h",
    24: "1 day",
    72: "3 days",
    168: "7 days",
    336: "14 days",
    720: "30 days",
    2160: "90 days",
    8760: "1 year",
}
YOUNGEST_H = 0.5
"""The axis grows by factors, so it cannot begin at zero: what is younger is left out."""


def life_curve(seen: pd.DataFrame, typical: pd.DataFrame, *, unit: str, color: str) -> go.Figure:
    """The post (`seen`: age_h, value) over the band and the median of its account (`typical`: age_h, usual, low, high, posts)."""
    drawn = seen[seen["age_h"] >= YOUNGEST_H]
    traces = [*_band(typical), *_usual(typical, unit), _post(drawn, unit, color)]
    return figure_of(data=traces, layout=_layout(max([24.0, *drawn["age_h"], *typical["age_h"]])))


def _band(typical: pd.DataFrame) -> list[Trace]:
    """The middle half of the posts, as one closed shape."""
    if typical.empty:
        return []
    ages = typical["age_h"].tolist()
    edge = [*typical["high"].tolist(), *reversed(typical["low"].tolist())]
    return [
        trace(
            "scatter",
            x=[*ages, *reversed(ages)],
            y=edge,
            fill="toself",
            fillcolor=USUAL,
            line={"width": 0},
            mode="lines",
            hoverinfo="skip",
            name="Middle half of the account's posts",
        )
    ]


def _usual(typical: pd.DataFrame, unit: str) -> list[Trace]:
    if typical.empty:
        return []
    return [
        trace(
            "scatter",
            x=typical["age_h"].tolist(),
            y=typical["usual"].tolist(),
            customdata=typical["posts"].tolist(),
            mode="lines+markers",
            line={"color": AXIS, "width": 1.5, "dash": "dot"},
            marker={"size": 4},
            name="Usual (median)",
            hovertemplate=f"%{{y:,.0f}} {unit} · %{{customdata}} posts",
        )
    ]


def _post(seen: pd.DataFrame, unit: str, color: str) -> Trace:
    return trace(
        "scatter",
        x=seen["age_h"].tolist(),
        y=seen["value"].tolist(),
        mode="lines+markers" if len(seen) < 30 else "lines",
        line={"color": color, "width": 2.5},
        marker={"size": 5},
        cliponaxis=False,
        name="This post",
        hovertemplate=f"%{{y:,.0f}} {unit}",
    )


def _layout(oldest_h: float) -> dict[str, object]:
    ticks = {age: label for age, label in TICKS.items() if age <= oldest_h * 1.05}
    ages = {
        "type": "log",
        "showgrid": False,
        "tickvals": list(ticks),
        "ticktext": list(ticks.values()),
        "hoverformat": ",.0f",
        "ticksuffix": " h",
        "tickfont": {"color": AXIS},
    }
    return with_legend(340, hovermode="x unified", xaxis=ages, yaxis={**COUNT_AXIS, "rangemode": "tozero"})
