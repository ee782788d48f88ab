"""How is the coverage drawn? A calendar of the accounts for one metric, one of all metrics for an account, and the gaps explained."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any, cast

import pandas as pd
import streamlit as st

from core.analytics import coverage
from core.analytics.coverage import DayState, Strip
from core.analytics.freshness import settled_day
from core.charts.calendar_strips import strips
from core.domain import Platform
from core.metrics import ACCOUNT_METRICS, CATALOG, Grain, Metric
from core.ops.overview import ConnectedAccount
from core.ui import coverage_text, data, downloads, facts, text
from core.ui.controls import Scope
from core.warehouse import audience_queries, coverage_queries

MOST_ROWS = 40
_NO_BAR = {"displayModeBar": False}


@dataclass(frozen=True, slots=True)
class Known:
    """The frames behind the calendars: the days with their counters, what was asked and looked at, connections, retirements."""

    days: Mapping[int, pd.DataFrame]
    asked: Mapping[int, frozenset[date]]
    looked: Mapping[int, frozenset[date]]
    connected_on: Mapping[int, date]
    retired_on: Mapping[tuple[str, str], date]

    def strip(self, account: ConnectedAccount, metric: Metric) -> Strip:
        """What is known of this metric of this account."""
        days = self.days.get(account.id)
        offer = facts.offers_of(account.platform).get((Grain.ACCOUNT_DAY, metric))
        zone = facts.day_zone_of(account.platform)
        seen = self.looked if metric is Metric.FOLLOWERS else self.asked
        return Strip(
            known=_dates(days.loc[days[metric.value].notna(), "day"]) if days is not None else frozenset(),
            asked=seen.get(account.id, frozenset()),
            connected_on=self.connected_on.get(account.id, date.min),
            settled=settled_day(data.now(), offer.lag_days, zone) if offer else None,
            retired_on=self.retired_on.get((account.platform.value, metric.value)),
        )


def read(scope: Scope, accounts: Sequence[ConnectedAccount]) -> Known:
    """All that the calendars of these accounts are made of."""
    ids, first, last = tuple(account.id for account in accounts), scope.period.first, scope.period.last
    days = data.account_days(ids, first, last)
    histories = data.ask(audience_queries.histories, ids, first, last)
    return Known(
        days={cast("int", id_): rows for id_, rows in days.groupby("account_id")},
        asked=_by_account(data.ask(coverage_queries.days_asked, ids, first, last)),
        looked=_by_account(data.ask(coverage_queries.days_looked_at, ids, first, last)),
        connected_on={
            int(id_): at.to_pydatetime().replace(tzinfo=UTC).date()
            for id_, at in histories[["account_id", "connected_at"]].itertuples(index=False)
        },
        retired_on=_retired(last),
    )


def legend() -> None:
    """What the colours mean."""
    with st.container(horizontal=True, gap="small"):
        for state in DayState:
            sign = coverage_text.STATE_SIGNS[state]
            st.badge(
                f"{sign} {coverage_text.STATES[state]}".strip(),
                color=coverage_text.STATE_COLORS[state],
                help=coverage_text.STATE_HELP[state],
            )


def of_accounts(known: Known, scope: Scope, accounts: Sequence[ConnectedAccount]) -> Metric:
    """One metric, the accounts below each other, those with the most holes first. Returns the metric that was chosen."""
    labels = {CATALOG[metric].label: metric for metric in ACCOUNT_METRICS}
    default = list(labels).index(CATALOG[Metric.IMPRESSIONS].label)
    label = st.selectbox("Metric", list(labels), index=default, key="coverage_metric", bind="query-params", width=260)
    metric = labels[label]
    rows = [(name(account), coverage.states(known.strip(account, metric), scope.period)) for account in accounts]
    rows.sort(key=lambda row: -row[1].count(DayState.GAP))
    _calendar(rows[:MOST_ROWS], scope, key="coverage_accounts", what=label)
    if len(rows) > MOST_ROWS:
        st.caption(coverage_text.most_holes(MOST_ROWS, len(rows)))
    return metric


def of_one_account(known: Known, scope: Scope, accounts: Sequence[ConnectedAccount]) -> None:
    """One account, all its metrics below each other."""
    by_id = {account.id: account for account in accounts}
    chosen = st.selectbox(
        "Account",
        list(by_id),
        format_func=lambda id_: name(by_id[id_]) if id_ in by_id else text.MISSING,
        key="coverage_account",
        width=320,
    )
    account = by_id[chosen]
    rows = [
        (CATALOG[metric].label, coverage.states(known.strip(account, metric), scope.period))
        for metric in ACCOUNT_METRICS
    ]
    _calendar(rows, scope, key="coverage_metrics", what="All metrics of one account")


def gap_table(known: Known, scope: Scope, accounts: Sequence[ConnectedAccount], metric: Metric) -> None:
    """Every gap of the metric: whose, when, and why."""
    st.subheader(f"Gaps: {CATALOG[metric].label.lower()}", anchor=False)
    found = [
        (account, gap) for account in accounts for gap in coverage.gaps(known.strip(account, metric), scope.period)
    ]
    if not found:
        st.caption(coverage_text.no_gaps(CATALOG[metric].label))
        return
    rows: list[dict[str, Any]] = [
        {
            "Account": account.name,
            "Platform": text.PLATFORMS[account.platform],
            "From": gap.period.first,
            "To": gap.period.last,
            "Days": gap.period.days,
            "Why": coverage_text.GAP_REASONS[gap.reason],
        }
        for account, gap in sorted(found, key=lambda one: one[1].period.first, reverse=True)
    ]
    days = st.column_config.DateColumn(format="D MMM YYYY")
    config = {"From": days, "To": days, "Why": st.column_config.TextColumn(width=520)}
    downloads.keep("Gaps", pd.DataFrame(rows))
    st.dataframe(pd.DataFrame(rows), hide_index=True, column_config=config, key="coverage_gaps", row_height=44)


def name(account: ConnectedAccount) -> str:
    return f"{account.name} · {text.PLATFORMS[account.platform]}"


def _calendar(rows: Sequence[tuple[str, Sequence[DayState]]], scope: Scope, *, key: str, what: str) -> None:
    named = [(label, day, state.value) for label, of in rows for day, state in zip(scope.period, of, strict=True)]
    downloads.keep(what, pd.DataFrame(named, columns=["of", "day", "state"]))
    figure = strips(rows, scope.period, coverage_text.STATES)
    st.plotly_chart(figure, key=key, config=_NO_BAR, alt=f"{what}: the state of each day, {text.period(scope.period)}")


def _retired(last: date) -> dict[tuple[str, str], date]:
    """By platform and metric per day: since when it is retired, where it has not come back."""
    platforms = tuple(platform.value for platform in Platform)
    events = data.ask(audience_queries.metric_events, platforms, date(2000, 1, 1), last)
    found: dict[tuple[str, str], date] = {}
    of_days = events[events["grain"] == Grain.ACCOUNT_DAY.value].sort_values("day")
    for platform, metric, day, word in of_days[["platform", "metric", "day", "event"]].itertuples(index=False):
        if word == "retired":
            found[platform, metric] = day.date()
        elif word == "returned":
            found.pop((platform, metric), None)
    return found


def _by_account(frame: pd.DataFrame) -> dict[int, frozenset[date]]:
    return {cast("int", id_): _dates(rows["day"]) for id_, rows in frame.groupby("account_id")}


def _dates(days: "pd.Series[Any]") -> frozenset[date]:
    return frozenset(day.date() for day in pd.to_datetime(days))
