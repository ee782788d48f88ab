"""Which businesses have dropped below what is normal for themselves? Whole final windows against the same ones of the weeks before."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from core.analytics.kpis import Measure
from core.analytics.measured import Measured
from core.analytics.periods import Period

WEEKS = 13
LEAST_WINDOWS = 8
"""Fewer comparable windows than this are no range."""

LOW, HIGH = 0.05, 0.95
WINDOWS = (7, 1)
"""The newest week is asked before the newest day, which would say the same again."""

Windows = np.ndarray[tuple[int, int], np.dtype[np.float64]]

WATCHED = (Measure.IMPRESSIONS, Measure.ENGAGEMENTS)
DAYS_NEEDED = 7 * (WEEKS + 1)
"""How many days to the newest final one are looked at."""


@dataclass(frozen=True, slots=True)
class Normal:
    """A number beside its range: the 5th and the 95th percentile of so many comparable windows, of so many accounts."""

    value: float
    low: float
    high: float
    windows: int
    accounts: int

    @property
    def is_below(self) -> bool:
        return self.value < self.low


@dataclass(frozen=True, slots=True)
class Drop:
    """A measure of a business that is below its range in the newest final window; `shown` counts the accounts that have it."""

    business_id: int
    measure: Measure
    window: Period
    normal: Normal
    shown: int


def find_drops(measured: Measured) -> list[Drop]:
    """At most one for each business and measure, the deepest first."""
    found = [drop for measure in WATCHED for drop in _drops_of(measured, measure)]
    return sorted(found, key=lambda drop: drop.normal.value / drop.normal.low)


def normal(windows: Windows) -> Normal | None:
    """`windows`: a column for each account, the newest window last. Told of the accounts that know the newest one, where enough
    weeks know them all."""
    now, before = windows[-1], windows[:-1]
    known = ~np.isnan(now) & ((~np.isnan(before)).sum(axis=0) >= LEAST_WINDOWS)
    if not known.any():
        return None
    past = before[:, known].sum(axis=1)
    past = past[~np.isnan(past)]
    if len(past) < LEAST_WINDOWS:
        return None
    low, high = np.quantile(past, (LOW, HIGH)).tolist()
    return Normal(float(now[known].sum()), low, high, len(past), int(known.sum()))


def _drops_of(measured: Measured, measure: Measure) -> Iterator[Drop]:
    """A day without a row is as unknown as one without a number."""
    days = measured.days.dropna(subset=[measure]).pivot(index="day", columns="account_id", values=measure)
    places = {int(id_): place for place, id_ in enumerate(days.columns)}
    businesses = _businesses(measured, set(places))
    windows = {last: _windows(days, last) for last in {last for _, last in businesses.values()}}
    for business_id, (ids, last) in businesses.items():
        of = [places[id_] for id_ in ids]
        for length in WINDOWS:
            found = normal(windows[last][length][:, of])
            if found and found.is_below:
                yield Drop(business_id, measure, Period.ending(last, days=length), found, len(ids))
                break


def _windows(days: pd.DataFrame, last: date) -> dict[int, Windows]:
    """By length: the sums of the windows that end on `last` and whole weeks before; unknown where one of its days is."""
    span = Period.ending(last, days=DAYS_NEEDED)
    weeks = days.reindex(pd.date_range(span.first, span.last)).to_numpy().reshape(WEEKS + 1, 7, -1)
    return {length: weeks[:, 7 - length :].sum(axis=1) for length in WINDOWS}


def _businesses(measured: Measured, known: set[int]) -> dict[int, tuple[list[int], date]]:
    """Their accounts with any number, and the newest day that is final for all of these."""
    grouped: dict[int, tuple[list[int], date]] = {}
    for member in measured.members:
        if member.account_id in known:
            settled = measured.settled[member.platform]
            ids, last = grouped.get(member.business_id, ([], settled))
            grouped[member.business_id] = ([*ids, member.account_id], min(last, settled))
    return grouped
