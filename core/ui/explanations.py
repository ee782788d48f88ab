"""How is each number of accounts made? The sentence behind its question mark."""

from core.analytics.audience import LEVEL_MAY_BE_OLD
from core.analytics.kpis import Measure
from core.metrics import CATALOG, Metric
from core.ui import rate_text

EXPLANATIONS: dict[Measure, str] = {
    Measure.FOLLOWERS: "People who follow the accounts at the end of the period: the last number known of each, added up.",
    Measure.IMPRESSIONS: CATALOG[Metric.IMPRESSIONS].definition + " Added up over the days and accounts of the period.",
    Measure.ENGAGEMENTS: f"{CATALOG[Metric.ENGAGEMENTS].definition} {rate_text.FACEBOOK_COUNTS_CLICKS}"
    " And the clicks, where the business counts them and the platform offers them; a day without a known number of them is not"
    " known. Added up over the days and accounts of the period.",
    Measure.ENGAGEMENT_RATE: rate_text.RATE_OF_ACCOUNTS,
    Measure.NET_FOLLOWERS: "Followers at the end of the period less those at its beginning, of the accounts whose number is known"
    f" at both ends (or up to {LEVEL_MAY_BE_OLD} days before).",
    Measure.REACH: f"{CATALOG[Metric.REACH].definition} So this is the average day of each account, added up over the accounts:"
    " who is reached by two of them counts twice.",
    Measure.POSTS: "Posts published on the days of the period, in the zone of their business.",
}
