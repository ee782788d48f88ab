"""How does a table show the change of each number, and its trend? Columns that can be sorted."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.analytics.kpis import FIRST_ROW, Change, Measure
from core.ui import text

TREND = (
    "Impressions of the final days of the period, from zero up to each row's own highest day. A day that not all of its accounts"
    " know is left out: see how many days are known."
)
_IN_PERCENT = (Measure.IMPRESSIONS, Measure.ENGAGEMENTS)
_FORMATS = {Measure.ENGAGEMENT_RATE: "%+.1f pp", **dict.fromkeys(_IN_PERCENT, "%+.1f %%")}


def name(measure: Measure) -> str:
    """Impressions: change."""
    return f"{text.MEASURES[measure]}: change"


def value(measure: Measure, changes: Mapping[Measure, Change]) -> float | None:
    """Percent of a sum, percentage points of a rate, else the difference; None where it cannot be told."""
    change = changes.get(measure)
    if change is None:
        return None
    if measure in _IN_PERCENT:
        return None if change.relative is None else change.relative * 100
    return change.absolute * 100 if measure is Measure.ENGAGEMENT_RATE else change.absolute


def columns() -> dict[str, Any]:
    """Their look; a change stands behind its number under a short name."""
    column = st.column_config
    said = "{}, against the period before, on the days known in both. Nothing where these are too few."
    return {
        "Trend": column.LineChartColumn(help=TREND, width=110, y_min=0),
        **{
            name(measure): column.NumberColumn(
                "±", format=_FORMATS.get(measure, "%+d"), help=said.format(name(measure)), width=84
            )
            for measure in FIRST_ROW
        },
    }
