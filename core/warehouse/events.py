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


_ALTERNATING = ("retired", "returned")
_NEWEST_SQL = "SELECT event FROM metric_events WHERE platform = ? AND metric = ? AND note = ? ORDER BY day DESC, rowid DESC LIMIT 1"


def record_metric_event(warehouse: Warehouse, event: MetricEvent) -> None:
    """Add a row to metric_events. A retirement or return that is known already, from before a crash, is not told twice."""
    platform, metric, grain = event.platform.value, event.metric.value, event.grain.value
    with warehouse.transaction() as connection:
        newest = connection.execute(_NEWEST_SQL, [platform, metric, grain]).fetchone()
        if newest != (event.event,) or event.event not in _ALTERNATING:
            row = [platform, metric, event.day, event.event, grain]
            connection.execute("INSERT INTO metric_events VALUES (?, ?, ?, ?, ?)", row)
