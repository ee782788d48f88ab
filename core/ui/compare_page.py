"""How are businesses or accounts drawn side by side? A card for each number with a bar for each side, and a table of what they are made of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from core.analytics import side_by_side
from core.analytics.engagement import agree_on_engagements, agree_on_rates
from core.analytics.kpis import Measure
from core.analytics.measured import Measured
from core.analytics.side_by_side import PER_FOLLOWERS, Cell, Per, Row
from core.charts.side_bars import SideBar, side_bars
from core.domain import EngagementRule
from core.metrics import Grain, Metric
from core.ops.overview import ConnectedAccount
from core.ui import compare_text, data, downloads, insight_text, post_facts, rate_text, text
from core.ui.compare_board import Board, Side
from core.ui.explanations import EXPLANATIONS
from core.warehouse import side_queries

_LEVELS = (Measure.FOLLOWERS, Measure.NET_FOLLOWERS)
_ORDER = (*_LEVELS, Measure.IMPRESSIONS, Measure.REACH, Measure.ENGAGEMENTS, Measure.ENGAGEMENT_RATE, Measure.POSTS)
_COUNTED_BY_RULE = (Measure.ENGAGEMENTS, Measure.ENGAGEMENT_RATE)


@dataclass(frozen=True, slots=True)
class Number:
    """How a number is called, explained and written; `note` says on what it is counted where that is no matter of days."""

    label: str
    explanation: str
    is_rate: bool = False
    is_divided: bool = False
    is_step: bool = False
    note: str | None = None
    is_by_rule: bool = False


def of_accounts(board: Board, measured: Measured) -> None:
    """What the accounts counted in the period; nothing of it per post."""
    st.subheader(compare_text.ACCOUNTS, anchor=False)
    if board.per is Per.POST:
        st.caption(compare_text.NOT_PER_POST)
        return
    st.caption(f"{text.period(board.scope.period)}. {compare_text.HOW}")
    with st.grid(2, min_column_width=360, gap="small"):
        for measure in _ORDER:
            is_divided = board.per is Per.THOUSAND_FOLLOWERS and measure in PER_FOLLOWERS
            _card(board, _number(board, measure, is_divided), _account_row(board, measured, measure, is_divided))


def of_posts(board: Board, measured: Measured) -> None:
    """What the posts of the period have come to in their lifetime."""
    st.subheader(compare_text.POSTS, anchor=False)
    known = side_by_side.known_posts(measured, board.scope.period, board.ids)
    st.caption(compare_text.posts_of(known.common, board.scope.period))
    found = _post_numbers(board, known.common or board.scope.period)
    by_account = found.dropna(subset=["account_id"]).set_index("account_id")
    by_side = found[found["account_id"].isna()].set_index("side")
    with st.grid(2, min_column_width=360, gap="small"):
        for metric in side_queries.SUMMED:
            offered = board.offered(Grain.POST_LIFETIME, partial(_always, metric))
            row = side_by_side.of_posts(by_account, metric, known, sides=board.ids, offered=offered, per=board.per)
            row = _divided(board, row, measured, offered) if board.per is Per.THOUSAND_FOLLOWERS else row
            label = compare_text.title(compare_text.post_label(metric), board.per)
            explanation = insight_text.explanation(metric)
            is_by_rule = metric is Metric.ENGAGEMENTS
            _card(board, Number(label, explanation, is_divided=board.per is not Per.ITSELF, is_by_rule=is_by_rule), row)
        rates = side_by_side.of_rates(by_side, known, sides=board.ids)
        _card(board, Number(compare_text.MEDIAN_RATE, insight_text.MEDIAN_RATE, is_rate=True, is_by_rule=True), rates)


def table(board: Board) -> None:
    """Every number with what it is made of."""
    st.subheader(compare_text.TABLE, anchor=False)
    frame = pd.DataFrame(board.rows)
    downloads.keep("Side by side", frame)
    st.dataframe(
        frame,
        hide_index=True,
        column_config={
            "Name": st.column_config.TextColumn(width=180),
            "Number": st.column_config.TextColumn(width=220),
            "Value": st.column_config.NumberColumn(format="localized", width=92),
            "Why none": st.column_config.TextColumn(width=150),
            "Accounts": st.column_config.TextColumn(width=72),
            "Days known": st.column_config.NumberColumn("Days", width=56, help=compare_text.DAYS_KNOWN),
            "Days compared": st.column_config.NumberColumn("Compared", width=76, help=compare_text.DAYS_COMPARED),
            "Posts known": st.column_config.NumberColumn(width=84, help=compare_text.POSTS_KNOWN),
            "Posts": st.column_config.NumberColumn(width=56),
        },
        key="compare_table",
        placeholder=text.MISSING,
        height=420,
    )


def _number(board: Board, measure: Measure, is_divided: bool) -> Number:
    is_step = measure is Measure.NET_FOLLOWERS
    label = compare_text.label(measure)
    label = rate_text.label(label, board.rules) if measure is Measure.ENGAGEMENT_RATE else label
    return Number(
        compare_text.title(label, board.per if is_divided else Per.ITSELF),
        EXPLANATIONS[measure],
        is_rate=measure is Measure.ENGAGEMENT_RATE,
        is_divided=is_divided,
        is_step=is_step,
        note=compare_text.STEP_NOTE if is_step else None,
        is_by_rule=measure in _COUNTED_BY_RULE,
    )


def _always(metric: Metric, _account: ConnectedAccount) -> Sequence[Metric]:
    return (metric,)


def _needs(measure: Measure) -> Callable[[ConnectedAccount], Sequence[Metric]]:
    """The metrics of a day that a number is made of; a rate's base is what the account's business has chosen."""
    if measure is Measure.ENGAGEMENT_RATE:
        return lambda account: (Metric(account.rule.base.value), Metric.ENGAGEMENTS)
    return lambda _: () if measure in (*_LEVELS, Measure.POSTS) else (Metric(measure.value),)


def _account_row(board: Board, measured: Measured, measure: Measure, is_divided: bool) -> Row:
    period = board.scope.period
    offered = board.offered(Grain.ACCOUNT_DAY, _needs(measure))
    if measure in _LEVELS:
        row = side_by_side.of_levels(measured, measure, period, sides=board.ids)
    else:
        row = side_by_side.of_days(measured, measure, period, sides=board.ids, offered=offered)
    return _divided(board, row, measured, offered) if is_divided else row


def _divided(board: Board, row: Row, measured: Measured, offered: set[int]) -> Row:
    levels = side_by_side.followers(measured, board.scope.period)
    return side_by_side.per_thousand(row, levels, board.members(offered))


def _post_numbers(board: Board, period: Any) -> pd.DataFrame:
    every = [account for side in board.sides.values() for account in side.accounts]
    side_of = tuple((account.id, side) for side, one in board.sides.items() for account in one.accounts)
    return data.ask(side_queries.post_numbers, post_facts.all_of(post_facts.spans(every, period)), side_of)


def _card(board: Board, number: Number, row: Row) -> None:
    """A bar for each side, and on which days they are counted."""
    bars = [
        SideBar(
            one.name,
            row.cells[side].value,
            _words(row.cells[side], row, number) + _counted(board, number, one),
            one.color,
        )
        for side, one in board.sides.items()
    ]
    with st.container(border=True, gap="xsmall", height="stretch"):
        st.markdown(f"**{number.label}**", help=number.explanation)
        key, alt = f"compare_{len(board.rows)}", compare_text.alt(number.label, board.scope.period)
        st.plotly_chart(side_bars(bars), key=key, config={"displayModeBar": False}, alt=alt)
        st.caption(number.note or compare_text.counted_on(row))
        if number.is_by_rule and not _are_alike(board.rules, number):
            st.caption(rate_text.NOT_ALIKE)
    board.rows += [_table_row(one, number, row, side) for side, one in board.sides.items()]


def _are_alike(rules: Sequence[EngagementRule], number: Number) -> bool:
    return agree_on_rates(rules) if number.is_rate else agree_on_engagements(rules)


def _counted(board: Board, number: Number, side: Side) -> str:
    """Behind a bar's number, where not all businesses count engagement alike: by reach, with clicks."""
    if not number.is_by_rule or _are_alike(board.rules, number):
        return ""
    return f" · {rate_text.rule(side.rule)}"


def _words(cell: Cell, row: Row, number: Number) -> str:
    """The number with what it leaves out, or why there is none."""
    if cell.value is None:
        return compare_text.lack(cell, row)
    is_rate, is_divided, is_step = number.is_rate, number.is_divided, number.is_step
    shown = compare_text.value(cell.value, is_rate=is_rate, is_divided=is_divided, is_step=is_step)
    return " · ".join(part for part in (shown, compare_text.made_of(cell)) if part)


def _table_row(side: Side, number: Number, row: Row, id_: int) -> dict[str, Any]:
    cell = row.cells[id_]
    return {
        "Name": side.name,
        "Number": f"{number.label} (%)" if number.is_rate else number.label,
        "Value": cell.value * 100 if cell.value is not None and number.is_rate else cell.value,
        "Why none": compare_text.lack(cell, row) or None,
        "Accounts": f"{cell.counted} of {cell.shown}",
        "Days known": cell.days_known,
        "Days compared": row.days,
        "Posts known": cell.posts_known,
        "Posts": cell.posts,
    }
