"""How is a number, a chart or a table of numbers drawn?"""

from collections.abc import Mapping, Sequence

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core.analytics.freshness import Freshness, FreshnessState
from core.analytics.kpis import Coverage, GroupNumbers, Kpi, Measure
from core.analytics.periods import Period
from core.metrics import CATALOG, Metric
from core.ops.models import Business
from core.ops.overview import ConnectedAccount, LastRun
from core.ui import controls, text

EXPLANATIONS: dict[Measure, str] = {
    Measure.FOLLOWERS: "People who follow the accounts at the end of the period: the last number known of each, added up.",
    Measure.IMPRESSIONS: CATALOG[Metric.IMPRESSIONS].definition + " Added up over the days and accounts of the period.",
    Measure.ENGAGEMENTS: CATALOG[Metric.ENGAGEMENTS].definition + " Added up over the days and accounts of the period.",
    Measure.ENGAGEMENT_RATE: "Engagements ÷ impressions, over those account days of which both are known.",
    Measure.POSTS: "Posts published on the days of the period, in the zone of their business.",
}


def kpi_row(kpis: Sequence[Kpi], period: Period) -> None:
    """The first row: number, change, small trend, and what it is made of."""
    st.caption(f"{text.period(period)}, compared with {text.period(period.before)}")
    with st.grid(len(kpis), min_column_width=170, gap="small"):
        for kpi in kpis:
            with st.container(border=True, gap="xsmall", height="stretch"):
                _kpi(kpi, period)


def chart_card(title: str, figure: go.Figure, *, key: str, alt: str) -> None:
    """A chart with its title; follow it with captions in the same container."""
    st.markdown(f"**{title}**")
    st.plotly_chart(figure, key=key, config={"displayModeBar": False, "responsive": True}, alt=alt)


def business_table(
    businesses: Sequence[Business],
    numbers: Mapping[int, GroupNumbers],
    freshness: Mapping[int, list[Freshness]],
    runs: Mapping[int, LastRun],
    zone: str,
) -> None:
    """The businesses side by side; a click on Open looks at one."""
    shown = [business for business in businesses if business.id in numbers]
    rows = [
        {
            "Business": business.name,
            **_numbers(numbers[business.id]),
            **_freshness(freshness[business.id]),
            "Last sync": text.RUN_STATES[runs[business.id].state] if business.id in runs else text.MISSING,
            "Synced at": text.naive_local(runs[business.id].at, zone) if business.id in runs else None,
            "Open": "Open",
        }
        for business in shown
    ]
    click = "overview_open"
    ids = [business.id for business in shown]
    opens = st.column_config.ButtonColumn(
        "", type="tertiary", key=click, on_click=controls.open_business, args=(ids, click), width="small"
    )
    _table(rows, key="overview_businesses", columns={"Open": opens})


def account_table(
    accounts: Sequence[ConnectedAccount], numbers: Mapping[int, GroupNumbers], freshness: Mapping[int, Freshness]
) -> None:
    """The accounts of one business side by side."""
    rows = [
        {
            "Account": account.name,
            "Platform": text.PLATFORMS[account.platform],
            **_numbers(numbers[account.id]),
            **_freshness([freshness[account.id]]),
        }
        for account in accounts
    ]
    for row in rows:
        del row["Counted"]
    _table(rows, key="overview_accounts", columns={})


def _kpi(kpi: Kpi, period: Period) -> None:
    st.metric(
        text.MEASURES[kpi.measure],
        text.value(kpi),
        text.change(kpi.measure, kpi.change) if kpi.change else None,
        delta_description=None if kpi.change else _why_no_change(kpi, period),
        help=EXPLANATIONS[kpi.measure],
        chart_data=kpi.trend if sum(value == value for value in kpi.trend) > 1 else None,
        chart_type="area",
    )
    st.caption(_coverage(kpi.coverage))


def _why_no_change(kpi: Kpi, period: Period) -> str:
    if kpi.value is None:
        return "No number of this period is known."
    if kpi.uncovered_before:
        return f"No comparison: {text.count(kpi.uncovered_before, 'account')} not fully known for {text.period(period.before)}."
    return "No comparison: nothing is known of the period before."


def _coverage(coverage: Coverage) -> str:
    parts = [f"{coverage.counted} of {text.count(coverage.shown, 'account')}"]
    if coverage.late_days:
        parts.append(f"{text.count(coverage.late_days, 'account day')} still to come")
    if coverage.missing_days:
        parts.append(f"{text.count(coverage.missing_days, 'account day')} missing")
    if coverage.as_of_today:
        parts.append(f"{coverage.as_of_today} as of today")
    return " · ".join(parts)


def _numbers(numbers: GroupNumbers) -> dict[str, object]:
    values = {text.MEASURES[measure]: numbers.values[measure] for measure in Measure}
    return {**values, "Counted": f"{numbers.counted} of {numbers.shown}"}


def _freshness(known: Sequence[Freshness]) -> dict[str, object]:
    """The day to which all are covered, and how many are not where they should be."""
    days = [one.covers_to for one in known if one.covers_to]
    behind = sum(one.state is not FreshnessState.FRESH for one in known)
    if len(known) == 1:
        state = text.FRESHNESS[known[0].state]
    else:
        state = f"{behind} of {len(known)} behind" if behind else text.FRESHNESS[FreshnessState.FRESH]
    return {"Covers to": min(days, default=None), "Data": state}


def _table(rows: list[dict[str, object]], *, key: str, columns: Mapping[str, object]) -> None:
    whole = {name: st.column_config.NumberColumn(format="compact") for name in ("Followers", "Impressions", "Engagements")}
    config = {
        **whole,
        "Engagement rate": st.column_config.NumberColumn(format="percent"),
        "Posts published": st.column_config.NumberColumn("Posts", format="localized"),
        "Counted": st.column_config.TextColumn("Accounts", help="How many of the accounts shown the impressions come from."),
        "Covers to": st.column_config.DateColumn(format="D MMM YYYY"),
        "Synced at": st.column_config.DatetimeColumn(format="D MMM, HH:mm"),
        **columns,
    }
    frame = pd.DataFrame(rows).astype({name: "float64" for name in text.MEASURES.values()})
    st.dataframe(frame, hide_index=True, column_config=config, key=key, placeholder=text.MISSING)
