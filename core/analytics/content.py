"""Which kinds bring more than their share, and which hashtags go with better rates? What is told of too few posts is left unsaid."""

import pandas as pd

LEAST_COMPARED = 5
"""With fewer rated posts on either side there is no lift."""


def shares_of_kinds(kinds: pd.DataFrame) -> pd.DataFrame:
    """`kinds` with their shares of the posts whose engagements are known, and of those engagements."""
    return kinds.assign(share_of_posts=_share(kinds["counted"]), share_of_engagements=_share(kinds["engagements"]))


def with_lift(hashtags: pd.DataFrame) -> pd.DataFrame:
    """`hashtags` with a lift only where enough posts are on both sides."""
    is_enough = (hashtags["rated_with"] >= LEAST_COMPARED) & (hashtags["rated_without"] >= LEAST_COMPARED)
    return hashtags.assign(lift=hashtags["lift"].where(is_enough))


def _share(column: "pd.Series[float]") -> "pd.Series[float]":
    known = column.astype("float64")
    whole = known.sum()
    return known / whole if whole else known * float("nan")
