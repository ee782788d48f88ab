"""When do posts do best? A grid of hours and weekdays, and bars of either alone."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from core.analytics.timing import Cell
from core.charts.frame import AXIS, CLEAR, GRID, Trace, figure_of, trace

GREY = "rgba(128,138,150,0.16)"
SCALES = {False: ("#DDEEF4", "#0B6E8F"), True: ("#17323F", "#6CC6E3")}
"""From the lowest rate to the highest, on a light and on a dark page."""

HOURS = range(24)

_Rows = list[list[Cell | None]]


def hour_grid(cells: Sequence[Cell], weekdays: Sequence[str], *, is_dark: bool) -> go.Figure:
    """Each hour of the week: coloured by its shrunk rate, grey where the posts are too few for one, empty without posts."""
    by_place = {(cell.weekday, cell.hour): cell for cell in cells}
    rows: _Rows = [[by_place.get((day, hour)) for day in range(1, 8)] for hour in HOURS]
    low, high = SCALES[is_dark]
    few = _heatmap(
        rows, weekdays, is_told=False, colorscale=[[0, GREY], [1, GREY]], textfont={"color": AXIS, "size": 11}
    )
    told = _heatmap(rows, weekdays, is_told=True, colorscale=[[0, low], [1, high]], textfont={"size": 11})
    return figure_of(data=[few, told], layout=_grid_layout())


def rate_bars(cells: Mapping[str, Cell | None], *, color: str) -> go.Figure:
    """The median rates of whole weekdays or hours by their labels; no bar where the posts are too few."""
    return figure_of(
        data=trace(
            "bar",
            x=list(cells),
            y=[cell.rate if cell else None for cell in cells.values()],
            marker={"color": color},
            customdata=[cell.posts if cell else 0 for cell in cells.values()],
            hovertemplate="%{y:.1%} · %{customdata} posts<extra></extra>",
        ),
        layout=_bar_layout(),
    )


def _heatmap(rows: _Rows, weekdays: Sequence[str], *, is_told: bool, **looks: object) -> Trace:
    """The cells that have a rate, or those that have none, each with its number of posts written in it."""
    shown = [[cell if cell and (cell.shrunk is not None) == is_told else None for cell in row] for row in rows]
    return trace(
        "heatmap",
        z=[[(cell.shrunk if is_told else 1) if cell else None for cell in row] for row in shown],
        x=list(weekdays),
        y=[f"{hour:02d}:00" for hour in HOURS],
        text=[[f"{cell.posts}" if cell else "" for cell in row] for row in shown],
        texttemplate="%{text}",
        customdata=[[_note(cell) if cell else "" for cell in row] for row in shown],
        hovertemplate="%{x} %{y} · %{customdata}<extra></extra>",
        hoverongaps=False,
        showscale=False,
        xgap=2,
        ygap=2,
        **looks,
    )


def _note(cell: Cell) -> str:
    many = f"{cell.posts} post{'' if cell.posts == 1 else 's'}"
    if cell.rate is None:
        return f"{many}: too few to tell"
    return f"{many}, median {cell.rate:.1%}, pulled to {cell.shrunk:.1%}"


def _grid_layout() -> dict[str, object]:
    return {
        "height": 620,
        "margin": {"l": 0, "r": 8, "t": 8, "b": 0},
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "xaxis": {"side": "top", "showgrid": False, "tickfont": {"color": AXIS}, "fixedrange": True},
        "yaxis": {
            "autorange": "reversed",
            "showgrid": False,
            "dtick": 2,
            "tickfont": {"color": AXIS},
            "fixedrange": True,
        },
    }


def _bar_layout() -> dict[str, object]:
    return {
        "height": 230,
        "margin": {"l": 0, "r": 8, "t": 8, "b": 0},
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "xaxis": {"type": "category", "tickfont": {"color": AXIS}},
        "yaxis": {
            "rangemode": "tozero",
            "gridcolor": GRID,
            "tickformat": ".1%",
            "nticks": 4,
            "tickfont": {"color": AXIS},
        },
    }
