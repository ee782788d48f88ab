"""Which businesses have dropped below what is normal for themselves? Whole final windows against the same ones of the weeks before."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

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


def normal(days: pd.DataFrame, window: Period) -> Normal | None:
    """`days`: a column for each account. Told of the accounts that know the whole window, where enough weeks know them all."""
    ends = [pd.Timestamp(window.last) - pd.Timedelta(weeks=weeks) for weeks in range(WEEKS + 1)]
    sums = days.rolling(window.days, min_periods=window.days).sum().reindex(ends)
    now, before = sums.iloc[0], sums.iloc[1:]
    known = now.notna() & (before.count() >= LEAST_WINDOWS)
    past = before.loc[:, known].sum(axis="columns", skipna=False, min_count=1).dropna()
    if len(past) < LEAST_WINDOWS:
        return None
    low, high = (float(past.quantile(share)) for share in (LOW, HIGH))
    return Normal(float(now[known].sum()), low, high, len(past), int(known.sum()))


def _drops_of(measured: Measured, measure: Measure) -> Iterator[Drop]:
    """A day without a row is as unknown as one without a number."""
    days = measured.days.dropna(subset=[measure]).pivot(index="day", columns="account_id", values=measure).asfreq("D")
    for business_id, (ids, last) in _businesses(measured, {int(id_) for id_ in days.columns}).items():
        for length in WINDOWS:
            window = Period.ending(last, days=length)
            found = normal(days[ids], window)
            if found and found.is_below:
                yield Drop(business_id, measure, window, found, len(ids))
                break


def _businesses(measured: Measured, known: set[int]) -> dict[int, tuple[list[int], date]]:
    """Their accounts with any number, and the newest day that is final for all of these."""
    grouped: dict[int, tuple[list[int], date]] = {}
    for member in measured.members:
        if member.account_id in known:
            settled = measured.settled[member.platform]
            ids, last = grouped.get(member.business_id, ([], settled))
            grouped[member.business_id] = ([*ids, member.account_id], min(last, settled))
    return grouped
