"""What happened on a day? Lines through a chart of days, each with its words."""

from collections.abc import Mapping
from datetime import date

import plotly.graph_objects as go

from core.charts.frame import AXIS


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
