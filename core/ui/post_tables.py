"""How are many posts drawn? What they come to, and a table of them that opens each one's own page."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.analytics.engagement import agree_on_engagements, agree_on_rates
from core.domain import EngagementRule, Platform
from core.metrics import CATALOG, POST_METRICS, Metric
from core.ops.overview import ConnectedAccount
from core.settings import PROJECT_ROOT
from core.ui import downloads, insight_text, rate_text, text

POST_PAGE = PROJECT_ROOT / "pages" / "insights" / "post.py"
POSTS_PAGE = PROJECT_ROOT / "pages" / "insights" / "posts.py"
_KEYS = ("account_id", "post_id")
_SUMMED = (Metric.IMPRESSIONS, Metric.ENGAGEMENTS, Metric.COMMENTS)
_ROW_HEIGHT = 64
_NAMES = {"business_best": "Best posts", "business_worst": "Worst posts"}

Offered = Mapping[Metric, Sequence[Platform]]
"""Per counter: the platforms in scope that do not give it for a post."""


def sums_row(sums: "pd.Series[float]", rules: Collection[EngagementRule]) -> None:
    """What the posts come to: how many, some of their counters, their median rate, and what each is made of.

    Where the rules of their businesses differ, a reason takes the place of what they do not make together.
    """
    posts = int(sums["posts"])
    downloads.keep("Sums of posts", sums.to_frame().T)
    with st.grid(2 + len(_SUMMED), min_column_width=170, gap="small"):
        _card("Posts published", text.number(posts), "Posts of the period that fit the filters.", _in_accounts(sums))
        for metric in _SUMMED:
            known = int(sums[f"{metric}_known"])
            value = text.number(float(sums[metric])) if known else text.MISSING
            made_of = insight_text.of_posts(known, posts)
            if metric is Metric.ENGAGEMENTS and not agree_on_engagements(rules):
                value, made_of = text.MISSING, rate_text.NO_SUM
            elif metric is Metric.ENGAGEMENTS and any(rule.counts_clicks for rule in rules):
                made_of = rate_text.lines([made_of, rate_text.CLICKS_OF_POSTS])
            _card(CATALOG[metric].label, value, insight_text.explanation(metric), made_of)
        _median_rate(sums, rules)


def post_table(
    posts: pd.DataFrame,
    accounts: Sequence[ConnectedAccount],
    not_offered: Offered,
    *,
    key: str,
    columns: Sequence[str] | None = None,
) -> None:
    """The posts, a row each, with these columns or all; a click on Open looks at one."""
    named = {account.id: account for account in accounts}
    offered = [metric for metric in POST_METRICS if len(not_offered[metric]) < len({a.platform for a in accounts})]
    frame = _frame(posts, named, offered)
    downloads.keep(_NAMES.get(key, "Posts"), _with_names(posts, named))
    ids = [(int(account), str(post)) for account, post in posts[[*_KEYS]].itertuples(index=False)]
    st.dataframe(
        frame,
        hide_index=True,
        column_order=columns,
        key=key,
        column_config=_columns(offered, key, ids, [account.rule for account in accounts]),
        placeholder=text.MISSING,
        row_height=_ROW_HEIGHT,
        height="auto" if len(frame) < 10 else 10 * _ROW_HEIGHT + 40,
    )


def _with_names(posts: pd.DataFrame, named: Mapping[int, ConnectedAccount]) -> pd.DataFrame:
    """As they were asked for, with the account and the platform in words."""
    of = [named[int(account_id)] for account_id in posts["account_id"]]
    words = {"account": [one.name for one in of], "platform": [one.platform.value for one in of]}
    return posts.assign(**words)


def opened_post(ids: Sequence[tuple[int, str]], click_key: str) -> None:
    """Remember which post's row was clicked: a callback cannot leave for another page, the page itself does."""
    click = st.session_state.get(click_key)
    if click is not None:
        st.session_state["post_to_open"] = ids[click["row"]]


def follow_opened() -> None:
    """Go to the page of the post that was clicked."""
    opened = st.session_state.pop("post_to_open", None)
    if opened:
        st.switch_page(POST_PAGE, query_params={"account": str(opened[0]), "post": opened[1]})


