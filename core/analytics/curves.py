"""Which typical curve may stand beside a post's own? That of its kind where enough posts make it, else that of all kinds."""

import pandas as pd

LEAST_POSTS = 5
"""A median of fewer posts says too little of an age."""


def choose_typical(same_kind: pd.DataFrame, every_kind: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    """The ages (age_h, usual, low, high, posts) of which enough posts are known, and whether they are of the same kind."""
    for ages, is_of_kind in ((same_kind, True), (every_kind, False)):
        known = ages[ages["posts"] >= LEAST_POSTS]
        if len(known) > 1:
            return known, is_of_kind
    return every_kind.iloc[:0], False
