"""How are kinds, hashtags, lengths and hours drawn? Charts and tables, each with what it is made of."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pandas as pd
import streamlit as st

from core.analytics import content
from core.analytics.engagement import agree_on_engagements, agree_on_rates
from core.analytics.periods import Period
from core.analytics.timing import Cell, Timing, timing
from core.charts import timing as charts
from core.charts.kinds import kind_shares
from core.charts.palette import PLATFORM_COLORS
from core.domain import EngagementRule
from core.ops.overview import ConnectedAccount
from core.ui import content_text, controls, data, downloads, insight_text, links, post_facts, rate_text, text
from core.ui.controls import Scope
from core.warehouse import content_queries
from core.warehouse.post_queries import PostFilter

MOST_HASHTAGS = 12
TIMING_SPANS = {"90 days": 90, "180 days": 180, "365 days": 365}
DEFAULT_SPAN = "180 days"

_NO_BAR = {"displayModeBar": False}


Rules = Collection[EngagementRule]
"""How the businesses of the posts count engagement; what they do not make together is not told."""


def kinds(wanted: PostFilter, period: Period, rules: Rules) -> None:
    """What share of the posts each kind is, and what share of the engagements it brings."""
    frame = content.shares_of_kinds(data.ask(content_queries.by_kind, wanted))
    downloads.keep("Kinds", frame)
    labels = [insight_text.kind(kind) for kind in frame["kind"]]
    chart, table = st.columns(2)
    with chart, st.container(border=True, height="stretch", gap="xsmall"):
        st.markdown("**Kinds: share of posts against share of engagements**")
        if agree_on_engagements(rules):
            alt = f"Share of posts and of engagements by kind of post, {text.period(period)}"
            st.plotly_chart(kind_shares(frame, labels), key="content_kinds", config=_NO_BAR, alt=alt)
            st.caption(content_text.shares_of(int(frame["counted"].sum()), int(frame["posts"].sum())))
        else:
            st.caption(rate_text.NO_SUM)
    with table, st.container(border=True, height="stretch", gap="xsmall"):
        st.markdown("**Kinds: median rate**")
        _rates_table({"Kind": labels}, frame, rules, key="content_kind_rates")
        _say_of_rates(rules, content_text.AGAINST_ACCOUNT_NOTE)


def hashtags(wanted: PostFilter, rules: Rules) -> None:
    """The most used hashtags, with and without."""
    st.markdown("**Hashtags: with and without**")
    frame = content.with_lift(data.ask(content_queries.by_hashtag, wanted, MOST_HASHTAGS))
    if frame.empty:
        st.caption(content_text.NO_HASHTAGS)
        return
    downloads.keep("Hashtags", frame)
    shown = {
        "Hashtag": ["#" + tag for tag in frame["hashtag"]],
        "Posts": frame["posts"],
        "Rate with": _percent(frame["rate_with"], rules),
        "Rate without": _percent(frame["rate_without"], rules),
        "Posts without": frame["rated_without"],
        "Lift": frame["lift"].astype("float64"),
    }
    column = st.column_config
    config = {
        "Rate with": column.NumberColumn(format="%.1f %%", help=insight_text.MEDIAN_RATE),
        "Rate without": column.NumberColumn(format="%.1f %%", help=content_text.RATE_WITHOUT),
        "Lift": column.NumberColumn(format="%.2f ×", help=content_text.LIFT),
    }
    st.dataframe(
        pd.DataFrame(shown), hide_index=True, column_config=config, key="content_hashtags", placeholder=text.MISSING
    )
    _say_of_rates(rules, content_text.HASHTAG_NOTE)


def lengths(wanted: PostFilter, rules: Rules) -> None:
    """The rates of short and long texts."""
    st.markdown("**Length of the text**")
    frame = data.ask(content_queries.by_length, wanted)
    if frame.empty:
        st.caption(content_text.NO_TEXTS)
        return
    downloads.keep("Lengths of texts", frame)
    names = [
        content_text.length(None if pd.isna(end) else int(end), content_queries.LENGTHS) for end in frame["longest"]
    ]
    _rates_table({"Characters": names}, frame, rules, key="content_lengths")
    _say_of_rates(rules, content_text.LENGTH_NOTE)


def best_time(scope: Scope, accounts: Sequence[ConnectedAccount]) -> None:
    """When the posts of one account did best, in the zone of its business."""
    st.subheader("Best time to post", anchor=False)
    account, period = _choose(scope, accounts)
    (span,) = post_facts.spans([account], period)
    found = timing(data.ask(content_queries.by_hour, PostFilter((span,))))
    st.caption(content_text.timing(period, span, found.posts, found.rated))
    if not found.rated:
        st.info(content_text.NO_RATES, icon=":material/schedule:")
        return
    for name, cells in (("Hours of the week", found.cells), ("Weekdays", found.weekdays), ("Hours", found.hours)):
        downloads.keep(name, pd.DataFrame([asdict(cell) for cell in cells]))
    st.markdown(content_text.best_hours(found.best))
    grid, beside = st.columns(2)
    with grid, st.container(border=True, height="stretch", gap="xsmall"):
        st.markdown("**Median rate by weekday and hour**")
        figure = charts.hour_grid(found.cells, content_text.WEEKDAYS, is_dark=st.context.theme.type == "dark")
        st.plotly_chart(figure, key="content_grid", config=_NO_BAR, alt=content_text.grid_in_words(found.best))
        st.caption(content_text.grid_note(found.mean))
    with beside, st.container(border=True, height="stretch", gap="xsmall"):
        _either_alone(found, PLATFORM_COLORS[account.platform])


def _either_alone(found: Timing, color: str) -> None:
    by_day = {cell.weekday: cell for cell in found.weekdays}
    by_hour = {cell.hour: cell for cell in found.hours}
    days: dict[str, Cell | None] = {name: by_day.get(day) for day, name in enumerate(content_text.WEEKDAYS, start=1)}
    hours: dict[str, Cell | None] = {f"{hour:02d}": by_hour.get(hour) for hour in charts.HOURS}
    for title, cells in (("weekday", days), ("hour", hours)):
        st.markdown(f"**Median rate by {title} alone**")
        st.plotly_chart(
            charts.rate_bars(cells, color=color),
            key=f"content_{title}",
            config=_NO_BAR,
            alt=f"Median engagement rate by {title}",
        )
    st.caption(content_text.ALONE_NOTE)


def _choose(scope: Scope, accounts: Sequence[ConnectedAccount]) -> tuple[ConnectedAccount, Period]:
    """One account, since rates of different ones do not mix, and how far to look back."""
    last = scope.period.last
    everything = PostFilter(post_facts.spans(accounts, Period.ending(last, days=max(TIMING_SPANS.values()))))
    posts = data.ask(content_queries.posts_by_account, everything).set_index("account_id")["posts"]
    by_id = {account.id: account for account in accounts}
    in_order = sorted(by_id, key=lambda id_: (-int(posts.get(id_, 0)), id_))
    labels = controls.labelled({id_: f"{by_id[id_].name} · {text.PLATFORMS[by_id[id_].platform]}" for id_ in in_order})
    allowed = {"content_account": labels, "content_span": TIMING_SPANS}
    with links.followed(allowed), st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        chosen = st.selectbox(
            "Account", list(labels), key="content_account", bind="query-params", on_change=links.forget, width=300
        )
        span = st.segmented_control(
            "Posts of the last",
            list(TIMING_SPANS),
            default=DEFAULT_SPAN,
            required=True,
            key="content_span",
            bind="query-params",
            on_change=links.forget,
        )
    return by_id[labels[chosen]], Period(last - timedelta(days=TIMING_SPANS[span or DEFAULT_SPAN] - 1), last)


def _rates_table(names: dict[str, list[str]], frame: pd.DataFrame, rules: Rules, *, key: str) -> None:
    column = st.column_config
    shown: dict[str, Any] = {
        **names,
        "Posts": frame["posts"],
        "Rated": frame["rated"],
        "Median rate": _percent(frame["rate"], rules),
        "Against account": frame["against_account"].astype("float64"),
    }
    config = {
        "Rated": column.NumberColumn(help=content_text.RATED),
        "Median rate": column.NumberColumn(
            rate_text.label("Median rate", rules), format="%.1f %%", help=insight_text.MEDIAN_RATE
        ),
        "Against account": column.NumberColumn(format="%.2f ×", help=content_text.AGAINST_ACCOUNT),
    }
    st.dataframe(pd.DataFrame(shown), hide_index=True, column_config=config, key=key, placeholder=text.MISSING)


def _percent(rates: "pd.Series[float]", rules: Rules) -> "pd.Series[float]":
    """Medians of posts whose rates are not all of one kind are none."""
    return rates.astype("float64") * (100 if agree_on_rates(rules) else float("nan"))


def _say_of_rates(rules: Rules, note: str) -> None:
    """Why there is no median, or what the rates are a share of; and the note."""
    base = rate_text.label("Rates", rules) if agree_on_rates(rules) else rate_text.no_total(rules)
    st.caption(f"{base}. {note}")
