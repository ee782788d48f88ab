"""How do businesses or accounts stand side by side? Like with like: on the days that all of them know, and none where too few are."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from core.analytics.audience import net_by_account
from core.analytics.comparison import LEAST_SHARE
from core.analytics.engagement import RATE_ABOVE, RATE_BELOW
from core.analytics.kpis import Measure
from core.analytics.measured import Measured
from core.analytics.periods import Period
from core.analytics.postings import POST_COUNT, posts_by_day
from core.analytics.totals import account_totals
from core.metrics import Metric


class Per(StrEnum):
    """By what a number is divided."""

    ITSELF = "itself"
    THOUSAND_FOLLOWERS = "thousand_followers"
    POST = "post"


class Lack(StrEnum):
    """Why a side has no number to compare."""

    NOT_OFFERED = "not_offered"
    TOO_FEW_DAYS = "too_few_days"
    TOO_FEW_IN_COMMON = "too_few_in_common"
    NO_LEVEL = "no_level"
    NO_FOLLOWERS = "no_followers"
    NO_POSTS = "no_posts"
    TOO_FEW_POSTS = "too_few_posts"
    NOTHING_TO_DIVIDE_BY = "nothing_to_divide_by"


@dataclass(frozen=True, slots=True)
class Cell:
    """A side's number, or why there is none: of how many of its accounts, days it knows, and posts where they count."""

    value: float | None
    lack: Lack | None
    counted: int
    shown: int
    days_known: int | None = None
    posts_known: int | None = None
    posts: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One number of all sides, counted on `days` of the period's `of` (None: not made of days)."""

    cells: Mapping[int, Cell]
    days: int | None
    of: int


@dataclass(frozen=True, slots=True)
class PostDays:
    """The days asked for, those of which the posts of every side are known that knows enough, and how many each side knows."""

    asked: Period
    common: Period | None
    days: Mapping[int, int]

    def row(self, cells: Mapping[int, Cell]) -> Row:
        return Row(cells, self.common.days if self.common else 0, self.asked.days)


Sides = Mapping[int, Sequence[int]]
"""By side: its accounts."""

DAILY: dict[Measure, tuple[str, ...]] = {
    Measure.IMPRESSIONS: (Metric.IMPRESSIONS.value,),
    Measure.REACH: (Metric.REACH.value,),
    Measure.ENGAGEMENTS: (Metric.ENGAGEMENTS.value,),
    Measure.ENGAGEMENT_RATE: (RATE_ABOVE, RATE_BELOW),
    Measure.POSTS: (POST_COUNT,),
}
"""The columns of which a day has to be known."""

PER_FOLLOWERS = (Measure.NET_FOLLOWERS, Measure.IMPRESSIONS, Measure.REACH, Measure.ENGAGEMENTS, Measure.POSTS)
"""What grows with the followers; a level and a rate are never divided."""


def of_days(measured: Measured, measure: Measure, period: Period, *, sides: Sides, offered: Collection[int]) -> Row:
    """A number of days; a side's day is known where each of its accounts that are offered the number has it, and it is final."""
    columns = DAILY[measure]
    wide = {column: _wide(measured, measure, column, period) for column in columns}
    members = {side: [id_ for id_ in ids if id_ in offered] for side, ids in sides.items()}
    known = {side: _known_days(list(wide.values()), ids) for side, ids in members.items()}
    lacks = {side: _lack_of_days(members[side], days, period) for side, days in known.items()}
    common = _in_common([days for side, days in known.items() if lacks[side] is None], period)
    is_enough = int(common.sum()) >= period.days * LEAST_SHARE
    cells = {}
    for side, ids in sides.items():
        lack = lacks[side] or (None if is_enough else Lack.TOO_FEW_IN_COMMON)
        value = None if lack else _value(measure, [wide[column].loc[common, members[side]] for column in columns])
        lack = lack or (Lack.NOTHING_TO_DIVIDE_BY if value is None else None)
        cells[side] = Cell(value, lack, len(members[side]), len(ids), days_known=int(known[side].sum()))
    return Row(cells, int(common.sum()) if is_enough else 0, period.days)


def of_levels(measured: Measured, measure: Measure, period: Period, *, sides: Sides) -> Row:
    """Followers, or their change: a side has it where every one of its accounts has."""
    levels = net_by_account(measured, period) if measure is Measure.NET_FOLLOWERS else followers(measured, period)
    return Row({side: _level(levels.reindex(list(ids)), len(ids)) for side, ids in sides.items()}, None, period.days)


def followers(measured: Measured, period: Period) -> "pd.Series[float]":
    """By account: the last number of followers known at the end of the period."""
    return account_totals(measured, period)[Metric.FOLLOWERS.value]


def per_thousand(row: Row, levels: "pd.Series[float]", members: Sides) -> Row:
    """The row divided by the followers of those accounts that it is made of."""

    def divided(side: int, cell: Cell) -> Cell:
        of = levels.reindex(list(members[side])).sum(skipna=False, min_count=1)
        if cell.value is None or pd.isna(of) or not of:
            return _with(cell, None, cell.lack or Lack.NO_FOLLOWERS)
        return _with(cell, cell.value * 1000 / float(of), None)

    return _mapped(row, divided)


