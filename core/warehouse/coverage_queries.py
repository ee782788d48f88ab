"""Which days of an account were asked for, and on which days was it looked at?"""

from collections.abc import Sequence
from datetime import date

import pandas as pd

from core.warehouse.connection import PublishedWarehouse


def days_asked(published: PublishedWarehouse, account_ids: Sequence[int], first: date, last: date) -> pd.DataFrame:
    """account_id, day: the days of the period that some sync asked the platform for."""
    return published.frame(
        """
        WITH asked AS (
            SELECT DISTINCT account_id, greatest(covered_from::DATE, $first::DATE) AS from_day,
                least(coalesce(covered_to, observed_at)::DATE, $last::DATE) AS to_day
            FROM observations
            WHERE data_set = 'account_days' AND covered_from IS NOT NULL AND account_id IN (SELECT unnest($accounts::BIGINT[]))
        )
        SELECT DISTINCT account_id, unnest(generate_series(from_day::TIMESTAMP, to_day::TIMESTAMP, INTERVAL 1 DAY)) AS day
        FROM asked WHERE from_day <= to_day ORDER BY ALL
        """,
        {"accounts": list(account_ids), "first": first, "last": last},
    )


def days_looked_at(published: PublishedWarehouse, account_ids: Sequence[int], first: date, last: date) -> pd.DataFrame:
    """account_id, day: the days (UTC) of the period on which the account itself was looked at, which is when its followers are read."""
    return published.frame(
        """
        SELECT DISTINCT account_id, date_trunc('day', observed_at) AS day FROM observations
        WHERE data_set = 'profile' AND observed_at::DATE BETWEEN $first AND $last
            AND account_id IN (SELECT unnest($accounts::BIGINT[])) ORDER BY ALL
        """,
        {"accounts": list(account_ids), "first": first, "last": last},
    )
