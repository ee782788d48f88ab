"""What happened on the days of a chart that a reader has to know? Metrics that were retired, came back or changed their meaning."""

from collections.abc import Sequence
from datetime import date

from core.domain import Platform
from core.metrics import Grain, Metric
from core.ops.overview import ConnectedAccount
from core.ui import coverage_text, data, post_facts, text
from core.ui.controls import Scope
from core.warehouse import audience_queries


def of_metric(metric: Metric, scope: Scope, accounts: Sequence[ConnectedAccount]) -> dict[date, str]:
    """By day of the period: what became of this metric per day on which platforms."""
    platforms = tuple(platform.value for platform in post_facts.platforms_of(accounts))
    events = data.ask(audience_queries.metric_events, platforms, scope.period.first, scope.period.last)
    of_days = events[(events["metric"] == metric.value) & (events["grain"] == Grain.ACCOUNT_DAY.value)]
    found: dict[date, list[str]] = {}
    for platform, day, word in of_days[["platform", "day", "event"]].itertuples(index=False):
        found.setdefault(day.date(), []).append(coverage_text.event(text.PLATFORMS[Platform(platform)], word))
    return {day: ", ".join(words) for day, words in found.items()}
