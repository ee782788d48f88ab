"""How do two periods compare, like with like? On the account days that are known, and final, in both of them."""

from dataclasses import dataclass
from typing import Self

import pandas as pd

from core.analytics.measured import Measured, worked_out_once
from core.analytics.periods import Period
from core.analytics.postings import POST_COUNT, posts_by_day

LEAST_SHARE = 0.5
"""An account of which fewer of the days are known in both periods says too little of either."""

_ACCOUNT, _OFFSET = "account_id", "offset"


@dataclass(frozen=True, slots=True)
class Basis:
    """What a change is counted on: account days, of those that a whole comparison would have."""

    days: int
    of: int
    accounts: int

    @property
    def is_whole(self) -> bool:
        return self.days == self.of


@dataclass(frozen=True, slots=True)
class ComparedDays:
    """The account days that are held against each other, a row each: `now` and `before`; `thin` are the accounts that know too few."""

    now: pd.DataFrame
    before: pd.DataFrame
    counted: int
    thin: list[int]

    @classmethod
    def over(cls, measured: Measured, columns: list[str], period: Period, account_ids: list[int]) -> Self:
        """Pair every account day of the period with the one at the same place in the period before.

        Where one of them is longer, an account's days without a partner count if all of them are known.
        """
        before, named = earlier_of(period), [_ACCOUNT, *columns]
        both = paired(measured, columns, period, account_ids)
        days = both.groupby(_ACCOUNT).size().reindex(account_ids, fill_value=0)
        of_before = both[[_ACCOUNT, *(f"{column}_before" for column in columns)]].set_axis(named, axis="columns")
        longer_now, longer_before = (
            _overhang(measured, columns, one, other, account_ids) for one, other in ((period, before), (before, period))
        )
        return cls(
            now=pd.concat([both[named], longer_now[named]], ignore_index=True),
            before=pd.concat([of_before, longer_before[named]], ignore_index=True),
            counted=len(both) + len(longer_now) + len(longer_before),
            thin=[int(id_) for id_ in days.index[days < min(period.days, before.days) * LEAST_SHARE]],
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """The sums of each column now and before, over the same account days; `thin` counts the accounts that forbid it."""

    now: "pd.Series[float]"
    before: "pd.Series[float]"
    basis: Basis
    thin: int

    @classmethod
    def over(cls, measured: Measured, columns: list[str], period: Period, account_ids: list[int]) -> Self:
        """The account days that can be compared, added up."""
        rows = ComparedDays.over(measured, columns, period, account_ids)
        days = max(period.days, earlier_of(period).days)
        return cls(
            now=rows.now[columns].sum(min_count=1),
            before=rows.before[columns].sum(min_count=1),
            basis=Basis(rows.counted, len(account_ids) * days, len(account_ids)),
            thin=len(rows.thin),
        )


def earlier_of(period: Period) -> Period:
    """What it is compared with; whoever asks has seen that there is something."""
    if period.before is None:
        raise ValueError(f"{period} is compared with nothing")
    return period.before


@worked_out_once
def paired(measured: Measured, columns: list[str], period: Period, account_ids: list[int]) -> pd.DataFrame:
    """The account days known and final in both periods: each column now and, as `<column>_before`, before."""
    now, before = (final_days(measured, columns, one, account_ids) for one in (period, earlier_of(period)))
    return now.merge(before, on=[_ACCOUNT, _OFFSET], suffixes=("", "_before"))


def final_days(measured: Measured, columns: list[str], period: Period, account_ids: list[int]) -> pd.DataFrame:
    """The final, known rows of these accounts, each with its place in the period."""
    rows = posts_by_day(measured, period) if POST_COUNT in columns else measured.settled_in(period)
    rows = rows[rows[_ACCOUNT].isin(account_ids)].dropna(subset=columns)
    places = (rows["day"] - pd.Timestamp(period.first)).dt.days
    return rows[[_ACCOUNT, *columns]].assign(**{_OFFSET: places})


def _overhang(
    measured: Measured, columns: list[str], period: Period, other: Period, account_ids: list[int]
) -> pd.DataFrame:
    """The rows of the days by which a period is longer than another, of the accounts of which all these are known."""
    more = period.days - other.days
    if more <= 0:
        return pd.DataFrame(columns=[_ACCOUNT, *columns], dtype="float64").astype({_ACCOUNT: "int64"})
    rows = final_days(measured, columns, Period.ending(period.last, days=more), account_ids)
    return rows[rows.groupby(_ACCOUNT)[_OFFSET].transform("size") == more]
