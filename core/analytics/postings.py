"""On which days did the accounts post, as far as their posts are known? A day without a post is zero only where it was read."""

from datetime import date

import numpy as np
import pandas as pd

from core.analytics.measured import Measured, worked_out_once
from core.analytics.periods import Period

POST_COUNT = "posts"


@worked_out_once
def posts_by_day(measured: Measured, period: Period) -> pd.DataFrame:
    """account_id, day, posts: one row per account and day of the period of which all posts are known, none for the others."""
    known, days = measured.posts_known, pd.date_range(period.first, period.last)
    ids, offsets = np.fromiter(known, dtype="int64", count=len(known)), np.arange(len(days))
    firsts = np.array([_offset(one.first, period) if one.first else 0 for one in known.values()])
    lasts = np.array([_offset(one.last, period) for one in known.values()])
    is_known = (offsets >= firsts.reshape(-1, 1)) & (offsets <= lasts.reshape(-1, 1))
    places, on = np.nonzero(is_known)
    counts = _counts(measured.posts_in(period), ids, days)[places, on]
    return pd.DataFrame({"account_id": ids[places], "day": days[on], POST_COUNT: counts})


def _counts(
    posts: pd.DataFrame, ids: "np.ndarray[tuple[int], np.dtype[np.int64]]", days: pd.DatetimeIndex
) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    """How many posts each account has on each day."""
    counts = np.zeros((len(ids), len(days)))
    places, on = pd.Index(ids).get_indexer(pd.Index(posts["account_id"])), days.get_indexer(pd.Index(posts["day"]))
    is_asked = places >= 0
    np.add.at(counts, (places[is_asked], on[is_asked]), 1)
    return counts


def _offset(day: date, period: Period) -> int:
    return (day - period.first).days
