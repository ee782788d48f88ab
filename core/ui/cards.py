"""How is a number, a chart or a table of numbers drawn?"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from math import isnan
from typing import Any

import pandas as pd
import streamlit as st

from core.analytics.comparison import Basis
from core.analytics.freshness import Freshness, FreshnessState
from core.analytics.kpis import FIRST_ROW, Coverage, GroupNumbers, Kpi, Measure
from core.analytics.periods import Period
from core.charts import lines, marks
from core.metrics import CATALOG, Metric
from core.ops.models import Business
from core.ops.overview import ConnectedAccount, LastRun
from core.ui import controls, data, downloads, scope_text, text
from core.ui.explanations import EXPLANATIONS


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
    happened: Mapping[date, str] | None = None,
) -> None:
    """A metric day by day, with what `happened` on some days, or the sentence that there is nothing to draw."""
    title = f"{CATALOG[metric].label} per day"
    st.markdown(f"**{title}**")
    if daily.empty:
        st.caption("No day of this period is known.")
        return
    downloads.keep(title, daily)
    figure = lines.daily_lines(daily, unit=CATALOG[metric].label.lower(), labels=text.PLATFORMS, from_zero=from_zero)
    marks.mark_days(figure, happened or {})
    alt = f"{title} and platform, {text.period(period)}"
    st.plotly_chart(figure, key=f"overview_{metric}", config={"displayModeBar": False}, alt=alt)
    if (daily["is_partial"] & daily["value"].notna()).any():
        st.caption("Hollow points are not final: days still coming in, or without an account.")


def business_table(
    businesses: Sequence[Business],
    numbers: Mapping[int, GroupNumbers],
    freshness: Mapping[int, list[Freshness]],
    runs: Mapping[int, LastRun],
    *,
    zone: str,
) -> None:
    """The businesses side by side; a click on Open looks at one."""
    now = data.now()
    shown = [business for business in businesses if business.id in numbers]
    rows = [
        {
            "Business": business.name,
            "Open": "Open",
            **_numbers(numbers[business.id]),
            "Counted": f"{numbers[business.id].counted} of {numbers[business.id].shown}",
            "Days": text.days_known(numbers[business.id].days),
            **_freshness(freshness[business.id]),
            "Last sync": _last_sync(runs.get(business.id), zone, now),
        }
        for business in shown
    ]
    click = "overview_open"
    ids = [business.id for business in shown]
    opens = st.column_config.ButtonColumn(
        "", type="tertiary", key=click, on_click=controls.open_business, args=(ids, click), width=62
    )
    st.caption(text.times_in(zone))
    _table(
        rows,
        key="overview_businesses",
        columns={"Open": opens, "Business": st.column_config.TextColumn(width=150)},
    )


def account_table(
    accounts: Sequence[ConnectedAccount], numbers: Mapping[int, GroupNumbers], freshness: Mapping[int, Freshness]
) -> None:
    """The accounts of one business side by side."""
    rows = [
        {
            "Account": account.name,
            "Platform": text.PLATFORMS[account.platform],
            **_numbers(numbers[account.id]),
            "Days": text.days_known(numbers[account.id].days),
            **_freshness([freshness[account.id]]),
        }
        for account in accounts
    ]
    _table(rows, key="overview_accounts", columns={"Account": st.column_config.TextColumn(width=230)})


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


def _last_sync(run: LastRun | None, zone: str, now: datetime) -> str:
    return f"{text.RUN_STATES[run.state]}, {text.clock_time(run.at, zone, now=now)}" if run else "None yet"


def _numbers(numbers: GroupNumbers) -> dict[str, object]:
    return {text.MEASURES[measure]: numbers.values[measure] for measure in FIRST_ROW}


def _freshness(known: Sequence[Freshness]) -> dict[str, object]:
    """The day to which all are covered, and how many are not where they should be."""
    days = [one.covers_to for one in known if one.covers_to]
    return {"Covers to": min(days, default=None), "Data": _states([one.state for one in known])}


def _states(states: Sequence[FreshnessState]) -> str:
    """One word where all are the same, else how many are not as they should be: first those behind, then those without days."""
    if len(set(states)) == 1:
        return text.FRESHNESS[states[0]]
    behind = sum(state in (FreshnessState.STALE, FreshnessState.NEVER) for state in states)
    without_days = states.count(FreshnessState.NO_DAYS)
    return f"{behind} of {len(states)} behind" if behind else f"{without_days} of {len(states)} without daily numbers"


def _table(rows: list[dict[str, object]], *, key: str, columns: Mapping[str, Any]) -> None:
    whole = (Measure.FOLLOWERS, Measure.IMPRESSIONS, Measure.ENGAGEMENTS)
    config: dict[str, Any] = {
        **{
            text.MEASURES[measure]: st.column_config.NumberColumn(format="compact", help=EXPLANATIONS[measure])
            for measure in whole
        },
        "Engagement rate": st.column_config.NumberColumn(
            "Rate", format="%.1f %%", help=EXPLANATIONS[Measure.ENGAGEMENT_RATE]
        ),
        "Posts published": st.column_config.NumberColumn("Posts", format="localized", help=EXPLANATIONS[Measure.POSTS]),
        "Counted": st.column_config.TextColumn("Accounts", help="How many of the accounts the impressions come from."),
        "Days": st.column_config.TextColumn(
            "Days known",
            help="How many days of the period impressions and engagements are made of, added up over the accounts that have"
            " them; posts are named where days of theirs are not known. All: no day is missing or late.",
        ),
        "Covers to": st.column_config.DateColumn(format="D MMM"),
        **columns,
    }
    frame = pd.DataFrame(rows).astype(dict.fromkeys([text.MEASURES[measure] for measure in FIRST_ROW], "float64"))
    downloads.keep("Accounts" if "Account" in frame else "Businesses", frame.drop(columns="Open", errors="ignore"))
    frame["Engagement rate"] *= 100
    st.dataframe(frame, hide_index=True, column_config=config, key=key, placeholder=text.MISSING)
