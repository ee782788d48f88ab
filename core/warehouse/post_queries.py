"""What can the pages ask of posts? Lists, sums and medians of the posts of some accounts, each in its own span of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import pandas as pd

from core.domain import RateBase
from core.metrics import POST_METRICS, Metric
from core.warehouse.connection import PublishedWarehouse
from core.warehouse.post_rates import ASKED, ENGAGEMENTS, FOLLOWED, MEASURED_POSTS, RATE

LONGEST_TEXT = 95
"""A table shows the beginning, three lines of it; the post's own page has the whole."""

USUAL_DAYS = 180
LEAST_USUAL = 5
"""What is usual for an account is the median of its posts of these days before the end, where there are so many of a kind."""


class PostOrder(StrEnum):
    """By what posts are put in order, the most of it first."""

    NEWEST = "newest"
    RATE = "rate"
    AGAINST_USUAL = "against_usual"
    LEAST_AGAINST_USUAL = "least_against_usual"
    IMPRESSIONS = "impressions"
    ENGAGEMENTS = "engagements"
    COMMENTS = "comments"
    CLICKS = "clicks"


@dataclass(frozen=True, slots=True)
class AccountSpan:
    """An account and the instants [from_at, before_at) (naive UTC) of its posts, and how its business counts engagement.

    `zone` is the one of its business, `day_zone` the one its platform cuts days in.
    """

    account_id: int
    from_at: datetime
    before_at: datetime
    zone: str
    base: RateBase = RateBase.IMPRESSIONS
    adds_clicks: bool = False
    day_zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class PostFilter:
    """Which posts: of these accounts and spans; empty kinds and hashtags are all, `search` is part of the text."""

    spans: tuple[AccountSpan, ...]
    kinds: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    search: str = ""


_ORDERS = {
    PostOrder.NEWEST: "published_at DESC",
    PostOrder.RATE: "rate DESC NULLS LAST",
    PostOrder.AGAINST_USUAL: "against_usual DESC NULLS LAST",
    PostOrder.LEAST_AGAINST_USUAL: "against_usual ASC NULLS LAST",
    PostOrder.IMPRESSIONS: "impressions DESC NULLS LAST",
    PostOrder.ENGAGEMENTS: "engagements DESC NULLS LAST",
    PostOrder.COMMENTS: "comments DESC NULLS LAST",
    PostOrder.CLICKS: "clicks DESC NULLS LAST",
}
_SUMS = ", ".join(f"sum({name})::BIGINT AS {name}, count({name}) AS {name}_known" for name in POST_METRICS)
_OTHERS = tuple(name for name in POST_METRICS if name is not Metric.ENGAGEMENTS)
_COUNTERS = ", ".join([*(f"l.{name}" for name in _OTHERS), f"{ENGAGEMENTS} AS engagements"])

SCOPED = f"""
    {ASKED}, {FOLLOWED},
    scoped AS (
        SELECT p.*, {_COUNTERS}, {RATE} AS rate, asked.zone
        FROM {MEASURED_POSTS}
        WHERE p.published_at >= asked.from_at AND p.published_at < asked.before_at
            AND (len($kinds) = 0 OR list_contains($kinds::VARCHAR[], p.kind))
            AND (len($hashtags) = 0 OR list_has_any(list_transform(p.hashtags, lambda tag: lower(tag)), $hashtags::VARCHAR[]))
            AND ($search = '' OR contains(lower(p.text), lower($search)))
    )
"""  # noqa: S608  # ours
"""The posts of a PostFilter with their newest counters; a rate where engagements and what they are a share of are both known."""

_USUAL = f"""
    usual AS (
        SELECT p.account_id, p.kind, median({RATE}) AS usual_rate, count({RATE}) AS usual_posts
        FROM {MEASURED_POSTS}
        WHERE p.published_at >= asked.before_at - INTERVAL {USUAL_DAYS} DAY AND p.published_at < asked.before_at
        GROUP BY ALL
    )
"""  # noqa: S608  # a constant of ours
_AGAINST_USUAL = f"CASE WHEN usual_posts >= {LEAST_USUAL} THEN rate / nullif(usual_rate, 0) END"
_BEGINNING = (
    f"CASE WHEN len(one_line) > {LONGEST_TEXT} THEN left(one_line, {LONGEST_TEXT - 1}) || '…' ELSE one_line END"
)
_PICKED = r"""
    picked AS MATERIALIZED (
        SELECT *, trim(regexp_replace(text, '\s+', ' ', 'g')) AS one_line FROM posts SEMI JOIN chosen USING (account_id, post_id)
    )
"""
"""The chosen posts alone: joined first, lest the texts of all posts be carried through every other join."""
_BY_USUAL = (PostOrder.AGAINST_USUAL, PostOrder.LEAST_AGAINST_USUAL)


