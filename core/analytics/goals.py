"""How far is a business on the way to a goal, and does its pace suffice? With the numbers of the cards, on the days that are known."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

import pandas as pd

from core.analytics.audience import level_at, net_followers
from core.analytics.comparison import LEAST_SHARE, final_days
from core.analytics.kpis import Coverage, Kpi, Measure, columns_of, counted_in, coverage_of, value_of
from core.analytics.measured import Measured
from core.analytics.periods import Compared, Period
from core.analytics.totals import account_totals
from core.metrics import Aim, GoalMetric

MEASURES: dict[GoalMetric, Measure] = {
    GoalMetric.FOLLOWERS: Measure.FOLLOWERS,
    GoalMetric.NET_FOLLOWERS: Measure.NET_FOLLOWERS,
    GoalMetric.IMPRESSIONS: Measure.IMPRESSIONS,
    GoalMetric.ENGAGEMENTS: Measure.ENGAGEMENTS,
    GoalMetric.ENGAGEMENT_RATE: Measure.ENGAGEMENT_RATE,
    GoalMetric.POSTS: Measure.POSTS,
}

_A_DAY = timedelta(days=1)


class Standing(StrEnum):
    """What can be said of a goal; OPEN = nothing yet, the lack says why."""

    REACHED = "reached"
    ON_PACE = "on_pace"
    BEHIND = "behind"
    MISSED = "missed"
    OPEN = "open"


class Lack(StrEnum):
    """Why nothing can be said of a goal."""

    NOT_BEGUN = "not_begun"
    NO_DAY_OVER = "no_day_over"
    NOT_KNOWN = "not_known"
    TOO_FEW_DAYS = "too_few_days"
    NO_START = "no_start"
    OLD_LEVEL = "old_level"
    DAYS_TO_COME = "days_to_come"
    DAYS_MISSING = "days_missing"


@dataclass(frozen=True, slots=True)
class Progress:
    """How a goal stands after the days that are over.

    `elapsed`: the share of the period that is over. `reached`: the share of the way; of followers from `start`, the number
    they began with; of a rate there is none. `paced` against `due`: which share the days that are known and final bring, and
    which one they would bring on pace.
    """

    aim: Aim
    elapsed: float
    standing: Standing = Standing.OPEN
    lack: Lack | None = None
    value: float | None = None
    reached: float | None = None
    start: float | None = None
    paced: float | None = None
    due: float | None = None
    coverage: Coverage | None = None

    @property
    def is_over(self) -> bool:
        return self.elapsed >= 1


class Totals:
    """What the accounts of many businesses add up to: each period is added up once, for goals mostly share theirs."""

    def __init__(self, measured: Measured) -> None:
        self._measured = measured
        self._known: dict[tuple[date, date], pd.DataFrame] = {}

    def of(self, account_ids: list[int], period: Period) -> pd.DataFrame:
        key = (period.first, period.last)
        if key not in self._known:
            self._known[key] = account_totals(self._measured, period)
        return self._known[key].loc[account_ids]


def progress(measured: Measured, aim: Aim, *, yesterday: date, totals: Totals | None = None) -> Progress:
    """`measured`: the accounts of the business with the days of the goal and the four before; `yesterday`: the last day that is over.

    `totals`: those of more businesses, this one's among them.
    """
    whole = Period(aim.starts_on, aim.ends_on)
    if yesterday < whole.first:
        return Progress(aim, 0.0, lack=Lack.NO_DAY_OVER if yesterday + _A_DAY == whole.first else Lack.NOT_BEGUN)
    so_far = Compared(whole.first, min(whole.last, yesterday))  # with nothing: a goal has no earlier period
    elapsed = so_far.days / whole.days
    if aim.metric is GoalMetric.NET_FOLLOWERS:
        return _of_net(aim, elapsed, net_followers(measured, so_far))
    measure = MEASURES[aim.metric]
    counted = counted_in((totals or Totals(measured)).of(measured.account_ids, so_far), measure)
    value, coverage = value_of(counted, measure), coverage_of(measure, measured, counted, so_far)
    begun = Progress(aim, elapsed, value=value, coverage=coverage)
    if value is None:
        return replace(begun, lack=Lack.NOT_KNOWN)
    ids = [int(account_id) for account_id in counted.index]
    if aim.metric is GoalMetric.FOLLOWERS:
        return _of_level(begun, value, measured, so_far, ids)
    judged = _of_rate if aim.metric is GoalMetric.ENGAGEMENT_RATE else _of_sum
    return judged(begun, value, _final(measured, measure, so_far, whole, ids))


@dataclass(frozen=True, slots=True)
class _Final:
    """What the known, final days come to; the shares of all days of the goal, and of those that are over, that they are."""

    total: float
    of_whole: float
    of_so_far: float

    @property
    def are_few(self) -> bool:
        return self.of_so_far < LEAST_SHARE


def _final(measured: Measured, measure: Measure, so_far: Period, whole: Period, ids: list[int]) -> _Final:
    """On the account days of those accounts that have the number at all."""
    columns = columns_of(measure)
    days = final_days(measured, columns, so_far, ids)
    known = len(days) / len(ids)
    return _Final(float(days[columns[0]].sum()), known / whole.days, known / so_far.days)


def _of_sum(begun: Progress, value: float, final: _Final) -> Progress:
    target = begun.aim.target
    found = replace(begun, reached=value / target)
    if value >= target:
        return replace(found, standing=Standing.REACHED)
    if begun.is_over:
        return _ended(found)
    if final.are_few:
        return replace(found, lack=Lack.TOO_FEW_DAYS)
    return _on_pace(found, final.total / target, final.of_whole)


def _of_rate(begun: Progress, value: float, final: _Final) -> Progress:
    """A rate is above its target or below it, on the days that know it; a share of the way would mean nothing."""
    if final.are_few:
        return replace(begun, lack=Lack.TOO_FEW_DAYS)
    is_enough = value >= begun.aim.target
    if not begun.is_over:
        return replace(begun, standing=Standing.ON_PACE if is_enough else Standing.BEHIND)
    if begun.coverage and begun.coverage.late_days:
        return replace(begun, lack=Lack.DAYS_TO_COME)
    return replace(begun, standing=Standing.REACHED if is_enough else Standing.MISSED)


def _of_net(aim: Aim, elapsed: float, kpi: Kpi) -> Progress:
    begun, value, target = Progress(aim, elapsed, value=kpi.value, coverage=kpi.coverage), kpi.value, aim.target
    if value is None:
        return replace(begun, lack=Lack.NOT_KNOWN)
    found = replace(begun, reached=value / target)
    if value >= target:
        return replace(found, standing=Standing.REACHED)
    return _ended(found) if begun.is_over else _on_pace(found, value / target, begun.elapsed)


def _of_level(begun: Progress, value: float, measured: Measured, so_far: Period, ids: list[int]) -> Progress:
    """Followers: the way begins at the number of the day before the goal's first."""
    at_start, at_end = (level_at(measured, day).reindex(ids) for day in (so_far.first - _A_DAY, so_far.last))
    target, start = begun.aim.target, None if at_start.isna().any() else float(at_start.sum())
    way = None if start is None or start >= target else (value - start) / (target - start)
    found = replace(begun, start=start, reached=way)
    if value >= target:
        return replace(found, standing=Standing.REACHED)
    if start is None and not begun.is_over:
        return replace(found, lack=Lack.NO_START)
    if at_end.isna().any():
        return replace(found, lack=Lack.OLD_LEVEL)
    if begun.is_over:
        return _ended(found)
    return replace(found, standing=Standing.BEHIND) if way is None else _on_pace(found, way, begun.elapsed)


def _ended(found: Progress) -> Progress:
    """Not reached, unless what is lacking might still bring it."""
    coverage = found.coverage
    if coverage and coverage.late_days:
        return replace(found, lack=Lack.DAYS_TO_COME)
    if coverage and coverage.missing_days:
        return replace(found, lack=Lack.DAYS_MISSING)
    return replace(found, standing=Standing.MISSED)


def _on_pace(found: Progress, paced: float, due: float) -> Progress:
    return replace(found, standing=Standing.ON_PACE if paced >= due else Standing.BEHIND, paced=paced, due=due)
