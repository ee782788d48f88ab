"""How do businesses, or the accounts of one, stand in a table? Their numbers, of which days they are, and how fresh."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from core.analytics.changes import Changes, changes
from core.analytics.engagement import agree_on_rates
from core.analytics.freshness import Freshness, FreshnessState
from core.analytics.kpis import FIRST_ROW, Change, GroupNumbers, Measure
from core.analytics.measured import Measured
from core.analytics.periods import Period
from core.analytics.trends import known_days
from core.domain import EngagementRule
from core.metrics import Metric
from core.ops.models import Business
from core.ops.overview import ConnectedAccount, LastRun
from core.ui import change_columns, controls, data, downloads, rate_text, text
from core.ui.explanations import EXPLANATIONS

NOT_TAKEN_AWAY = ("Open", "Trend")
"""Columns that are nothing in a file: a button and a drawing."""


@dataclass(frozen=True, slots=True)
class Moves:
    """By business: the changes to the period before, and its impressions day by day."""

    changes: Changes
    trends: Mapping[int, list[float]]


def business_table(
    businesses: Sequence[Business],
    numbers: Mapping[int, GroupNumbers],
    freshness: Mapping[int, list[Freshness]],
    runs: Mapping[int, LastRun],
    *,
    moves: Moves,
    zone: str,
) -> None:
    """The businesses side by side, each number with its change; a click on Open goes to the page of one."""
    now = data.now()
    shown = [business for business in businesses if business.id in numbers]
    rows = [
        {
            "Business": business.name,
            "Open": "Open",
            "Trend": moves.trends.get(business.id),
            **_with_changes(numbers[business.id], moves.changes.get(business.id, {})),
            "Counted": rate_text.counted(numbers[business.id]),
            "Days": text.days_known(numbers[business.id].days),
            **_freshness(freshness[business.id]),
            "Last sync": _last_sync(runs.get(business.id), zone, now),
        }
        for business in shown
    ]
    click = "overview_open"
    ids = [business.id for business in shown]
    opens = st.column_config.ButtonColumn(
        "", type="tertiary", key=click, on_click=controls.open_business_page, args=(ids, click), width=62
    )
    st.caption(text.times_in(zone))
    _table(
        rows,
        rules=[business.rule for business in shown],
        key="overview_businesses",
        columns={"Open": opens, "Business": st.column_config.TextColumn(width=150), **change_columns.columns()},
    )


def moves(measured: Measured, period: Period) -> Moves:
    """How the businesses have moved in the period."""
    group_of = {member.account_id: member.business_id for member in measured.members}
    trends = known_days(measured, Metric.IMPRESSIONS, period, group_of)
    return Moves(changes(measured, period, group_of), {group: days for group, days in trends.items() if len(days) > 1})


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
    rules = [account.rule for account in accounts]
    _table(rows, rules=rules, key="overview_accounts", columns={"Account": st.column_config.TextColumn(width=230)})


def _last_sync(run: LastRun | None, zone: str, now: datetime) -> str:
    return f"{text.RUN_STATES[run.state]}, {text.clock_time(run.at, zone, now=now)}" if run else "None yet"


def _numbers(numbers: GroupNumbers) -> dict[str, object]:
    return {text.MEASURES[measure]: numbers.values[measure] for measure in FIRST_ROW}


def _with_changes(numbers: GroupNumbers, changes: Mapping[Measure, Change]) -> dict[str, object]:
    """Each number, and behind it how it has changed."""
    return {
        name: value
        for measure, (label, number) in zip(FIRST_ROW, _numbers(numbers).items(), strict=True)
        for name, value in ((label, number), (change_columns.name(measure), change_columns.value(measure, changes)))
    }


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


def _table(
    rows: list[dict[str, object]], *, rules: Sequence[EngagementRule], key: str, columns: Mapping[str, Any]
) -> None:
    """Where the rules differ, each row says its own."""
    whole = (Measure.FOLLOWERS, Measure.IMPRESSIONS, Measure.ENGAGEMENTS)
    config: dict[str, Any] = {
        **{
            text.MEASURES[measure]: st.column_config.NumberColumn(format="compact", help=EXPLANATIONS[measure])
            for measure in whole
        },
        "Engagement rate": st.column_config.NumberColumn(
            rate_text.label("Rate", rules), format="%.1f %%", help=EXPLANATIONS[Measure.ENGAGEMENT_RATE]
        ),
        "Rate is": st.column_config.TextColumn(help=rate_text.RATE_IS, width=190),
        "Posts published": st.column_config.NumberColumn("Posts", format="localized", help=EXPLANATIONS[Measure.POSTS]),
        "Counted": st.column_config.TextColumn("Accounts", help=rate_text.COUNTED),
        "Days": st.column_config.TextColumn(
            "Days known",
            help="How many days of the period impressions, engagements and rate are made of, added up over the accounts that have"
            " them; posts are named where days of theirs are not known. All: no day is missing or late.",
        ),
        "Covers to": st.column_config.DateColumn(format="D MMM"),
        **columns,
    }
    frame = pd.DataFrame(rows)
    numbers = [*(text.MEASURES[measure] for measure in FIRST_ROW), *map(change_columns.name, FIRST_ROW)]
    frame = frame.astype(dict.fromkeys([name for name in numbers if name in frame], "float64"))
    downloads.keep(
        "Accounts" if "Account" in frame else "Businesses", frame.drop(columns=NOT_TAKEN_AWAY, errors="ignore")
    )
    frame["Engagement rate"] *= 100
    if not agree_on_rates(rules):
        frame.insert(list(frame).index("Engagement rate") + 1, "Rate is", [rate_text.rule(one) for one in rules])
    st.dataframe(frame, hide_index=True, column_config=config, key=key, placeholder=text.MISSING)
