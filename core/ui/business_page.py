"""How is one business drawn? Its numbers with their change, how fresh each platform is, shares, and the posts that stand out."""

from collections.abc import Sequence
from datetime import timedelta

import pandas as pd
import streamlit as st

from core.analytics import audience, extremes, kpis, shares
from core.analytics.freshness import Freshness, FreshnessState
from core.analytics.kpis import Kpi, Measure
from core.analytics.measured import Measured
from core.charts.shares import platform_shares
from core.metrics import CATALOG
from core.ops.overview import ConnectedAccount
from core.ui import (
    audience_text,
    cards,
    controls,
    data,
    downloads,
    facts,
    insight_text,
    post_facts,
    post_tables,
    states,
    text,
)
from core.ui.controls import Scope
from core.warehouse.post_queries import PostOrder

SETTLES_IN = timedelta(hours=48)
"""A younger post is still finding its readers: it is not called good or bad."""

_COLUMNS = 4
_SHORT = ("Open", "Against usual", "Text", "Platform", "Rate", "Impressions", "Engagements")


def stop_without_business(scope: Scope) -> None:
    """Ask for a business where none is chosen."""
    if not scope.is_all:
        return
    st.info(insight_text.CHOOSE_A_BUSINESS, icon=":material/storefront:")
    click = "business_open"
    ids = [business.id for business in data.businesses()]
    opens = st.column_config.ButtonColumn(
        "", type="tertiary", key=click, on_click=controls.open_business, args=(ids, click), width=62
    )
    st.dataframe(
        pd.DataFrame({"Open": "Open", "Business": [business.name for business in data.businesses()]}),
        hide_index=True,
        column_config={"Open": opens},
        key="business_choice",
        width=400,
    )
    st.stop()


def numbers(measured: Measured, scope: Scope, accounts: list[ConnectedAccount]) -> None:
    """The cards, and beside them how fresh they are."""
    st.caption(insight_text.OF_ACCOUNTS)
    cards.periods_compared(scope.period)
    with st.grid(_COLUMNS, min_column_width=170, gap="small"):
        cards.kpi_cards(
            _in_order(measured, scope),
            scope.period,
            not_offered=states.why_never_known(accounts),
            not_all={**states.why_not_all(accounts), Measure.NET_FOLLOWERS: audience_text.WHY_NOT_ALL_NET},
            remarks=states.remarks(accounts),
        )
        _freshness_card(accounts)


def platform_share(measured: Measured, scope: Scope, accounts: list[ConnectedAccount]) -> None:
    """Which platform brings how much of each number."""
    st.markdown("**Share of each platform**")
    frame = shares.by_platform(measured, scope.period)
    if frame.empty:
        st.caption("No number of this period is known.")
        return
    downloads.keep("Shares of platforms", frame)
    measures = {measure.value: text.MEASURES[measure] for measure in shares.SHARED}
    figure = platform_shares(frame, platforms=text.PLATFORMS, measures=measures)
    alt = f"Share of each platform in followers, impressions, engagements and posts, {text.period(scope.period)}"
    st.plotly_chart(figure, key="business_shares", config={"displayModeBar": False}, alt=alt)
    for metric in facts.DAILY:
        silent = facts.not_offered(accounts, metric)
        if silent:
            st.caption(insight_text.without_share(silent, CATALOG[metric].label))


def standing_out(scope: Scope, accounts: list[ConnectedAccount]) -> None:
    """The posts of the period: what they come to, the best and the worst of them against what is usual."""
    st.subheader("Posts of the period", anchor=False)
    wanted = post_facts.all_of(post_facts.spans(accounts, scope.period))
    sums = post_facts.sums(wanted)
    if not sums["posts"]:
        st.caption(insight_text.NO_POSTS)
        return
    st.caption(insight_text.posts_of(scope.period))
    post_tables.sums_row(sums, {account.rule for account in accounts})
    compared = post_facts.count_compared(wanted, min_age=SETTLES_IN)
    best, worst = (
        post_facts.listed(wanted, order, limit=extremes.most_of(compared), min_age=SETTLES_IN)
        for order in (PostOrder.AGAINST_USUAL, PostOrder.LEAST_AGAINST_USUAL)
    )
    if best.empty:
        st.caption(insight_text.NONE_STANDS_OUT)
        return
    not_offered = post_facts.not_offered(post_facts.platforms_of(accounts))
    for column, title, posts in zip(st.columns(2), ("Best", "Worst"), (best, worst), strict=True):
        with column:
            st.markdown(f"**{title}, against what is usual**")
            post_tables.post_table(posts, accounts, not_offered, key=f"business_{title.lower()}", columns=_SHORT)
    st.caption(insight_text.standing_out(compared))


def _in_order(measured: Measured, scope: Scope) -> list[Kpi]:
    first = {kpi.measure: kpi for kpi in kpis.summarize(measured, scope.period)}
    return [
        first[Measure.FOLLOWERS],
        audience.net_followers(measured, scope.period),
        first[Measure.IMPRESSIONS],
        audience.average_reach(measured, scope.period),
        first[Measure.ENGAGEMENTS],
        first[Measure.ENGAGEMENT_RATE],
        first[Measure.POSTS],
    ]


def _freshness_card(accounts: Sequence[ConnectedAccount]) -> None:
    known = facts.freshness_of(accounts)
    with st.container(border=True, gap="xsmall", height="stretch"):
        st.caption("Data as of", help=insight_text.AS_OF)
        for platform in post_facts.platforms_of(accounts):
            of = [known[account.id] for account in accounts if account.platform is platform]
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown(f"**{text.PLATFORMS[platform]}**", width="content")
                st.caption(_as_of(of), width="content")


def _as_of(known: Sequence[Freshness]) -> str:
    days = [one.covers_to for one in known if one.covers_to]
    if not days:
        return text.FRESHNESS[known[0].state]
    behind = " · behind" if any(one.state is FreshnessState.STALE for one in known) else ""
    return f"{text.day(min(days))}{behind}"
