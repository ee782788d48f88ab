"""How are insights told? The envelope that posts, media, Pages and Instagram accounts share."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from core.sandbox.graph import Viewer
from core.sandbox.graph_errors import dead_metric, graph_error
from core.sandbox.graph_fields import FieldAsk

_DAY = timedelta(days=1)


def asked_metrics(text: str, known: Mapping[str, object] | frozenset[str]) -> list[str]:
    """The metrics of a request: none at all, or one that is dead, fails it whole."""
    metrics = list(dict.fromkeys(filter(None, text.replace(" ", "").split(","))))
    if not metrics:
        raise graph_error("(#100) The parameter metric is required", 3001, subcode=1504028)
    if any(metric not in known for metric in metrics):
        raise dead_metric()
    return metrics


def lifetime(object_id: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Lifetime insights; a metric whose value is not known is left out."""
    return [
        {
            "name": metric,
            "period": "lifetime",
            "values": [{"value": value}],
            "title": metric.replace("_", " ").capitalize(),
            "description": "",
            "id": f"{object_id}/insights/{metric}/lifetime",
        }
        for metric, value in values.items()
        if value is not None
    ]


def check_lifetime(period: str | None, metric: str) -> None:
    if period not in (None, "", "lifetime"):
        raise wrong_period(period, metric)


def wrong_period(period: str, metric: str) -> Exception:
    message = f"(#100) The following periods ({period}) are incompatible with the metric ({metric})"
    return graph_error(message, 100)


def time_paging(viewer: Viewer, path: str, since: datetime, until: datetime) -> dict[str, str]:
    """Links to the windows before and after: they never end, so nobody should follow them."""
    span = until - since
    asked = viewer.asked if path == viewer.path else {}
    windows = {"previous": (since - span, since), "next": (until, until + span)}
    return {
        name: viewer.link(path, {**asked, "since": int(first.timestamp()), "until": int(last.timestamp())})
        for name, (first, last) in windows.items()
    }


def recent_paging(viewer: Viewer, object_id: str) -> dict[str, str]:
    return time_paging(viewer, f"{object_id}/insights", viewer.now - _DAY, viewer.now)


def nested_ask(field: FieldAsk) -> tuple[str, str | None]:
    """The metrics and the period of `insights.metric(a,b).period(lifetime)`."""
    return field.modifiers.get("metric", ""), field.modifiers.get("period")
