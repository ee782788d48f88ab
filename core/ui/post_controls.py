"""Which posts does the viewer want to see? Search, kinds, hashtags and order, kept in the URL."""

from dataclasses import dataclass

import streamlit as st

from core.ui import insight_text, links
from core.warehouse.post_queries import AccountSpan, PostFilter, PostOrder


@dataclass(frozen=True, slots=True)
class PostChoice:
    """The posts and their order."""

    wanted: PostFilter
    order: PostOrder


def draw(spans: tuple[AccountSpan, ...], hashtags: list[str]) -> PostChoice:
    """The controls of the posts page in a row that wraps; `hashtags` are those that can be chosen."""
    kind_of = {label: kind for kind, label in insight_text.KINDS.items()}
    order_of = {label: order for order, label in insight_text.ORDERS.items()}
    allowed = {"posts_kind": kind_of, "posts_hashtag": hashtags, "posts_order": order_of}
    with links.followed(allowed), st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        search = st.text_input(
            "Search the text",
            key="posts_search",
            bind="query-params",
            on_change=links.forget,
            placeholder="Any word",
            width=220,
            icon=":material/search:",
        )
        kinds = st.multiselect(
            "Kinds",
            list(kind_of),
            key="posts_kind",
            bind="query-params",
            on_change=links.forget,
            placeholder="All kinds",
            width=220,
        )
        tags = st.multiselect(
            "Hashtags",
            hashtags,
            key="posts_hashtag",
            bind="query-params",
            on_change=links.forget,
            placeholder="All posts",
            width=220,
        )
        order = st.selectbox(
            "Order", list(order_of), key="posts_order", bind="query-params", on_change=links.forget, width=190
        )
    chosen = PostFilter(spans, tuple(kind_of[label].value for label in kinds), tuple(tags), (search or "").strip())
    return PostChoice(chosen, order_of[order])


def asked_post() -> tuple[int, str] | None:
    """The account and the post that the URL of a post's page names, None where it names none."""
    account, post = st.query_params.get("account", ""), st.query_params.get("post", "")
    is_number = account.isascii() and account.isdecimal() and len(account) < 18
    return (int(account), post) if is_number and post else None
