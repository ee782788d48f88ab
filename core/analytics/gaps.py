"""Where are the holes, what happened, and what can still be filled? Days in a row without a number, and their story."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from core.analytics.periods import Period
from core.analytics.value_states import Calendar, TermsOf, ValueState
from core.metrics import Metric

REREAD_DAYS = 5
"""A sync asks again for so many of the last days that it knows (as `core.looking` does; a test holds them together)."""


class Cause(StrEnum):
    """What happened."""

    BEFORE_CONNECTION = "before_connection"
    SYNCS_FAILED = "syncs_failed"
    NOT_GIVEN = "not_given"
    NO_SYNC = "no_sync"


class Filling(StrEnum):
    """What can still be filled in."""

    NEXT_SYNC = "next_sync"
    PARTLY = "partly"
    HISTORY = "history"
    ASKED_IN_VAIN = "asked_in_vain"
    TOO_OLD = "too_old"
    NOW_ONLY = "now_only"
    NOT_AGAIN = "not_again"

    @property
    def is_open(self) -> bool:
        """Whether a sync may still bring the numbers."""
        return self in (Filling.NEXT_SYNC, Filling.PARTLY, Filling.HISTORY)


@dataclass(frozen=True, slots=True)
class Gap:
    """Days in a row on which these metrics of an account have no number; `is_before`: before the account was connected.

    Without `has_past` the platform tells nothing of days that are over.
    """

    account_id: int
    metrics: tuple[Metric, ...]
    period: Period
    is_before: bool
    has_past: bool = True


@dataclass(frozen=True, slots=True)
class Failures:
    """The failed syncs of an account in some days: how many, the last one, and what it said."""

    count: int
    last_at: datetime
    error: str


@dataclass(frozen=True, slots=True)
class Asked:
    """When the platform was asked for the days of a gap: the last time since they were over, and whether in time."""

    last_at: datetime | None = None
    in_time: bool = False


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the syncs of an account go: from which day the next one asks, and how far the past is filled.

    `filled_from` is None before the first piece of the past; `target` is the day to which it is to be filled.
    """

    next_first: date
    filled_from: date | None
    is_filled: bool
    target: date

    def has_filled(self, gap: Gap) -> bool:
        """Whether filling in the past has gone by the days of a gap already."""
        is_past = self.filled_from is not None and gap.period.first >= self.filled_from
        return gap.is_before and (self.is_filled or is_past)


@dataclass(frozen=True, slots=True)
class ExplainedGap:
    """A gap with its story; the next sync asks for the days from `next_first` on."""

    gap: Gap
    cause: Cause
    filling: Filling
    failures: Failures | None
    asked: Asked
    next_first: date


def find_gaps(calendar: Calendar, terms: TermsOf, connected_on: Mapping[int, date]) -> list[Gap]:
    """The gaps of the calendar, newest first; metrics with a hole on the same days share one."""
    is_before = _before(calendar, connected_on)
    found: dict[tuple[int, int, int, bool], list[Metric]] = {}
    for account, place, first, last in _runs(calendar.is_in(ValueState.GAP), is_before):
        metric = calendar.metrics[place]
        has_past = terms[calendar.account_ids[account], metric].has_past
        found.setdefault((account, first, last, has_past), []).append(metric)
    in_order = sorted(found.items(), key=lambda one: (-one[0][2], one[0][:2]))
    return [
        Gap(
            calendar.account_ids[account],
            tuple(metrics),
            Period(_day(calendar, first), _day(calendar, last)),
            bool(is_before[account, first]),
            has_past,
        )
        for (account, first, last, has_past), metrics in in_order
    ]


def explain(gap: Gap, *, asked: Asked, failures: Failures | None, reach: Reach) -> ExplainedGap:
    """What happened, and what can still be filled."""
    return ExplainedGap(
        gap, _cause(gap, asked, failures), _filling(gap, asked, reach), failures, asked, reach.next_first
    )


def _before(calendar: Calendar, connected_on: Mapping[int, date]) -> npt.NDArray[np.bool_]:
    """By account and day: whether the account was connected later."""
    days = np.arange(calendar.period.days)
    starts = [
        (connected_on[id_] - calendar.period.first).days if id_ in connected_on else 0 for id_ in calendar.account_ids
    ]
    found: npt.NDArray[np.bool_] = days[None, :] < np.array(starts, dtype=np.int64)[:, None]
    return found


def _runs(is_gap: npt.NDArray[np.bool_], is_before: npt.NDArray[np.bool_]) -> Iterable[tuple[int, int, int, int]]:
    """Account, metric, first and last day of each row of days, cut at the day of the connection; all found in one pass."""
    goes_on = is_gap[:, :, 1:] & is_gap[:, :, :-1] & (is_before[:, 1:] == is_before[:, :-1])[:, None, :]
    starts, ends = is_gap.copy(), is_gap.copy()
    starts[:, :, 1:] &= ~goes_on
    ends[:, :, :-1] &= ~goes_on
    accounts, metrics, firsts = np.nonzero(starts)
    lasts = np.nonzero(ends)[2]
    return zip(accounts.tolist(), metrics.tolist(), firsts.tolist(), lasts.tolist(), strict=True)


def _day(calendar: Calendar, offset: int) -> date:
    return calendar.period.first + timedelta(days=offset)


def _cause(gap: Gap, asked: Asked, failures: Failures | None) -> Cause:
    if gap.is_before:
        return Cause.BEFORE_CONNECTION
    if failures and not asked.in_time:
        return Cause.SYNCS_FAILED
    return Cause.NOT_GIVEN if asked.last_at else Cause.NO_SYNC


def _filling(gap: Gap, asked: Asked, reach: Reach) -> Filling:
    if not gap.has_past:
        return Filling.NOW_ONLY
    if gap.period.last >= reach.next_first:
        return Filling.NEXT_SYNC if gap.period.first >= reach.next_first else Filling.PARTLY
    if gap.period.last < reach.target:
        return Filling.TOO_OLD
    if asked.last_at or reach.has_filled(gap):
        return Filling.ASKED_IN_VAIN
    return Filling.HISTORY if gap.is_before else Filling.NOT_AGAIN
