"""How does the warehouse learn that a metric was retired, came back or changed its meaning?"""

from datetime import date
from typing import NamedTuple

from core.domain import Platform
from core.metrics import Grain, Metric
from core.warehouse.connection import Warehouse


class MetricEvent(NamedTuple):
    """A metric of a platform that was retired, has returned or was redefined."""

    platform: Platform
    grain: Grain
    metric: Metric
    event: str
    day: date


def record_metric_event(warehouse: Warehouse, event: MetricEvent) -> None:
    """Add a row to metric_events."""
    row = [event.platform.value, event.metric.value, event.day, event.event, event.grain.value]
    with warehouse.transaction() as connection:
        connection.execute("INSERT INTO metric_events VALUES (?, ?, ?, ?, ?)", row)
