"""How is one post drawn? Who published it and what, its numbers with the state of each, and its life curve."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from core.analytics.curves import LEAST_POSTS, told_ages
from core.charts import curves
from core.charts.palette import PLATFORM_COLORS
from core.metrics import CATALOG, POST_METRICS, Grain, Metric, Offers
from core.ops.overview import ConnectedAccount
from core.ui import data, downloads, facts, insight_text, links, post_facts, rate_text, text
from core.warehouse import curve_queries

CURVES = (Metric.IMPRESSIONS, Metric.ENGAGEMENTS, Metric.LIKES, Metric.COMMENTS)


@dataclass(frozen=True, slots=True)
class OnePost:
    """A post, its account, and the zone of its business."""

    row: "pd.Series[Any]"
    account: ConnectedAccount
    zone: str

    @property
    def kind(self) -> str:
        return str(self.row["kind"])


def find(account_id: int, post_id: str) -> OnePost | None:
    """The post of a connected account, None where there is none."""
    account = next((one for one in data.accounts() if one.id == account_id), None)
    if account is None:
        return None
    span = post_facts.span_to_today(account)
    found = data.ask(curve_queries.one_post, span, post_id)
    return None if found.empty else OnePost(found.iloc[0], account, span.zone)


def head(post: OnePost) -> None:
    """Who, where, when and what; the text as it is, never as Markdown."""
    row, platform = post.row, text.PLATFORMS[post.account.platform]
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.badge(platform, color="gray")
            st.badge(insight_text.kind(post.kind), color="gray")
            if pd.notna(row["gone_at"]):
                st.badge("Taken down", icon=":material/delete:", color="orange", help=insight_text.GONE)
            st.caption(insight_text.published(row["published_local"], post.zone), width="content")
        st.text(post.account.name)
        st.text(row["text"] if isinstance(row["text"], str) else insight_text.NO_TEXT, width="stretch")
        if isinstance(row["permalink"], str) and row["permalink"].startswith("https://"):
            st.link_button(f"Open on {platform}", row["permalink"], icon=":material/open_in_new:")
        else:
            st.caption(insight_text.POST_LINK_GONE)


def numbers(post: OnePost) -> None:
    """Every counter with its state: a number, zero included, not offered, or not known."""
    offers = facts.offers_of(post.account.platform)
    downloads.keep("Post", post.row.to_frame().T.infer_objects())
    st.caption(insight_text.changed(post.row["changed_at"], post.zone))
    with st.grid(5, min_column_width=150, gap="small"):
        _rate(post)
        for metric in POST_METRICS:
            with st.container(border=True, gap="xsmall", height="stretch"):
                value = None if pd.isna(post.row[metric]) else float(post.row[metric])
                st.metric(CATALOG[metric].label, text.exact(value), help=insight_text.explanation(metric))
                st.caption(_state(post, metric, value, offers))


def life(post: OnePost) -> None:
    """The curve of a counter beside the one that is usual for the account at the same age."""
    st.subheader("Life curve", anchor=False)
    labels = {CATALOG[metric].label: metric for metric in CURVES}
    with links.followed({"post_counter": labels}):
        label = st.segmented_control(
            "Counter",
            list(labels),
            default=CATALOG[CURVES[0]].label,
            required=True,
            key="post_counter",
            bind="query-params",
            on_change=links.forget,
        )
    metric = labels[label or CATALOG[CURVES[0]].label]
    ids = (post.account.id, str(post.row["post_id"]))
    adds_clicks = facts.adds_clicks(post.account, Grain.POST_LIFETIME)
    counter = curve_queries.counter_sql(metric, adds_clicks=adds_clicks)
    seen = data.ask(curve_queries.snapshots, *ids, counter)
    if seen.empty:
        st.caption(insight_text.no_curve(CATALOG[metric].label))
        return
    of_kind = told_ages(data.ask(curve_queries.typical_curve, *ids, counter, (post.kind,)))
    every_kind = tuple(insight_text.KINDS)
    downloads.keep("Life curve", seen)
    typical = told_ages(data.ask(curve_queries.typical_curve, *ids, counter, every_kind)) if of_kind.empty else of_kind
    downloads.keep("Usual curve", typical)
    figure = curves.life_curve(
        seen, typical, unit=CATALOG[metric].label.lower(), color=PLATFORM_COLORS[post.account.platform]
    )
    alt = f"{CATALOG[metric].label} of the post by its age, beside the usual of its account"
    st.plotly_chart(figure, key=f"post_curve_{metric}", config={"displayModeBar": False}, alt=alt)
    st.caption(insight_text.beside(typical, None if of_kind.empty else post.kind, LEAST_POSTS))
    st.caption(insight_text.first_seen(float(seen["age_h"].min())))


def _state(post: OnePost, metric: Metric, value: float | None, offers: Offers) -> str:
    """Where the number comes from; of engagements also whether the clicks are part of them."""
    platform = text.PLATFORMS[post.account.platform]
    said = insight_text.state_of(value, offers.get((Grain.POST_LIFETIME, metric)), platform)
    if metric is not Metric.ENGAGEMENTS or not post.account.rule.counts_clicks:
        return said
    if not facts.adds_clicks(post.account, Grain.POST_LIFETIME):
        return f"{said}. {rate_text.with_clicks([], [platform])}"
    return rate_text.clicks_of_post(
        said, is_known=value is not None, are_clicks_known=pd.notna(post.row[Metric.CLICKS])
    )


def _rate(post: OnePost) -> None:
    rate = None if pd.isna(post.row["rate"]) else float(post.row["rate"])
    with st.container(border=True, gap="xsmall", height="stretch"):
        st.metric("Engagement rate", text.percent(rate), help=insight_text.RATE)
        st.caption(rate_text.of_post(post.account.rule.base))
        st.caption(insight_text.against(post_facts.usual_of(post.account, post.kind), rate))
