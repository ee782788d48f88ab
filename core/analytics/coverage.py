"""Of which days is a number known, and why not of the others? A state for every account, metric and day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import groupby

from core.analytics.periods import Period


class DayState(StrEnum):
    """What may be said of a number of a day; a known zero is known."""

    KNOWN = "known"
    LATE = "late"
    GAP = "gap"
    RETIRED = "retired"
    NOT_OFFERED = "not_offered"


class GapReason(StrEnum):
    """Why a day has a hole."""

    NOT_CONNECTED = "not_connected"
    NOT_ASKED = "not_asked"
    NOT_GIVEN = "not_given"


@dataclass(frozen=True, slots=True)
class Strip:
    """What is known of one metric of one account: which days have a number, were asked for, and what its platform offers.

    `settled` is the last day that is not late (None = not offered), `retired_on` the first day without it.
    """

    known: frozenset[date]
    asked: frozenset[date]
    connected_on: date
    settled: date | None
    retired_on: date | None = None

    def state(self, day: date) -> DayState:
        if day in self.known:
            return DayState.KNOWN
        if self.settled is None:
            return DayState.NOT_OFFERED
        if self.retired_on and day >= self.retired_on:
            return DayState.RETIRED
        return DayState.LATE if day > self.settled else DayState.GAP

    def reason(self, day: date) -> GapReason:
        if day in self.asked:
            return GapReason.NOT_GIVEN
        return GapReason.NOT_CONNECTED if day < self.connected_on else GapReason.NOT_ASKED


@dataclass(frozen=True, slots=True)
class Gap:
    """Days in a row without a number, for one reason."""

    period: Period
    reason: GapReason


def states(strip: Strip, period: Period) -> list[DayState]:
    """The state of each day of the period."""
    return [strip.state(day) for day in period]


def gaps(strip: Strip, period: Period) -> list[Gap]:
    """The holes of the period, each as long as its reason holds."""
    return [Gap(Period(days[0], days[-1]), reason) for reason, days in _runs(strip, period) if reason]


def _runs(strip: Strip, period: Period) -> Iterable[tuple[GapReason | None, list[date]]]:
    for reason, days in groupby(
        period, key=lambda day: strip.reason(day) if strip.state(day) is DayState.GAP else None
    ):
        yield reason, list(days)
