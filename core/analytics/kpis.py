"""How did the accounts do over a period, and compared with the one before?"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import isnan

import pandas as pd

from core.analytics.comparison import Basis, Comparison
from core.analytics.engagement import RATE_ABOVE, RATE_BELOW, agree_on_engagements, agree_on_rates
from core.analytics.measured import Measured
from core.analytics.members import Member
from core.analytics.periods import Period
from core.analytics.postings import POST_COUNT
from core.analytics.totals import FOLLOWERS_ARE_TODAYS, account_totals
from core.analytics.trends import daily_trend
from core.domain import EngagementRule
from core.metrics import Metric


class Measure(StrEnum):
    """The numbers of accounts; the value is the column that says whether an account has one."""

    FOLLOWERS = Metric.FOLLOWERS.value
    IMPRESSIONS = Metric.IMPRESSIONS.value
    ENGAGEMENTS = Metric.ENGAGEMENTS.value
    ENGAGEMENT_RATE = RATE_BELOW
    POSTS = POST_COUNT
    NET_FOLLOWERS = "net_followers"
    REACH = Metric.REACH.value


FIRST_ROW = (
    Measure.FOLLOWERS,
    Measure.IMPRESSIONS,
    Measure.ENGAGEMENTS,
    Measure.ENGAGEMENT_RATE,
    Measure.POSTS,
)
"""The measures that every account or business is told in; the others are told of a business alone."""

SUMS = (Measure.IMPRESSIONS, Measure.ENGAGEMENTS, Measure.POSTS)
"""The measures whose days are added up."""

OF_DAYS = (Measure.IMPRESSIONS, Measure.ENGAGEMENTS, Measure.ENGAGEMENT_RATE, Measure.POSTS)
"""The measures that are made of days, which may be known or not."""


@dataclass(frozen=True, slots=True)
class Change:
    """The difference to the period before; `relative` is None where it has no meaning (levels, rates, a zero before)."""

    absolute: float
    relative: float | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a number is made of: accounts of those shown, and the account days that it lacks."""

    counted: int
    shown: int
    late_days: int = 0
    missing_days: int = 0
    as_of_today: int = 0


@dataclass(frozen=True, slots=True)
class Kpi:
    """One number; None = not known.

    `change` is counted on `basis` (None for levels); `not_comparable` counts the accounts that forbid a comparison.
    """

    measure: Measure
    value: float | None
    change: Change | None
    coverage: Coverage
    not_comparable: int = 0
    basis: Basis | None = None
    trend: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class DaysKnown:
    """The account days that a sum is made of, and those it would have without a hole."""

    known: int
    of: int


@dataclass(frozen=True, slots=True)
class GroupNumbers:
    """The numbers of one business or account: how many of its accounts the impressions, and the rate, come from, and of which days each is."""

    values: Mapping[Measure, float | None]
    counted: int
    rated: int
    shown: int
    days: Mapping[Measure, DaysKnown]


def summarize(measured: Measured, period: Period, measures: Sequence[Measure] = FIRST_ROW) -> list[Kpi]:
    """The first row: these measures over `period` against what it is compared with."""
    now = account_totals(measured, period)
    before = account_totals(measured, period.before) if period.before else None
    return [_kpi(measure, measured, period, now, before) for measure in measures]


def has_total(rules: Collection[EngagementRule], measure: Measure) -> bool:
    """Whether one number may be told of businesses with these rules."""
    if measure is Measure.ENGAGEMENT_RATE:
        return agree_on_rates(rules)
    return measure is not Measure.ENGAGEMENTS or agree_on_engagements(rules)


def by_business(measured: Measured, period: Period) -> dict[int, GroupNumbers]:
    return _grouped(measured, period, {member.account_id: member.business_id for member in measured.members})


def by_account(measured: Measured, period: Period) -> dict[int, GroupNumbers]:
    return _grouped(measured, period, {member.account_id: member.account_id for member in measured.members})


def _kpi(measure: Measure, measured: Measured, period: Period, now: pd.DataFrame, before: pd.DataFrame | None) -> Kpi:
    counted = counted_in(now, measure) if has_total(measured.rules, measure) else now.iloc[:0]
    kpi = Kpi(
        measure=measure,
        value=value_of(counted, measure),
        change=None,
        coverage=coverage_of(measure, measured, counted, period),
        trend=daily_trend(measured, measure, period, list(counted.index)),
    )
    if before is None:
        return kpi
    if measure is Measure.FOLLOWERS:
        return _with_change_of_level(kpi, before.loc[counted.index])
    return _with_change_of_sums(kpi, measured, period, list(counted.index))


def _with_change_of_level(kpi: Kpi, before: pd.DataFrame) -> Kpi:
    """A level is compared with the last one of the period before; every account needs one of its own days."""
    unknown = int((before[kpi.measure].isna() | before[FOLLOWERS_ARE_TODAYS]).sum())
    change = None if unknown else change_of(kpi.measure, kpi.value, value_of(before, kpi.measure))
    return replace(kpi, change=change, not_comparable=unknown)


