"""What can the pages ask of a published copy? Plain queries: ids and days in, frames out."""

from collections.abc import Sequence
from datetime import date, datetime

import pandas as pd

from core.metrics import ACCOUNT_METRICS, POST_METRICS
from core.warehouse.connection import PublishedWarehouse

_DAY_COUNTERS = ", ".join(ACCOUNT_METRICS)
_POST_COUNTERS = ", ".join(f"l.{counter}" for counter in POST_METRICS)


def account_days(published: PublishedWarehouse, account_ids: Sequence[int], first: date, last: date) -> pd.DataFrame:
    """One row per account and day, both ends included: account_id, day, and every account counter (NULL = not known)."""
    return published.frame(
        f"""
        SELECT account_id, day, {_DAY_COUNTERS} FROM account_daily
        WHERE account_id IN (SELECT unnest(?::BIGINT[])) AND day BETWEEN ? AND ?
        ORDER BY account_id, day
        """,  # noqa: S608  # names of the Metric enum
        [list(account_ids), first, last],
    )


def posts_published(
    published: PublishedWarehouse, account_ids: Sequence[int], from_at: datetime, before_at: datetime
) -> pd.DataFrame:
    """Posts published in [from_at, before_at) (naive UTC) with their newest counters."""
    return published.frame(
        f"""
        SELECT p.account_id, p.post_id, p.kind, p.text, p.permalink, p.published_at, {_POST_COUNTERS}
        FROM posts AS p LEFT JOIN post_latest AS l USING (account_id, post_id)
        WHERE p.account_id IN (SELECT unnest(?::BIGINT[])) AND p.published_at >= ? AND p.published_at < ?
        ORDER BY p.published_at DESC
        """,  # noqa: S608  # names of the Metric enum
        [list(account_ids), from_at, before_at],
    )


def freshness(published: PublishedWarehouse) -> pd.DataFrame:
    """Per account and data set: when it was last looked at and up to when it is covered (naive UTC)."""
    return published.frame("SELECT account_id, data_set, observed_at, covered_to FROM covered ORDER BY ALL")


def newest_days(published: PublishedWarehouse) -> pd.DataFrame:
    """Per account: the newest day with a number of that day; followers, which are known of every sync, do not count."""
    return published.frame(
        """
        SELECT account_id, max(day) AS day FROM account_daily
        WHERE coalesce(impressions, reach, engagements, clicks, video_views, profile_views) IS NOT NULL
        GROUP BY account_id ORDER BY account_id
        """
    )


def post_times(
    published: PublishedWarehouse, account_ids: Sequence[int], from_at: datetime, before_at: datetime
) -> pd.DataFrame:
    """When posts were published in [from_at, before_at) (naive UTC): account_id, published_at."""
    return published.frame(
        """
        SELECT account_id, published_at FROM posts
        WHERE account_id IN (SELECT unnest(?::BIGINT[])) AND published_at >= ? AND published_at < ?
        ORDER BY account_id, published_at
        """,
        [list(account_ids), from_at, before_at],
    )


def posts_known(published: PublishedWarehouse, account_ids: Sequence[int]) -> pd.DataFrame:
    """Per account whose posts were ever read: how many are known, and between which instants (naive UTC) all of them are.

    `known_from` is NULL where a look found none at all.
    """
    return published.frame(
        """
        SELECT account_id, coalesce(counted.posts, 0) AS posts, covered_from AS known_from,
            coalesce(covered_to, observed_at) AS known_to
        FROM covered
        LEFT JOIN (SELECT account_id, count(*) AS posts FROM posts GROUP BY account_id) AS counted USING (account_id)
        WHERE data_set = 'posts' AND account_id IN (SELECT unnest(?::BIGINT[])) ORDER BY account_id
        """,
        [list(account_ids)],
    )
