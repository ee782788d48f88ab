"""Where are the holes, what happened, and what can still be filled? Days in a row without a number, and their story."""

from collections.abc import Mapping, Sequence
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
    is_gap = calendar.is_in(ValueState.GAP)
    found: dict[tuple[int, Period, bool, bool], list[Metric]] = {}
    for account, place in zip(*np.nonzero(is_gap.any(axis=2)), strict=True):
        account_id, metric = calendar.account_ids[account], calendar.metrics[place]
        has_past = terms[account_id, metric].has_past
        for period, is_before in _runs(is_gap[account, place], calendar.period, connected_on.get(account_id)):
            found.setdefault((account_id, period, is_before, has_past), []).append(metric)
    gaps = [Gap(id_, tuple(those), days, before, past) for (id_, days, before, past), those in found.items()]
    return sorted(gaps, key=lambda gap: (-gap.period.last.toordinal(), gap.account_id, gap.period.first))


def explain(gap: Gap, *, asked: Asked, failures: Failures | None, reach: Reach) -> ExplainedGap:
    """What happened, and what can still be filled."""
    return ExplainedGap(
        gap, _cause(gap, asked, failures), _filling(gap, asked, reach), failures, asked, reach.next_first
    )


def _runs(is_gap: npt.NDArray[np.bool_], period: Period, connected_on: date | None) -> list[tuple[Period, bool]]:
    """Days in a row, cut at the day of the connection."""
    before = min(max((connected_on - period.first).days, 0), period.days) if connected_on else 0
    parts = ((0, is_gap[:before], True), (before, is_gap[before:], False))
    return [
        (Period(_day(period, shift + first), _day(period, shift + last)), is_before)
        for shift, part, is_before in parts
        for first, last in _in_a_row(part)
    ]


def _in_a_row(flags: npt.NDArray[np.bool_]) -> Sequence[tuple[int, int]]:
    """The first and the last place of each row of true ones."""
    edges = np.diff(np.concatenate(([False], flags, [False])).astype(np.int8))
    return list(zip(np.nonzero(edges == 1)[0].tolist(), (np.nonzero(edges == -1)[0] - 1).tolist(), strict=True))


def _day(period: Period, offset: int) -> date:
    return period.first + timedelta(days=offset)


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