def _with_change_of_sums(kpi: Kpi, measured: Measured, period: Period, account_ids: list[int]) -> Kpi:
    """A sum is compared on the account days that are known in both periods: a hole in either would look like a change."""
    pair = Comparison.over(measured, columns_of(kpi.measure), period, account_ids)
    values = [value_of(sums.to_frame().T, kpi.measure) for sums in (pair.now, pair.before)]
    change = None if pair.thin else change_of(kpi.measure, *values)
    return replace(kpi, change=change, not_comparable=pair.thin, basis=pair.basis)


def counted_in(totals: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """Those of the accounts that have the number."""
    return totals[totals[measure].notna()]


def columns_of(measure: Measure) -> list[str]:
    """Out of which columns the number is made."""
    return [RATE_ABOVE, RATE_BELOW] if measure is Measure.ENGAGEMENT_RATE else [measure.value]


def value_of(totals: pd.DataFrame, measure: Measure) -> float | None:
    """The number that these accounts make together, None where none of them has one."""
    if measure is not Measure.ENGAGEMENT_RATE:
        return _sum(totals[measure])
    above, below = _sum(totals[RATE_ABOVE]), _sum(totals[RATE_BELOW])
    return above / below if above is not None and below else None


def values_by(
    totals: pd.DataFrame, measure: Measure, groups: "pd.Index[int] | pd.Series[int]"
) -> dict[int, float | None]:
    """The number that the accounts of each group make together, None where none of them has one."""
    sums = totals[columns_of(measure)].groupby(groups).sum(min_count=1)
    is_rate = measure is Measure.ENGAGEMENT_RATE
    values = sums[RATE_ABOVE] / sums[RATE_BELOW].where(sums[RATE_BELOW] != 0) if is_rate else sums[measure.value]
    return {
        int(group): None if isnan(value) else value for group, value in zip(values.index, values.tolist(), strict=True)
    }


def _sum(column: "pd.Series[float]") -> float | None:
    total = column.sum(min_count=1)
    return None if pd.isna(total) else float(total)


def change_of(measure: Measure, value: float | None, before: float | None) -> Change | None:
    """The difference, None where one of them is not known."""
    if value is None or before is None:
        return None
    has_relative = measure in SUMS and before != 0
    return Change(value - before, (value - before) / before if has_relative else None)


def coverage_of(measure: Measure, measured: Measured, counted: pd.DataFrame, period: Period) -> Coverage:
    """What the number of these accounts is made of."""
    shown = len(measured.members)
    if measure is Measure.FOLLOWERS:
        return Coverage(len(counted), shown, as_of_today=int(counted[FOLLOWERS_ARE_TODAYS].sum()))
    members = [member for member in measured.members if member.account_id in counted.index]
    lacking = len(members) * period.days - int(counted[f"{measure}_days"].sum())
    unsettled_known = int((counted[f"{measure}_days"] - counted[f"{measure}_settled_days"]).sum())
    late = _unsettled_days(measure, measured, members, period) - unsettled_known
    return Coverage(len(counted), shown, late_days=late, missing_days=lacking - late)


def _unsettled_days(measure: Measure, measured: Measured, members: list[Member], period: Period) -> int:
    if measure is Measure.POSTS:
        return 0
    return sum(period.days_after(measured.settled[member.platform]) for member in members)


def _grouped(measured: Measured, period: Period, group_of: Mapping[int, int]) -> dict[int, GroupNumbers]:
    totals = account_totals(measured, period)
    groups = totals.index.map(group_of)
    values = {measure: values_by(totals, measure, groups) for measure in FIRST_ROW}
    counted = _by_group(totals[list(FIRST_ROW)].notna().assign(shown=True), groups)
    known = _by_group(_days_known(totals), groups)
    return {
        group: GroupNumbers(
            values={measure: values[measure][group] for measure in FIRST_ROW},
            counted=of[Measure.IMPRESSIONS],
            rated=of[Measure.ENGAGEMENT_RATE],
            shown=of["shown"],
            days={one: DaysKnown(known[group][one], of[one] * period.days) for one in OF_DAYS if of[one]},
        )
        for group, of in counted.items()
    }


def _days_known(totals: pd.DataFrame) -> pd.DataFrame:
    """Of the accounts that have a number: one that never can have it lacks no day."""
    return pd.DataFrame({measure: totals[f"{measure}_days"].where(totals[measure].notna(), 0) for measure in OF_DAYS})


def _by_group(counts: pd.DataFrame, groups: "pd.Index[int]") -> dict[int, dict[str, int]]:
    """The sums of each group's rows."""
    names = [str(name) for name in counts.columns]
    rows = counts.groupby(groups).sum().itertuples(name=None)
    return {int(row[0]): dict(zip(names, map(int, row[1:]), strict=True)) for row in rows}
