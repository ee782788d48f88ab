"""How do businesses or accounts stand side by side? As they are, per thousand followers, or per post, like divided by like."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from core.analytics.kpis import FIRST_ROW, Measure, value_of
from core.analytics.measured import Measured
from core.analytics.periods import Period
from core.analytics.totals import account_totals


class Per(StrEnum):
    """By what a number is divided."""

    ITSELF = "itself"
    THOUSAND_FOLLOWERS = "thousand_followers"
    POST = "post"


DIVIDED: dict[Per, tuple[Measure, ...]] = {
    Per.ITSELF: (),
    Per.THOUSAND_FOLLOWERS: (Measure.IMPRESSIONS, Measure.ENGAGEMENTS, Measure.POSTS),
    Per.POST: (Measure.IMPRESSIONS, Measure.ENGAGEMENTS),
}
"""The measures that grow with it; a level and a rate stay as they are."""

_DIVISOR = {Per.THOUSAND_FOLLOWERS: (Measure.FOLLOWERS, 1000.0), Per.POST: (Measure.POSTS, 1.0)}


@dataclass(frozen=True, slots=True)
class Compared:
    """One business or account: its numbers, and how many of its accounts each is made of."""

    values: Mapping[Measure, float | None]
    counted: Mapping[Measure, int]
    shown: int


def compare(measured: Measured, period: Period, group_of: Mapping[int, int], per: Per) -> dict[int, Compared]:
    """By group: a number per follower or post comes from the accounts alone that have both."""
    totals = account_totals(measured, period)
    return {int(group): _compared(rows, per) for group, rows in totals.groupby(totals.index.map(group_of))}


def _compared(rows: pd.DataFrame, per: Per) -> Compared:
    used = {measure: _with_both(rows, measure, per) for measure in FIRST_ROW}
    return Compared(
        values={measure: _value(accounts, measure, per) for measure, accounts in used.items()},
        counted={measure: len(accounts) for measure, accounts in used.items()},
        shown=len(rows),
    )


def _with_both(rows: pd.DataFrame, measure: Measure, per: Per) -> pd.DataFrame:
    known = rows[rows[measure].notna()]
    return known[known[_DIVISOR[per][0]].notna()] if measure in DIVIDED[per] else known


def _value(accounts: pd.DataFrame, measure: Measure, per: Per) -> float | None:
    value = value_of(accounts, measure)
    if value is None or measure not in DIVIDED[per]:
        return value
    divisor, scale = _DIVISOR[per]
    whole = value_of(accounts, divisor)
    return value * scale / whole if whole else None
