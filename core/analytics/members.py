"""Whose numbers are looked at? One account of those that a number is made of, with the rule of its business."""

from dataclasses import dataclass
from datetime import timedelta

from core.domain import USUAL_RULE, EngagementRule, Platform


@dataclass(frozen=True, slots=True)
class Member:
    """One account of those a number is made of; `interval` is the schedule of its business.

    `adds_clicks`: the clicks of a day are added to its engagements, since the business counts them, and its platform offers
    them apart.
    """

    account_id: int
    business_id: int
    platform: Platform
    interval: timedelta = timedelta(hours=1)
    rule: EngagementRule = USUAL_RULE
    adds_clicks: bool = False