def known_posts(measured: Measured, period: Period, sides: Sides) -> PostDays:
    """Of which days the posts of the sides are known."""
    spans = {side: _posts_span(measured, period, ids) for side, ids in sides.items()}
    days = {side: span.days if span else 0 for side, span in spans.items()}
    enough = [span for span in spans.values() if span and span.days >= period.days * LEAST_SHARE]
    first = max([span.first for span in enough], default=period.first)
    last = min([span.last for span in enough], default=period.last)
    is_enough = bool(enough) and (last - first).days + 1 >= period.days * LEAST_SHARE
    return PostDays(period, Period(first, last) if is_enough else None, days)


def of_posts(
    sums: pd.DataFrame, metric: Metric, known: PostDays, *, sides: Sides, offered: Collection[int], per: Per
) -> Row:
    """A counter of the posts published, in their lifetime. `sums`: by account posts, and per metric the sum and `<metric>_known`."""
    cells = {}
    for side, ids in sides.items():
        members = [id_ for id_ in ids if id_ in offered]
        rows = sums.reindex(members)
        posts, counted, total = (int(rows[name].sum()) for name in ("posts", f"{metric}_known", metric.value))
        lack = _lack_of_posts(members, known, side, posts=posts, counted=counted)
        value = None if lack else total / counted if per is Per.POST else float(total)
        cells[side] = Cell(value, lack, len(members), len(ids), known.days[side], counted, posts)
    return known.row(cells)


def of_rates(medians: pd.DataFrame, known: PostDays, *, sides: Sides) -> Row:
    """The median rate of the posts of each side. `medians`: by side rate, rated, posts."""
    cells = {}
    for side, ids in sides.items():
        found = medians.reindex([side])
        posts, rated = (int(found[name].sum()) for name in ("posts", "rated"))
        lack = _lack_of_posts(ids, known, side, posts=posts, counted=rated)
        value = None if lack else float(found["rate"].sum())
        cells[side] = Cell(value, lack, len(ids), len(ids), known.days[side], rated, posts)
    return known.row(cells)


def _wide(measured: Measured, measure: Measure, column: str, period: Period) -> pd.DataFrame:
    """By day and account, NaN = not known or not final yet."""
    rows = posts_by_day(measured, period) if measure is Measure.POSTS else measured.settled_in(period)
    wide = rows.pivot(index="day", columns="account_id", values=column)
    return wide.reindex(pd.date_range(period.first, period.last), columns=measured.account_ids)


def _known_days(wide: Sequence[pd.DataFrame], members: list[int]) -> "pd.Series[bool]":
    known = pd.Series(bool(members), index=wide[0].index)
    for frame in wide:
        known &= frame[members].notna().all(axis="columns")
    return known


def _lack_of_days(members: Sequence[int], known: "pd.Series[bool]", period: Period) -> Lack | None:
    if not members:
        return Lack.NOT_OFFERED
    return Lack.TOO_FEW_DAYS if int(known.sum()) < period.days * LEAST_SHARE else None


def _in_common(known: Sequence["pd.Series[bool]"], period: Period) -> "pd.Series[bool]":
    common = pd.Series(bool(known), index=pd.date_range(period.first, period.last))
    for days in known:
        common &= days
    return common


def _value(measure: Measure, frames: Sequence[pd.DataFrame]) -> float | None:
    totals = [float(frame.to_numpy().sum()) for frame in frames]
    if measure is Measure.ENGAGEMENT_RATE:
        return totals[0] / totals[1] if totals[1] else None
    return totals[0] / len(frames[0]) if measure is Measure.REACH else totals[0]


def _level(levels: "pd.Series[float]", shown: int) -> Cell:
    known = levels.dropna()
    if len(known) < shown:
        return Cell(None, Lack.NO_LEVEL, len(known), shown)
    return Cell(float(known.sum()), None, shown, shown)


def _posts_span(measured: Measured, period: Period, ids: Sequence[int]) -> Period | None:
    """The days of the period of which the posts of all these accounts are known."""
    known = [measured.posts_known.get(id_) for id_ in ids]
    if not all(known):
        return None
    first = max([period.first, *(days.first for days in known if days and days.first)])
    last = min([period.last, *(days.last for days in known if days)])
    return Period(first, last) if first <= last else None


def _lack_of_posts(members: Sequence[int], known: PostDays, side: int, *, posts: int, counted: int) -> Lack | None:
    if not members:
        return Lack.NOT_OFFERED
    if known.days[side] < known.asked.days * LEAST_SHARE:
        return Lack.TOO_FEW_DAYS
    if known.common is None:
        return Lack.TOO_FEW_IN_COMMON
    if not posts:
        return Lack.NO_POSTS
    return Lack.TOO_FEW_POSTS if counted < max(1, posts * LEAST_SHARE) else None


def _mapped(row: Row, change: Callable[[int, Cell], Cell]) -> Row:
    return Row({side: change(side, cell) for side, cell in row.cells.items()}, row.days, row.of)


def _with(cell: Cell, value: float | None, lack: Lack | None) -> Cell:
    return Cell(value, lack, cell.counted, cell.shown, cell.days_known, cell.posts_known, cell.posts)