def link_back() -> None:
    """The way from a post to the list."""
    st.page_link(POSTS_PAGE, label="All posts", icon=":material/arrow_back:")


def what_is_not_in_table(not_offered: Offered, *, shown: int, posts: int) -> None:
    """How many posts a table leaves out, and which of its dashes can never be a number."""
    if shown < posts:
        st.caption(insight_text.shown_of(shown, posts))
    lacking: dict[str, list[str]] = {}
    for metric, silent in not_offered.items():
        if silent:
            who = text.listed([text.PLATFORMS[platform] for platform in silent])
            lacking.setdefault(who, []).append(CATALOG[metric].label.lower())
    st.caption(insight_text.dashes(lacking))


def _card(label: str, value: str, explanation: str, made_of: str) -> None:
    with st.container(border=True, gap="xsmall", height="stretch"):
        st.metric(label, value, help=explanation)
        st.caption(made_of)


def _median_rate(sums: "pd.Series[float]", rules: Collection[EngagementRule]) -> None:
    rated = int(sums["rate_known"])
    rate, made_of = text.MISSING, rate_text.no_total(rules)
    if agree_on_rates(rules):
        rate = text.percent(float(sums["rate"]) if rated else None)
        (rule,) = set(rules)
        made_of = rate_text.lines(
            [insight_text.of_posts(rated, int(sums["posts"])), rate_text.by(rule.base).capitalize()]
        )
    _card("Median rate", rate, insight_text.MEDIAN_RATE, made_of)


def _in_accounts(sums: "pd.Series[float]") -> str:
    return f"In {text.count(int(sums['accounts']), 'account')}"


def _frame(posts: pd.DataFrame, named: Mapping[int, ConnectedAccount], counters: Sequence[Metric]) -> pd.DataFrame:
    """The columns as they are shown, in their order."""
    of = [named[int(account_id)] for account_id in posts["account_id"]]
    rules = [account.rule for account in named.values()]
    has_names = len(named) > len({account.platform for account in named.values()})
    shown: dict[str, Any] = {
        "Open": ["Open"] * len(posts),
        "Picture": posts["media_url"],
        "Text": posts["text"],
        **({"Account": [account.name for account in of]} if has_names else {}),
        "Platform": [text.PLATFORMS[account.platform] for account in of],
        "Kind": [insight_text.kind(kind) for kind in posts["kind"]],
        "Published": posts["published_local"],
        "Rate": posts["rate"].astype("float64") * 100,
        **({} if agree_on_rates(rules) else {"Rate is": [rate_text.rule(account.rule) for account in of]}),
        "Against usual": posts["against_usual"].astype("float64"),
        **{CATALOG[metric].label: posts[metric] for metric in counters},
        "Link": posts["permalink"],
    }
    return pd.DataFrame(shown, index=posts.index)


def _columns(
    counters: Sequence[Metric], key: str, ids: Sequence[tuple[int, str]], rules: Collection[EngagementRule]
) -> dict[str, Any]:
    click = f"{key}_open"
    column = st.column_config
    return {
        "Open": column.ButtonColumn("", type="tertiary", key=click, on_click=opened_post, args=(ids, click), width=62),
        "Picture": column.ImageColumn("", width=56),
        "Text": column.TextColumn(width=270),
        "Account": column.TextColumn(width=140),
        "Published": column.DatetimeColumn(format="D MMM YY, HH:mm", help=insight_text.PUBLISHED, width=122),
        "Rate": column.NumberColumn(
            rate_text.label("Rate", rules), format="%.1f %%", help=insight_text.RATE, width=136
        ),
        "Rate is": column.TextColumn(help=rate_text.RATE_IS, width=140),
        "Against usual": column.NumberColumn(format="%.1f ×", help=insight_text.AGAINST_USUAL, width=104),
        **{
            CATALOG[metric].label: column.NumberColumn(format="compact", help=insight_text.explanation(metric))
            for metric in counters
        },
        "Link": column.LinkColumn(
            "", display_text=":material/open_in_new:", help="To the post on its platform", width=48
        ),
    }
