"""How is the coverage drawn? The five states with their counts, calendars of days, and the gaps with their stories."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.analytics.gaps import ExplainedGap, Filling
from core.analytics.value_states import STATES, Calendar, ValueState
from core.charts.value_calendar import CalendarRow, value_calendar
from core.domain import Platform
from core.metrics import ACCOUNT_METRICS, CATALOG, Grain, Metric
from core.ops.overview import ConnectedAccount
from core.ui import coverage_facts, coverage_text, data, downloads, facts, links, runs, said, sync_requests, text
from core.ui.controls import Scope
from core.ui.coverage_facts import Coverage

DETAILED = 8
"""So many accounts are shown with every metric; of more there is a row each."""

MOST_ROWS = 60
_ROW_HEIGHT = 80


def legend(known: Coverage) -> None:
    """The five states, and how many values of the period are in each."""
    with st.container(horizontal=True, gap="small"):
        for state, count in known.calendar.counts().items():
            words = coverage_text.legend(state, count)
            st.badge(words, color=coverage_text.STATE_COLORS[state], help=coverage_text.STATE_HELP[state])


def calendars(known: Coverage, accounts: Sequence[ConnectedAccount]) -> None:
    """Every metric of a few accounts, or a row for each of many."""
    if len(accounts) > DETAILED:
        _many(known, accounts)
        return
    platforms = list(Platform)
    with st.grid(2, min_column_width=380, gap="small"):
        for account in sorted(accounts, key=lambda one: (one.business_id, platforms.index(one.platform), one.id)):
            with st.container(border=True, gap="xsmall", height="stretch"):
                _one(known, account)


def gap_table(known: Coverage, scope: Scope, accounts: Sequence[ConnectedAccount]) -> None:
    """Every gap: whose, when, of what, what happened, and what can still be filled; the click that fills it."""
    st.subheader("Gaps", anchor=False)
    found = coverage_facts.explained(known, accounts)
    if not found:
        st.caption(coverage_text.NO_GAP)
        return
    by_id = {account.id: account for account in accounts}
    above = st.container(horizontal=True, vertical_alignment="center", gap="small")
    column = st.column_config
    frame = pd.DataFrame([_gap_row(one, by_id[one.gap.account_id], known, scope) for one in found])
    downloads.keep("Gaps", frame)
    event = st.dataframe(
        frame,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "Account": column.TextColumn(width=140),
            "Platform": column.TextColumn(width=84),
            "Days": column.TextColumn(width=122),
            "Count": column.NumberColumn("Length", format="%d d", width=60),
            "Metrics": column.TextColumn(width=130),
            "What happened": column.TextColumn(width=262, help=coverage_text.WHAT_HAPPENED),
            "Can it be filled?": column.TextColumn(width=210, help=coverage_text.CAN_BE_FILLED),
        },
        key="coverage_gaps",
        row_height=_ROW_HEIGHT,
        height="auto" if len(found) < 8 else 8 * _ROW_HEIGHT + 40,
    )
    with above:
        chosen = event.selection.rows
        if chosen and chosen[0] < len(found):
            _ask_again(found[chosen[0]], by_id)
        else:
            _fill_button(sorted({by_id[one.gap.account_id].business_id for one in found if one.filling.is_open}))
    if len(found) < len(known.gaps):
        st.caption(coverage_text.gaps_not_shown(len(found), len(known.gaps)))
    st.caption(text.times_in(scope.zone))


def _one(known: Coverage, account: ConnectedAccount) -> None:
    """Every metric of an account, those that are not offered too, so that the rows of all accounts stand in line."""
    calendar, place = known.calendar, known.calendar.account_ids.index(account.id)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(text.PLATFORMS[account.platform], color="gray")
        st.text(account.name, width="content")
    rows = [
        CalendarRow(
            CATALOG[metric].label,
            calendar.codes[place, row].tolist(),
            _value_words(known, account.id, metric),
        )
        for row, metric in enumerate(calendar.metrics)
    ]
    _draw(rows, calendar, key=f"coverage_{account.id}", what=f"{text.PLATFORMS[account.platform]}, every metric")
    st.caption(coverage_text.known_of(_counts(calendar.codes[place])))


def _many(known: Coverage, accounts: Sequence[ConnectedAccount]) -> None:
    calendar, metric = known.calendar, _choose_metric()
    codes = calendar.of_metric(metric) if metric else calendar.of_all_metrics()
    holes = (codes == STATES.index(ValueState.GAP)).sum(axis=1)
    order = sorted(range(len(accounts)), key=lambda place: (-int(holes[place]), place))[:MOST_ROWS]
    rows = [
        CalendarRow(
            f"{accounts[place].name} · {text.PLATFORMS[accounts[place].platform]}",
            codes[place].tolist(),
            _value_words(known, accounts[place].id, metric) if metric else _day_words(calendar, place),
        )
        for place in order
    ]
    with st.container(border=True, gap="xsmall"):
        _draw(rows, calendar, key="coverage_accounts", what=CATALOG[metric].label if metric else "All metrics")
        notes = [] if metric else [coverage_text.ONE_STATE_A_DAY]
        notes += [coverage_text.most_holes(MOST_ROWS, len(accounts))] * (len(accounts) > MOST_ROWS)
        st.caption(" ".join([*notes, coverage_text.CHOOSE_FOR_METRICS]))


def _choose_metric() -> Metric | None:
    labels: dict[str, Metric | None] = {CATALOG[metric].label: metric for metric in ACCOUNT_METRICS}
    labels[coverage_text.ALL_METRICS] = None
    first = list(labels).index(CATALOG[Metric.IMPRESSIONS].label)
    with links.followed({"coverage_metric": labels}):
        label = st.selectbox(
            "Metric",
            list(labels),
            index=first,
            key="coverage_metric",
            bind="query-params",
            on_change=links.forget,
            width=260,
        )
    return labels[label]


def _draw(rows: Sequence[CalendarRow], calendar: Calendar, *, key: str, what: str) -> None:
    figure = value_calendar(rows, calendar.period, is_dark=st.context.theme.type == "dark")
    alt = f"{what}: the state of each day, {text.period(calendar.period)}"
    st.plotly_chart(figure, key=key, config={"displayModeBar": False}, alt=alt)


def _value_words(known: Coverage, account_id: int, metric: Metric) -> list[str]:
    calendar, terms = known.calendar, known.terms.get((account_id, metric))
    place, row = calendar.account_ids.index(account_id), calendar.metrics.index(metric)
    return [
        coverage_text.value_words(
            CATALOG[metric].label, value, STATES[code], is_final=terms is None or day <= terms.settled
        )
        for day, value, code in zip(
            calendar.period, calendar.values[place, row].tolist(), calendar.codes[place, row].tolist(), strict=True
        )
    ]


def _day_words(calendar: Calendar, place: int) -> list[str]:
    counts = zip(*(calendar.is_in(state)[place].sum(axis=0).tolist() for state in STATES), strict=True)
    return [coverage_text.day_words(dict(zip(STATES, one, strict=True))) for one in counts]


def _counts(codes: Any) -> dict[ValueState, int]:
    return {state: int((codes == place).sum()) for place, state in enumerate(STATES)}


def _gap_row(one: ExplainedGap, account: ConnectedAccount, known: Coverage, scope: Scope) -> dict[str, Any]:
    offered = sum(grain is Grain.ACCOUNT_DAY for grain, _ in facts.offers_of(account.platform))
    connected = coverage_facts.connected_day(account, known.pasts[account.id])
    return {
        "Account": account.name,
        "Platform": text.PLATFORMS[account.platform],
        "Days": coverage_text.days(one.gap.period),
        "Count": one.gap.period.days,
        "Metrics": coverage_text.metrics([CATALOG[metric].label for metric in one.gap.metrics], offered),
        "What happened": coverage_text.happened(
            one,
            f"{text.day(connected)} {connected.year}",
            lambda at: text.clock_time(at, scope.zone, now=data.now()),
        ),
        "Can it be filled?": coverage_text.filling(one, data.settings().backfill_days),
    }


def _fill_button(business_ids: list[int]) -> None:
    if business_ids and st.button(coverage_text.FILL_NOW, key="coverage_fill", icon=":material/sync:"):
        runs.requested(sync_requests.sync(business_ids))
    st.caption(
        f"{coverage_text.FILLABLE if business_ids else ''} {coverage_text.CHOOSE_A_GAP}".strip(), width="content"
    )


def _ask_again(one: ExplainedGap, by_id: Mapping[int, ConnectedAccount]) -> None:
    """Ask the platform of one gap once more for its days, unless it has none that are over."""
    account = by_id[one.gap.account_id]
    platform = text.PLATFORMS[account.platform]
    if not one.gap.has_past:
        st.caption(coverage_text.FILLINGS[Filling.NOW_ONLY], width="content")
        return
    label = coverage_text.ask_again(platform, one.gap.period)
    if st.button(label, key="coverage_ask", type="primary", icon=":material/history:"):
        with said.told("Nothing was asked for"):
            runs.requested(sync_requests.fill(account.business_id, [account.id], one.gap.period))
    st.caption(coverage_text.ASKING, width="content")
