"""When was a platform asked for some days, what became of its metrics, and since when is each known?"""

from collections.abc import Sequence
from datetime import date, datetime

import pandas as pd

from core.metrics import ACCOUNT_METRICS, POST_METRICS, Metric
from core.warehouse.connection import PublishedWarehouse


def asked_for(
    published: PublishedWarehouse,
    account_ids: Sequence[int],
    firsts: Sequence[date],
    lasts: Sequence[date],
    in_time_until: Sequence[datetime],
) -> pd.DataFrame:
    """Per span of an account's days: number (its place), last_at (naive UTC), in_time.

    A look counts where it asked for the first of the days and came after the last one was over; it was in time until the instant.
    """
    return published.frame(
        """
        WITH spans AS (
            SELECT unnest(range(len($accounts::BIGINT[]))) AS number, unnest($accounts::BIGINT[]) AS account_id,
                unnest($firsts::DATE[]) AS first, unnest($lasts::DATE[]) AS last, unnest($until::TIMESTAMP[]) AS until
        ),
        looks AS (
            SELECT account_id, observed_at, covered_from::DATE AS asked_from FROM observations
            WHERE data_set = 'account_days' AND covered_from IS NOT NULL AND account_id IN (SELECT account_id FROM spans)
        )
        SELECT number, max(observed_at) AS last_at, coalesce(bool_or(observed_at <= until), false) AS in_time
        FROM spans LEFT JOIN looks ON looks.account_id = spans.account_id AND asked_from <= first
            AND observed_at >= last + INTERVAL 1 DAY
        GROUP BY number ORDER BY number
        """,
        {
            "accounts": list(account_ids),
            "firsts": list(firsts),
            "lasts": list(lasts),
            "until": list(in_time_until),
        },
    )


def newest_asked(published: PublishedWarehouse) -> pd.DataFrame:
    """Per account: the newest day that was given, or the last look where none was (naive UTC); the next sync starts from there."""
    return published.frame(
        """
        SELECT account_id, coalesce(covered_to, observed_at) AS covered_to FROM covered
        WHERE data_set = 'account_days' ORDER BY account_id
        """
    )


def metric_events(published: PublishedWarehouse) -> pd.DataFrame:
    """platform, metric, grain, day, event: all that ever became of metrics, the oldest first."""
    return published.frame(
        "SELECT platform, metric, note AS grain, day, event FROM metric_events ORDER BY day, platform, metric, grain, event"
    )


def days_known(published: PublishedWarehouse) -> pd.DataFrame:
    """platform, metric: of how many accounts there are numbers per day, and the first and the last such day."""
    return _known(published, "account_daily", "day", ACCOUNT_METRICS)


def posts_known(published: PublishedWarehouse) -> pd.DataFrame:
    """platform, metric: of how many accounts there are numbers of posts, and when the first and the last such post was published."""
    source = "post_latest JOIN posts USING (account_id, post_id)"
    return _known(published, source, "published_at", POST_METRICS)


def _known(published: PublishedWarehouse, source: str, at: str, metrics: Sequence[Metric]) -> pd.DataFrame:
    """One pass over the rows by account, then one over the accounts; a row for each platform and metric."""
    ends = ", ".join(
        f"min({at}) FILTER ({one} IS NOT NULL)::DATE AS first_{one}, max({at}) FILTER ({one} IS NOT NULL)::DATE AS last_{one}"
        for one in metrics
    )
    told = ", ".join(
        f"struct_pack(metric := '{one}', accounts := count(first_{one}), first_day := min(first_{one}), last_day := max(last_{one}))"
        for one in metrics
    )
    return published.frame(
        f"""
        WITH by_account AS (SELECT account_id, {ends} FROM {source} GROUP BY account_id),
        told AS (SELECT platform, unnest([{told}]) AS one FROM by_account JOIN accounts USING (account_id) GROUP BY platform)
        SELECT platform, one.metric AS metric, one.accounts AS accounts, one.first_day AS first_day, one.last_day AS last_day
        FROM told ORDER BY platform, metric
        """  # noqa: S608  # names of the Metric enum
    )
