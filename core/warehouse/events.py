"""How does the warehouse learn that a metric was retired, came back or changed its meaning?"""

from datetime import date

from core.domain import Platform
from core.metrics import Grain, Metric
from core.warehouse.connection import Warehouse


def record_metric_event(
    warehouse: Warehouse, platform: Platform, metric: tuple[Grain, Metric], event: str, *, day: date
) -> None:
    """Add a row to metric_events; `event` is retired, returned or redefined."""
    grain, name = metric
    with warehouse.transaction() as connection:
        connection.execute(
            "INSERT INTO metric_events VALUES (?, ?, ?, ?, ?)", [platform.value, name.value, day, event, grain.value]
        )
