"""What happened on a day? Lines through a chart of days, each with its words: break lines, and what people noted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from html import escape
from textwrap import wrap

import plotly.graph_objects as go

from core.charts.frame import AXIS

_LETTERS_A_LINE, _LINES = 44, 6
_HEIGHT: dict[str, object] = {"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True}


@dataclass(frozen=True, slots=True)
class DayMarks:
    """What a chart of days shows beside its numbers: what `happened` to them, and what people `noted`, by day."""

    happened: Mapping[date, str] = field(default_factory=dict)
    noted: Mapping[date, Sequence[str]] = field(default_factory=dict)


def mark(figure: go.Figure, marks: DayMarks) -> go.Figure:
    return mark_notes(mark_days(figure, marks.happened), marks.noted)


def mark_days(figure: go.Figure, marks: Mapping[date, str]) -> go.Figure:
    """The figure with a dotted line on each of these days."""
    for day, words in sorted(marks.items()):
        figure.add_shape(
            type="line",
            x0=day.isoformat(),
            x1=day.isoformat(),
            y0=0,
            y1=1,
            yref="paper",
            line={"color": AXIS, "width": 1, "dash": "dot"},
        )
        figure.add_annotation(
            x=day.isoformat(),
            y=1,
            yref="paper",
            text=words,
            showarrow=False,
            xanchor="left",
            yanchor="top",
            font={"color": AXIS, "size": 11},
        )
    return figure


def mark_notes(figure: go.Figure, notes: Mapping[date, Sequence[str]]) -> go.Figure:
    """The figure with a line and a flag on each of these days; whoever points at the day reads what was noted.

    The flags are points on a height of their own, 0 to 1, so that the day's words join those of the lines.
    """
    days = sorted(notes)
    if not days:
        return figure
    for day in days:
        figure.add_shape(
            type="line",
            x0=day.isoformat(),
            x1=day.isoformat(),
            y0=0,
            y1=1,
            yref="paper",
            layer="below",
            line={"color": AXIS, "width": 1},
            opacity=0.55,
        )
    figure.add_trace(_flags(days, notes))
    return figure.update_layout(yaxis2=_HEIGHT)


def _flags(days: Sequence[date], notes: Mapping[date, Sequence[str]]) -> go.Scatter:
    return go.Scatter(
        x=[day.isoformat() for day in days],
        y=[1.0] * len(days),
        yaxis="y2",
        name="Note",
        mode="markers",
        showlegend=False,
        cliponaxis=False,
        marker={"symbol": "diamond", "size": 9, "color": AXIS},
        hovertext=["<br>".join(f"Note: {_shown(text)}" for text in notes[day]) for day in days],
        hoverinfo="text",
    )


def _shown(text: str) -> str:
    """In lines that fit beside a chart. Plotly takes what looks like HTML for it, so nothing typed may look so."""
    lines = [line for part in text.splitlines() for line in wrap(part, _LETTERS_A_LINE)]
    cut = [*lines[:_LINES], "…"] if len(lines) > _LINES else lines
    return "<br>".join(escape(line, quote=False) for line in cut)
