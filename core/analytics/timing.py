"""At which hour of which weekday do posts do best? Medians that few posts pull towards the account's mean."""

from dataclasses import dataclass

import pandas as pd

LEAST_POSTS = 3
"""A cell of fewer rated posts shows its number of posts and no rate."""

WEIGHT_OF_MEAN = 3
"""The account's mean enters every cell as if it were so many more posts."""

BEST = 3


@dataclass(frozen=True, slots=True)
class Cell:
    """An hour of a weekday (1 = Monday), or a whole one of either (the other is None); no rate of too few posts."""

    weekday: int | None
    hour: int | None
    posts: int
    rated: int
    rate: float | None
    shrunk: float | None


@dataclass(frozen=True, slots=True)
class Timing:
    """The cells, the whole weekdays and the whole hours of one account; `mean` is that of all its rates."""

    cells: tuple[Cell, ...]
    weekdays: tuple[Cell, ...]
    hours: tuple[Cell, ...]
    mean: float | None
    posts: int
    rated: int

    @property
    def best(self) -> list[Cell]:
        """The cells with the highest shrunk rates, the best first."""
        told = [cell for cell in self.cells if cell.shrunk is not None]
        return sorted(told, key=lambda cell: (-(cell.shrunk or 0), -cell.rated))[:BEST]


def timing(grouped: pd.DataFrame) -> Timing:
    """From the grouping sets of the query (weekday, hour, posts, rated, rate, mean): cells, weekdays, hours, and the row of all."""
    whole = grouped[grouped["weekday"].isna() & grouped["hour"].isna()]
    rated = int(whole["rated"].sum())
    mean = float(whole["mean"].iloc[0]) if rated else None
    names = ["weekday", "hour", "posts", "rated", "rate"]
    every = [_cell(*values, mean=mean) for values in grouped[names].itertuples(index=False)]
    return Timing(
        cells=tuple(one for one in every if one.weekday is not None and one.hour is not None),
        weekdays=tuple(one for one in every if one.weekday is not None and one.hour is None),
        hours=tuple(one for one in every if one.weekday is None and one.hour is not None),
        mean=mean,
        posts=int(whole["posts"].sum()),
        rated=rated,
    )


def _cell(weekday: float, hour: float, posts: int, rated: int, rate: float, *, mean: float | None) -> Cell:
    on, at = (None if pd.isna(value) else int(value) for value in (weekday, hour))
    if rated < LEAST_POSTS or mean is None:
        return Cell(on, at, int(posts), int(rated), rate=None, shrunk=None)
    pulled = (rated * rate + WEIGHT_OF_MEAN * mean) / (rated + WEIGHT_OF_MEAN)
    return Cell(on, at, int(posts), int(rated), float(rate), float(pulled))
