"""How is a number or a chart of numbers drawn?"""

from collections.abc import Mapping, Sequence
from math import isnan

import pandas as pd
import streamlit as st

from core.analytics.comparison import Basis
from core.analytics.kpis import Coverage, Kpi, Measure
from core.analytics.periods import Period
from core.charts import lines, marks
from core.charts.marks import DayMarks
from core.metrics import CATALOG, Metric
from core.ui import downloads, note_text, scope_text, text
from core.ui.explanations import EXPLANATIONS

NO_MARKS = DayMarks()


def kpi_row(
    kpis: Sequence[Kpi],
    period: Period,
    *,
    not_offered: Mapping[Measure, str],
    not_all: Mapping[Measure, str],
    remarks: Mapping[Measure, str],
) -> None:
    """The first row: the periods compared, and a card for each number in as many columns."""
    periods_compared(period)
    with st.grid(len(kpis), min_column_width=170, gap="small"):
        kpi_cards(kpis, period, not_offered=not_offered, not_all=not_all, remarks=remarks)


def periods_compared(period: Period) -> None:
    st.caption(scope_text.compared(period))


def kpi_cards(
    kpis: Sequence[Kpi],
    period: Period,
    *,
    not_offered: Mapping[Measure, str],
    not_all: Mapping[Measure, str],
    remarks: Mapping[Measure, str],
) -> None:
    """A card for each: number, change, small trend, and what it is made of.

    `not_offered` says why a number can never be there, `not_all` why not of all accounts, `remarks` what else has to be
    known of it.
    """
    downloads.keep_numbers(kpis)
    for kpi in kpis:
        with st.container(border=True, gap="xsmall", height="stretch"):
            _kpi(kpi, period)
            why = not_all.get(kpi.measure) if kpi.value is not None else None
            notes = [*_coverage(kpi.coverage, why), *_comparison(kpi, period, not_offered.get(kpi.measure))]
            if kpi.measure in remarks and kpi.value is not None:
                notes.append(remarks[kpi.measure])
            st.caption("  \n".join(notes))


def daily_chart(
    metric: Metric,
    daily: pd.DataFrame,
    period: Period,
    *,
    from_zero: bool = True,
    on_days: DayMarks = NO_MARKS,
    instead: str | None = None,
) -> None:
    """A metric day by day, with what happened and was noted `on_days`; or why there is nothing to draw, which `instead` says."""
    title = f"{CATALOG[metric].label} per day"
    st.markdown(f"**{title}**")
    if daily.empty or instead:
        st.caption(instead or "No day of this period is known.")
        return
    downloads.keep(title, daily)
    figure = lines.daily_lines(daily, unit=CATALOG[metric].label.lower(), labels=text.PLATFORMS, from_zero=from_zero)
    marks.mark(figure, on_days)
    alt = f"{title} and platform, {text.period(period)}{note_text.in_alt(on_days.noted)}"
    st.plotly_chart(figure, key=f"overview_{metric}", config={"displayModeBar": False}, alt=alt)
    if (daily["is_partial"] & daily["value"].notna()).any():
        st.caption("Hollow points are not final: days still coming in, or without an account.")


def _kpi(kpi: Kpi, period: Period) -> None:
    is_drawable = len(kpi.trend) - sum(map(isnan, kpi.trend)) > 1
    st.metric(
        text.MEASURES[kpi.measure],
        text.value(kpi),
        text.change(kpi.measure, kpi.change) if kpi.change else None,
        delta_description=_beside_change(kpi) if period.before else None,
        help=EXPLANATIONS[kpi.measure],
        chart_data=kpi.trend if is_drawable else None,
        chart_type="area",
    )


def _beside_change(kpi: Kpi) -> str | None:
    if kpi.change is None:
        return "no comparison"
    return None if text.change(kpi.measure, kpi.change) else "no change"


def _comparison(kpi: Kpi, period: Period, not_offered: str | None) -> list[str]:
    """On which days the change is counted, or why there is none."""
    if kpi.change is not None:
        return [] if kpi.basis is None or kpi.basis.is_whole else [_compared_on(kpi.basis)]
    if kpi.value is None:
        return [not_offered or "Nothing is known of this period"]
    if kpi.not_comparable:
        return [_what_is_lacking(kpi)]
    return [f"Nothing to compare with in {text.period(period.before)}"] if period.before else []


def _compared_on(basis: Basis) -> str:
    return f"Compared on {basis.days:,} of {text.count(basis.of, 'day')}{_added_up(basis.accounts)}"


def _what_is_lacking(kpi: Kpi) -> str:
    """Why the periods are no measure of each other: a level needs one value before, a sum half of its days in both."""
    who = f"{text.count(kpi.not_comparable, 'account')} {'has' if kpi.not_comparable == 1 else 'have'}"
    if kpi.measure in (Measure.FOLLOWERS, Measure.NET_FOLLOWERS):
        return f"{who} no earlier number to compare with"
    return f"{who} too few days known in both periods"


def _coverage(coverage: Coverage, why_not_all: str | None) -> list[str]:
    """What the number is made of, and what it lacks."""
    accounts = f"{coverage.counted} of {text.count(coverage.shown, 'account')}"
    if why_not_all and coverage.counted < coverage.shown:
        accounts = f"{accounts}: {why_not_all}"
    lacks = {"still coming in": coverage.late_days, "missing": coverage.missing_days}
    days = ", ".join(f"{text.count(count, 'day')} {what}" for what, count in lacks.items() if count)
    today = text.count(coverage.as_of_today, "account")
    return [
        accounts,
        *[f"{days}{_added_up(coverage.counted)}"] * bool(days),
        *[f"{today} with today's number"] * bool(coverage.as_of_today),
    ]


def _added_up(accounts: int) -> str:
    """Where days are those of several accounts, there are more of them than the period has."""
    return "" if accounts == 1 else " in all"
