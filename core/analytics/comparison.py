"""How do two periods compare, like with like? On the account days that are known, and final, in both of them."""

from dataclasses import dataclass
from typing import Self

import pandas as pd

from core.analytics.measured import Measured
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
class Comparison:
    """The sums of each column now and before, over the same account days; `thin` counts the accounts that forbid it."""

    now: "pd.Series[float]"
    before: "pd.Series[float]"
    basis: Basis
    thin: int

    @classmethod
    def over(cls, measured: Measured, columns: list[str], period: Period, account_ids: list[int]) -> Self:
        """Pair every account day of the period with the one at the same place in the period before."""
        both = paired(measured, columns, period, account_ids)
        days = both.groupby(_ACCOUNT).size().reindex(account_ids, fill_value=0)
        return cls(
            now=both[columns].sum(min_count=1),
            before=both[[f"{column}_before" for column in columns]].set_axis(columns, axis="columns").sum(min_count=1),
            basis=Basis(len(both), len(account_ids) * period.days, len(account_ids)),
            thin=int((days < period.days * LEAST_SHARE).sum()),
        )


def paired(measured: Measured, columns: list[str], period: Period, account_ids: list[int]) -> pd.DataFrame:
    """The account days known and final in both periods: each column now and, as `<column>_before`, before."""
    now, before = (_placed(measured, columns, one, account_ids) for one in (period, period.before))
    return now.merge(before, on=[_ACCOUNT, _OFFSET], suffixes=("", "_before"))


def _placed(measured: Measured, columns: list[str], period: Period, account_ids: list[int]) -> pd.DataFrame:
    """The final, known rows of these accounts, each with its place in the period."""
    days = measured.days_in(period)
    rows = posts_by_day(measured, period) if POST_COUNT in columns else days[days["is_settled"]]
    rows = rows[rows[_ACCOUNT].isin(account_ids)].dropna(subset=columns)
    places = (rows["day"] - pd.Timestamp(period.first)).dt.days
    return rows[[_ACCOUNT, *columns]].assign(**{_OFFSET: places})
