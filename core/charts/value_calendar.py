"""Which values are known? A row of days for each account or metric, each day in the colour of its state."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import plotly.graph_objects as go

from core.analytics.periods import Period
from core.analytics.value_states import STATES, ValueState
from core.charts.frame import AXIS, CLEAR, figure_of, trace

COLORS: dict[bool, dict[ValueState, str]] = {
    False: {
        ValueState.NUMBER: "#8CC3D6",
        ValueState.LATE: "#F2C36B",
        ValueState.GAP: "#C93A45",
        ValueState.RETIRED: "#7A4FD0",
        ValueState.NOT_OFFERED: "#EEF1F4",
    },
    True: {
        ValueState.NUMBER: "#2B6F88",
        ValueState.LATE: "#C98F2E",
        ValueState.GAP: "#F2868D",
        ValueState.RETIRED: "#B79CF5",
        ValueState.NOT_OFFERED: "#1B2733",
    },
}
"""On a light and on a dark page: what is known stays calm, a hole stands out, what was never there recedes."""

SIGNS = {
    ValueState.NUMBER: "",
    ValueState.LATE: "…",
    ValueState.GAP: "×",
    ValueState.RETIRED: "R",
    ValueState.NOT_OFFERED: "",
}
"""What tells the states apart without their colours, where a day is wide enough for it."""

WIDE_DAYS = 31
_LONGEST_NAME = 30
_ROW_PX = 22


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """A name, the place of each day's state in STATES, and each day's words."""

    name: str
    codes: Sequence[int]
    words: Sequence[str]


def value_calendar(rows: Sequence[CalendarRow], period: Period, *, is_dark: bool) -> go.Figure:
    """The rows from the top, the days of the period from the left."""
    codes = [list(row.codes) for row in rows]
    heat = trace(
        "heatmap",
        x=[day.isoformat() for day in period],
        y=list(range(len(rows))),
        z=codes,
        zmin=-0.5,
        zmax=len(STATES) - 0.5,
        colorscale=_scale(is_dark),
        showscale=False,
        text=[[SIGNS[STATES[code]] for code in row] for row in codes] if period.days <= WIDE_DAYS else None,
        texttemplate="%{text}" if period.days <= WIDE_DAYS else None,
        customdata=[[escape(words) for words in row.words] for row in rows],
        hovertemplate="%{x|%a %-d %b %Y}<br>%{customdata}<extra></extra>",
        xgap=1 if period.days <= 2 * WIDE_DAYS else 0,
        ygap=3,
    )
    return figure_of(data=heat, layout=_layout([row.name for row in rows]))


def _scale(is_dark: bool) -> list[tuple[float, str]]:
    """A colour for each state, without a way between them."""
    steps = len(STATES)
    return [((place + edge) / steps, COLORS[is_dark][state]) for place, state in enumerate(STATES) for edge in (0, 1)]


def _layout(names: Sequence[str]) -> dict[str, object]:
    return {
        "height": 34 + _ROW_PX * len(names),
        "margin": {"l": 0, "r": 4, "t": 0, "b": 0},
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
            "ticktext": [escape(_short(name)) for name in names],
            "tickfont": {"color": AXIS},
            "ticklabelstandoff": 6,
            "fixedrange": True,
            "automargin": True,
        },
    }


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"
