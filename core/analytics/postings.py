"""On which days did the accounts post, as far as their posts are known? A day without a post is zero only where it was read."""

import pandas as pd

from core.analytics.measured import Measured
from core.analytics.periods import Period

POST_COUNT = "posts"


def posts_by_day(measured: Measured, period: Period) -> pd.DataFrame:
    """account_id, day, posts: one row per account and day of the period of which all posts are known, none for the others."""
    known = measured.posts_known
    every = pd.MultiIndex.from_product(
        [pd.Index(list(known), dtype="int64"), pd.date_range(period.first, period.last)], names=["account_id", "day"]
    )
    counts = measured.posts_in(period).groupby(["account_id", "day"]).size().reindex(every, fill_value=0)
    rows = counts.astype("float64").rename(POST_COUNT).reset_index()
    firsts = pd.to_datetime(rows["account_id"].map({id_: days.first for id_, days in known.items()}))
    lasts = pd.to_datetime(rows["account_id"].map({id_: days.last for id_, days in known.items()}))
    is_known = (firsts.isna() | (rows["day"] >= firsts)) & (rows["day"] <= lasts)
    return rows[is_known]
