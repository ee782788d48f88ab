"""Which typical curve may stand beside a post's own? One of enough posts at each of its ages."""

import pandas as pd

LEAST_POSTS = 5
"""A median of fewer posts says too little of an age."""


def told_ages(typical: pd.DataFrame) -> pd.DataFrame:
    """The ages (age_h, usual, low, high, posts) of which enough posts are known; none where they make no line."""
    known = typical[typical["posts"] >= LEAST_POSTS]
    return known if len(known) > 1 else typical.iloc[:0]
