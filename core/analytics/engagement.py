"""What counts as engagement, and what is its rate a share of? Each account's days by the rule of its business."""

from collections.abc import Collection, Sequence

import pandas as pd

from core.analytics.members import Member
from core.domain import EngagementRule, RateBase
from core.metrics import CATALOG, Metric

RATE_ABOVE = "rate_above"
RATE_BELOW = "rate_below"
"""A rate is the sum of the one divided by the sum of the other. Of a base whose days may be added these are engagements and
base, on the days that know both; of one whose days may not, the day's own rate and 1, so that the days' mean comes out."""


def has_daily_mean(base: RateBase) -> bool:
    """Whether the days of the base may not be added up, so that only the mean of the days' own rates can be told."""
    return not CATALOG[Metric(base.value)].summable


def agree_on_engagements(rules: Collection[EngagementRule]) -> bool:
    """Whether engagements of these may be added up."""
    return len({rule.counts_clicks for rule in rules}) < 2


def agree_on_rates(rules: Collection[EngagementRule]) -> bool:
    """Whether one rate may be told of these."""
    return len(set(rules)) < 2


def with_rules(days: pd.DataFrame, members: Sequence[Member]) -> pd.DataFrame:
    """The days with engagements as each business counts them, and both parts of the rate; an unknown part leaves it unknown."""
    adding = {member.account_id for member in members if member.adds_clicks}
    engagements = days[Metric.ENGAGEMENTS].where(
        ~days["account_id"].isin(adding), days[Metric.ENGAGEMENTS] + days[Metric.CLICKS]
    )
    return days.assign(**{Metric.ENGAGEMENTS.value: engagements, **_parts(days, members, engagements)})


def _parts(
    days: pd.DataFrame, members: Sequence[Member], engagements: "pd.Series[float]"
) -> dict[str, "pd.Series[float]"]:
    base_of = days["account_id"].map({member.account_id: member.rule.base for member in members})
    base = pd.Series(float("nan"), index=days.index)
    for one in RateBase:
        base = base.where(base_of != one, days[Metric(one.value)])
    is_mean = base_of.isin([one for one in RateBase if has_daily_mean(one)])
    both = base.notna() & engagements.notna() & (~is_mean | (base > 0))
    return {
        RATE_ABOVE: engagements.where(~is_mean, engagements / base.where(base > 0)).where(both),
        RATE_BELOW: base.where(~is_mean, 1.0).where(both),
    }
