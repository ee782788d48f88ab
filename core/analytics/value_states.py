"""What may be said of a number of an account's day? A number, late, a gap, retired or not offered, for every account, metric and day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.analytics.periods import Period
from core.metrics import Metric


class ValueState(StrEnum):
    """The five states; a known zero is a number."""

    NUMBER = "number"
    LATE = "late"
    GAP = "gap"
    RETIRED = "retired"
    NOT_OFFERED = "not_offered"


STATES: tuple[ValueState, ...] = tuple(ValueState)
"""A calendar keeps the place of a state in here."""

_CODE = {state: place for place, state in enumerate(STATES)}
_STANDS_FOR = (ValueState.GAP, ValueState.LATE, ValueState.NUMBER, ValueState.RETIRED, ValueState.NOT_OFFERED)
"""Of several metrics the first of these that is met stands for the day: a hole is never hidden behind a number."""


@dataclass(frozen=True, slots=True)
class Span:
    """The days from `first` until the day before `until` (None = still)."""

    first: date
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a platform gives a metric per day: the last day that is final, its first and last day, when it was retired.

    Without `has_past` the platform tells how it is now, and never how it was on a day that is over.
    """

    settled: date
    first_day: date | None = None
    last_day: date | None = None
    retired: tuple[Span, ...] = ()
    has_past: bool = True


TermsOf = Mapping[tuple[int, Metric], Terms]
"""By account and metric; without terms a metric is not offered."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The places of the states and the values (NaN = not known), both by account, metric and day of the period."""

    period: Period
    account_ids: tuple[int, ...]
    metrics: tuple[Metric, ...]
    codes: npt.NDArray[np.int8]
    values: npt.NDArray[np.float64]

    @classmethod
    def build(
        cls,
        days: pd.DataFrame,
        terms: TermsOf,
        *,
        account_ids: Sequence[int],
        metrics: Sequence[Metric],
        period: Period,
    ) -> "Calendar":
        """`days`: account_id, day and the metrics; NA or no row = not known."""
        values = _placed(days, account_ids, metrics, period)
        codes = _codes(terms, account_ids, metrics, period)
        codes[~np.isnan(values)] = _CODE[ValueState.NUMBER]
        return cls(period, tuple(account_ids), tuple(metrics), codes, values)

    def of_account(self, account_id: int) -> npt.NDArray[np.int8]:
        """By metric and day."""
        found: npt.NDArray[np.int8] = self.codes[self.account_ids.index(account_id)]
        return found

    def of_metric(self, metric: Metric) -> npt.NDArray[np.int8]:
        """By account and day."""
        found: npt.NDArray[np.int8] = self.codes[:, self.metrics.index(metric)]
        return found

    def of_all_metrics(self) -> npt.NDArray[np.int8]:
        """By account and day: the state that stands for all metrics of the day."""
        found = np.full((len(self.account_ids), self.period.days), _CODE[ValueState.NOT_OFFERED], dtype=np.int8)
        for state in reversed(_STANDS_FOR):
            found[self.is_in(state).any(axis=1)] = _CODE[state]
        return found

    def is_in(self, state: ValueState) -> npt.NDArray[np.bool_]:
        found: npt.NDArray[np.bool_] = self.codes == _CODE[state]
        return found

    def counts(self) -> dict[ValueState, int]:
        """How many values are in each state."""
        return {state: int(self.is_in(state).sum()) for state in STATES}


def retired_spans(events: Iterable[tuple[date, str]], *, lag_days: int = 0) -> tuple[Span, ...]:
    """When a metric was not given, by what became of it (day, retired or returned), the oldest first.

    A retirement also takes the days that were still to come: those within the lag of the day on which it was met.
    """
    spans: list[Span] = []
    for day, event in events:
        is_out = bool(spans) and spans[-1].until is None
        if event == "retired" and not is_out:
            spans.append(Span(day - timedelta(days=lag_days)))
        elif event == "returned" and is_out:
            spans[-1] = Span(spans[-1].first, day)
    return tuple(spans)


def _placed(
    days: pd.DataFrame, account_ids: Sequence[int], metrics: Sequence[Metric], period: Period
) -> npt.NDArray[np.float64]:
    values = np.full((len(account_ids), len(metrics), period.days), np.nan)
    place_of = {account_id: place for place, account_id in enumerate(account_ids)}
    rows = days[days["account_id"].isin(account_ids) & days["day"].between(*_bounds(period))]
    offsets = (rows["day"] - pd.Timestamp(period.first)).dt.days.to_numpy()
    places = rows["account_id"].map(place_of).to_numpy(dtype="int64")
    values[places, :, offsets] = rows[[metric.value for metric in metrics]].astype("float64").to_numpy()
    return values


def _bounds(period: Period) -> tuple[pd.Timestamp, pd.Timestamp]:
    return pd.Timestamp(period.first), pd.Timestamp(period.last)


def _codes(
    terms: TermsOf, account_ids: Sequence[int], metrics: Sequence[Metric], period: Period
) -> npt.NDArray[np.int8]:
    """What each day is as long as it has no number; accounts on the same terms share the work."""
    every = np.arange(np.datetime64(period.first), np.datetime64(period.last) + 1)
    on_terms = {one: without_number(one, every) for one in {None, *terms.values()}}
    rows = [[on_terms[terms.get((account_id, metric))] for metric in metrics] for account_id in account_ids]
    return np.array(rows, dtype=np.int8).reshape(len(account_ids), len(metrics), period.days)


def without_number(terms: Terms | None, days: npt.NDArray[np.datetime64]) -> npt.NDArray[np.int8]:
    """The place of the state that a value of each of these days is in as long as there is no number."""
    if terms is None:
        return np.full(len(days), _CODE[ValueState.NOT_OFFERED], dtype=np.int8)
    found = np.full(len(days), _CODE[ValueState.GAP], dtype=np.int8)
    found[days > np.datetime64(terms.settled)] = _CODE[ValueState.LATE]
    for span in terms.retired:
        is_within = days >= np.datetime64(span.first)
        if span.until:
            is_within &= days < np.datetime64(span.until)
        found[is_within] = _CODE[ValueState.RETIRED]
    if terms.last_day:
        found[days > np.datetime64(terms.last_day)] = _CODE[ValueState.RETIRED]
    if terms.first_day:
        found[days < np.datetime64(terms.first_day)] = _CODE[ValueState.NOT_OFFERED]
    return found