def posts_in_order(
    published: PublishedWarehouse, wanted: PostFilter, order: PostOrder, limit: int, before_at: datetime | None = None
) -> pd.DataFrame:
    """The first posts of an order, with the beginning of their text, their rate, and this against what is usual.

    `usual_rate` is the median of the account's posts of the kind; `before_at` leaves the younger posts out. They are chosen
    by what puts them in order; texts and times are read of the chosen ones alone, which at 10 million snapshots is half the time.
    """
    compared = f"SELECT *, {_AGAINST_USUAL} AS against_usual FROM scoped LEFT JOIN usual USING (account_id, kind)"  # noqa: S608  # ours
    in_order = f"{_ORDERS[order]}, published_at DESC, account_id, post_id"
    return published.frame(
        f"""
        WITH {SCOPED}, {_USUAL}, compared AS ({compared if order in _BY_USUAL else "FROM scoped"}),
        chosen AS (
            SELECT account_id, post_id FROM compared WHERE $before_at IS NULL OR published_at < $before_at
            ORDER BY {in_order} LIMIT {int(limit)}
        ),
        {_PICKED}
        SELECT p.account_id, p.post_id, p.kind, {_BEGINNING} AS text, p.permalink, p.media_url, p.published_at,
            p.published_at AT TIME ZONE 'UTC' AT TIME ZONE zone AS published_local, p.gone_at, {_COUNTERS}, {RATE} AS rate,
            usual_rate, usual_posts, {_AGAINST_USUAL} AS against_usual
        FROM {MEASURED_POSTS.replace("posts AS p", "picked AS p")} LEFT JOIN usual USING (account_id, kind)
        ORDER BY {in_order}
        """,  # noqa: S608  # an order of ours and a number
        parameters(wanted) | {"before_at": before_at},
    )


def posts_compared(published: PublishedWarehouse, wanted: PostFilter, before_at: datetime) -> pd.DataFrame:
    """One row: how many posts published before an instant stand against what is usual."""
    return published.frame(
        f"WITH {SCOPED}, {_USUAL} SELECT count({_AGAINST_USUAL}) AS posts"  # noqa: S608  # ours
        " FROM scoped LEFT JOIN usual USING (account_id, kind) WHERE published_at < $before_at",
        parameters(wanted) | {"before_at": before_at},
    )


def post_sums(published: PublishedWarehouse, wanted: PostFilter) -> pd.DataFrame:
    """One row: how many posts, each counter's sum and of how many posts it is known, the median rate and of how many."""
    return published.frame(
        f"WITH {SCOPED} SELECT count(*) AS posts, {_SUMS}, median(rate) AS rate, count(rate) AS rate_known,"  # noqa: S608  # ours
        " count(DISTINCT account_id) AS accounts FROM scoped",
        parameters(wanted),
    )


def usual_rate(published: PublishedWarehouse, span: AccountSpan, kind: str) -> pd.DataFrame:
    """One row: the median rate of an account's posts of a kind up to the end of its span, and of how many."""
    return published.frame(
        f"""
        WITH {ASKED}, {FOLLOWED}
        SELECT median({RATE}) AS rate, count({RATE}) AS posts FROM {MEASURED_POSTS}
        WHERE p.kind = $kind AND p.published_at >= before_at - INTERVAL {USUAL_DAYS} DAY AND p.published_at < before_at
        """,  # noqa: S608  # ours
        asked((span,)) | {"kind": kind},
    )


def hashtags_used(published: PublishedWarehouse, wanted: PostFilter, limit: int) -> pd.DataFrame:
    """The hashtags of these posts, the most used first: hashtag (in lower case), posts."""
    return published.frame(
        f"""
        WITH {SCOPED}
        SELECT lower(tag) AS hashtag, count(*) AS posts FROM scoped, unnest(hashtags) AS used(tag)
        GROUP BY ALL ORDER BY posts DESC, hashtag LIMIT {int(limit)}
        """,  # noqa: S608  # a number
        parameters(wanted),
    )


def parameters(wanted: PostFilter) -> dict[str, object]:
    """The filter as the query takes it."""
    return asked(wanted.spans) | {
        "kinds": list(wanted.kinds),
        "hashtags": [tag.lower() for tag in wanted.hashtags],
        "search": wanted.search.strip(),
    }


def asked(spans: Sequence[AccountSpan]) -> dict[str, object]:
    """The accounts as ASKED takes them."""
    return {
        "accounts": [span.account_id for span in spans],
        "from_ats": [span.from_at for span in spans],
        "before_ats": [span.before_at for span in spans],
        "zones": [span.zone for span in spans],
        "bases": [span.base.value for span in spans],
        "adds_clicks": [span.adds_clicks for span in spans],
        "day_zones": [span.day_zone for span in spans],
    }
