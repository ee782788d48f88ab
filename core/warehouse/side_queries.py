"""What did the posts of each account, and of each side, come to? Sums by account, medians by side."""

from collections.abc import Mapping

import pandas as pd

from core.metrics import Metric
from core.warehouse.connection import PublishedWarehouse
from core.warehouse.post_queries import SCOPED, PostFilter, parameters

SUMMED = (Metric.IMPRESSIONS, Metric.ENGAGEMENTS)

_SUMS = ", ".join(f"sum({name})::BIGINT AS {name}, count({name}) AS {name}_known" for name in SUMMED)


def post_numbers(
    published: PublishedWarehouse, wanted: PostFilter, side_of: tuple[tuple[int, int], ...]
) -> pd.DataFrame:
    """side, account_id (NULL = the whole side), posts, the sums with `<metric>_known`, rate (median), rated."""
    given: Mapping[str, object] = {
        "members": [account_id for account_id, _ in side_of],
        "sides": [side for _, side in side_of],
    }
    return published.frame(
        f"""
        WITH {SCOPED},
        sided AS (SELECT unnest($members::BIGINT[]) AS account_id, unnest($sides::BIGINT[]) AS side)
        SELECT side, account_id, count(*) AS posts, {_SUMS}, median(rate) AS rate, count(rate) AS rated
        FROM scoped JOIN sided USING (account_id)
        GROUP BY GROUPING SETS ((side, account_id), (side)) ORDER BY side, account_id NULLS LAST
        """,  # noqa: S608  # names of the Metric enum
        {**parameters(wanted), **given},
    )
