"""Since when are the followers of an account known, and who came and went in a period?"""

from collections.abc import Sequence
from datetime import date

import pandas as pd

from core.warehouse.connection import PublishedWarehouse


def histories(published: PublishedWarehouse, account_ids: Sequence[int], first: date, last: date) -> pd.DataFrame:
    """Per account: connected_at (naive UTC), the first day with followers; of the period: days with followers, gains, losses.

    Gains and losses come with the number of days that they are known of.
    """
    return published.frame(
        """
        SELECT a.account_id, any_value(a.connected_at) AS connected_at, min(day) FILTER (followers IS NOT NULL) AS first_day,
            count(followers) FILTER (day BETWEEN $first AND $last) AS days,
            sum(followers_gained) FILTER (day BETWEEN $first AND $last)::BIGINT AS gained,
            count(followers_gained) FILTER (day BETWEEN $first AND $last) AS gained_days,
            sum(followers_lost) FILTER (day BETWEEN $first AND $last)::BIGINT AS lost,
            count(followers_lost) FILTER (day BETWEEN $first AND $last) AS lost_days
        FROM accounts AS a LEFT JOIN account_daily AS d USING (account_id)
        WHERE a.account_id IN (SELECT unnest($accounts::BIGINT[]))
        GROUP BY a.account_id ORDER BY a.account_id
        """,
        {"accounts": list(account_ids), "first": first, "last": last},
    )


def metric_events(published: PublishedWarehouse, platforms: Sequence[str], first: date, last: date) -> pd.DataFrame:
    """platform, metric, grain, day, event: what became of metrics on these days."""
    return published.frame(
        """
        SELECT platform, metric, note AS grain, day, event FROM metric_events
        WHERE list_contains($platforms::VARCHAR[], platform) AND day BETWEEN $first AND $last ORDER BY ALL
        """,
        {"platforms": list(platforms), "first": first, "last": last},
    )


def gains_and_losses(
    published: PublishedWarehouse, account_ids: Sequence[int], first: date, last: date
) -> pd.DataFrame:
    """platform, day, gained, lost: the known ones added up, a row for each day that has one (NULL = not known)."""
    return published.frame(
        """
        SELECT a.platform, d.day, sum(followers_gained)::BIGINT AS gained, sum(followers_lost)::BIGINT AS lost,
            count(*) FILTER (followers_gained IS NOT NULL OR followers_lost IS NOT NULL) AS counted
        FROM account_daily AS d JOIN accounts AS a USING (account_id)
        WHERE d.account_id IN (SELECT unnest($accounts::BIGINT[])) AND d.day BETWEEN $first AND $last
            AND (followers_gained IS NOT NULL OR followers_lost IS NOT NULL)
        GROUP BY ALL ORDER BY ALL
        """,
        {"accounts": list(account_ids), "first": first, "last": last},
    )
