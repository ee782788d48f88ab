"""How is each number of accounts made? The sentence behind its question mark."""

from core.analytics.audience import LEVEL_MAY_BE_OLD
from core.analytics.kpis import Measure
from core.metrics import CATALOG, Metric
from core.ui import text

EXPLANATIONS: dict[Measure, str] = {
    Measure.FOLLOWERS: "People who follow the accounts at the end of the period: the last number known of each, added up.",
    Measure.IMPRESSIONS: CATALOG[Metric.IMPRESSIONS].definition + " Added up over the days and accounts of the period.",
    Measure.ENGAGEMENTS: f"{CATALOG[Metric.ENGAGEMENTS].definition} {text.FACEBOOK_COUNTS_CLICKS}"
    " Added up over the days and accounts of the period.",
    Measure.ENGAGEMENT_RATE: "Engagements ÷ impressions, over those account days of which both are known.",
    Measure.NET_FOLLOWERS: "Followers at the end of the period less those at its beginning, of the accounts whose number is known"
    f" at both ends (or up to {LEVEL_MAY_BE_OLD} days before).",
    Measure.REACH: f"{CATALOG[Metric.REACH].definition} So this is the average day of each account, added up over the accounts:"
    " who is reached by two of them counts twice.",
    Measure.POSTS: "Posts published on the days of the period, in the zone of their business.",
}
