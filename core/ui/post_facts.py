"""Which posts are in scope, and what is known of them? The filter of a page as the queries take it, and their answers."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pandas as pd

from core import measuring
from core.analytics.periods import Period
from core.domain import Platform
from core.metrics import POST_METRICS, Grain, Metric
from core.ops.overview import ConnectedAccount
from core.ui import data, facts, text
from core.warehouse import post_queries
from core.warehouse.post_queries import AccountSpan, PostFilter, PostOrder

MOST_POSTS = 1000
"""More rows than this make a table slow in the browser; the order decides which."""

MOST_HASHTAGS = 200


def spans(accounts: Sequence[ConnectedAccount], period: Period) -> tuple[AccountSpan, ...]:
    """The period of each account: from midnight to midnight in the zone of its business."""
    return measuring.spans_of(accounts, period, zones_of(accounts))


def span_to_today(account: ConnectedAccount) -> AccountSpan:
    """One account, up to the midnight that today began with."""
    today = data.now().astimezone(text.zone_info(zones_of([account])[account.id])).date()
    (span,) = spans([account], Period.ending(today - timedelta(days=1), days=1))
    return span


def all_of(spans: tuple[AccountSpan, ...]) -> PostFilter:
    """Every post of the spans."""
    return PostFilter(spans)


def listed(
    wanted: PostFilter, order: PostOrder, *, limit: int = MOST_POSTS, min_age: timedelta | None = None
) -> pd.DataFrame:
    """The first posts in this order; `min_age` leaves out those that are younger."""
    before_at = _hour_before(min_age) if min_age else None
    return data.ask(post_queries.posts_in_order, wanted, order, limit, before_at)


def count_compared(wanted: PostFilter, *, min_age: timedelta) -> int:
    """How many posts stand against what is usual."""
    return int(data.ask(post_queries.posts_compared, wanted, _hour_before(min_age))["posts"].iloc[0])


def sums(wanted: PostFilter) -> "pd.Series[float]":
    """How many posts, the sums of their counters, and of how many posts each is known."""
    return data.ask(post_queries.post_sums, wanted).iloc[0]


def hashtags(wanted: PostFilter) -> list[str]:
    """The hashtags in use, the most used first."""
    return list(data.ask(post_queries.hashtags_used, wanted, MOST_HASHTAGS)["hashtag"])


def not_offered(platforms: Sequence[Platform]) -> dict[Metric, list[Platform]]:
    """Per counter: the platforms of these that do not give it for a post."""
    offers = {platform: facts.offers_of(platform) for platform in platforms}
    return {
        metric: [platform for platform in platforms if (Grain.POST_LIFETIME, metric) not in offers[platform]]
        for metric in POST_METRICS
    }


def platforms_of(accounts: Sequence[ConnectedAccount]) -> list[Platform]:
    """The platforms of these accounts, in their usual order."""
    found = {account.platform for account in accounts}
    return [platform for platform in Platform if platform in found]


def _hour_before(min_age: timedelta) -> datetime:
    """The full hour so long ago (naive UTC): a key of the cache that is good for an hour."""
    return data.now().astimezone(UTC).replace(tzinfo=None, minute=0, second=0, microsecond=0) - min_age


def zones_of(accounts: Sequence[ConnectedAccount]) -> dict[int, str]:
    """By account: the zone of its business."""
    zones = {business.id: str(text.zone_info(business.timezone)) for business in data.businesses()}
    return {account.id: zones.get(account.business_id, "UTC") for account in accounts}


def usual_of(account: ConnectedAccount, kind: str) -> tuple[float | None, int]:
    """The median rate of the account's posts of a kind up to today, and of how many."""
    row = data.ask(post_queries.usual_rate, span_to_today(account), kind).iloc[0]
    return (None if pd.isna(row["rate"]) else float(row["rate"])), int(row["posts"])
