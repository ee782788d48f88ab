"""How does an Instagram account count? Totals over a span, and daily series of reach and new followers."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from core.domain import AccountDay
from core.sandbox.graph import Viewer
from core.sandbox.graph_errors import graph_error
from core.sandbox.graph_insights import asked_metrics, time_paging, wrong_period
from core.sandbox.graph_times import end_of_pacific_day, graph_time, read_moment, utc_midnight
from core.sandbox.world import Account

_UTC = ZoneInfo("UTC")
_DAY = timedelta(days=1)
_LONGEST_SPAN = timedelta(days=30)
_KEPT = timedelta(days=90)
_SERIES_KEPT = timedelta(days=30)
_REACH_OVERLAP = 1.56  # how far the sum of daily reach overstates the reach of the span

_TOTALS: dict[str, Callable[[AccountDay], int | None]] = {
    "views": lambda day: day.impressions,
    "reach": lambda day: day.reach,
    "total_interactions": lambda day: day.engagements,
    "likes": lambda day: day.likes,
    "comments": lambda day: day.comments,
    "saves": lambda day: day.saves,
    "shares": lambda day: day.shares,
    "profile_views": lambda day: day.profile_views,
    "website_clicks": lambda day: day.link_clicks,
    "profile_links_taps": lambda day: day.clicks,
    "accounts_engaged": lambda day: None if day.engagements is None else day.engagements * 4 // 5,
    "follows_and_unfollows": lambda _: None,
    "replies": lambda _: None,
    "reposts": lambda _: None,
}
_SERIES: dict[str, Callable[[AccountDay], int | None]] = {
    "reach": lambda day: day.reach,
    "follower_count": lambda day: day.followers_gained,
}


def account_insights(account: Account, viewer: Viewer) -> dict[str, Any]:
    metrics = asked_metrics(viewer.asked.get("metric", ""), _TOTALS | _SERIES)
    metric_type = _metric_type(viewer, metrics)
    since, until = _span(viewer)
    if metric_type == "time_series":
        answers = [_series(account, metric, (since, until), viewer) for metric in metrics]
    else:
        answers = [_total(account, metric, (since, until), viewer) for metric in metrics]
    return {"data": [answer for answer in answers if answer], "paging": time_paging(viewer, viewer.path, since, until)}


def _metric_type(viewer: Viewer, metrics: list[str]) -> str:
    period = viewer.asked.get("period")
    if not period:
        raise graph_error("(#100) the parameter period is required", 100)
    if period != "day":
        raise wrong_period(period, metrics[0])
    asked = viewer.asked.get("metric_type", "time_series")
    if asked not in ("total_value", "time_series"):
        raise graph_error("(#100) metric_type must be one of total_value, time_series", 100)
    only_total = [metric for metric in metrics if metric not in _SERIES]
    if asked == "time_series" and only_total:
        message = (
            f"(#100) The following metrics ({','.join(only_total)}) should be specified with parameter "
            "metric_type=total_value"
        )
        raise graph_error(message, 100)
    if asked == "total_value" and "follower_count" in metrics:
        raise graph_error("(#100) Incompatible metric type (total_value) with metric (follower_count)", 100)
    return asked


def _span(viewer: Viewer) -> tuple[datetime, datetime]:
    """[since, until); without them, the last day that has ended."""
    midnight = utc_midnight(viewer.now.date())
    until = read_moment(viewer.asked, "until", _UTC) or midnight
    since = read_moment(viewer.asked, "since", _UTC) or until - _DAY
    if until <= since:
        raise graph_error("(#100) since must be before until", 100)
    if until - since > _LONGEST_SPAN:
        message = "(#100) There cannot be more than 30 days (2592000 s) between since and until"
        raise graph_error(message, 100)
    return since, until


def _days(account: Account, span: tuple[datetime, datetime], viewer: Viewer, kept: timedelta) -> list[AccountDay]:
    since, until = span
    oldest = (viewer.now - kept).date() if viewer.limited else since.date()
    return account.days(max(since.date(), oldest), (until - timedelta(microseconds=1)).date(), viewer.now)


def _total(account: Account, metric: str, span: tuple[datetime, datetime], viewer: Viewer) -> dict[str, Any] | None:
    """One figure for the whole span, None where no day of it is known."""
    days = _days(account, span, viewer, _KEPT)
    if metric == "follows_and_unfollows":
        total = _follows(days, viewer)
    else:
        known = [value * _overlap(day, span) for day in days if (value := _TOTALS[metric](day)) is not None]
        if not known:
            return None
        total = {"value": int(max(sum(known) / _REACH_OVERLAP, *known) if _repeats(metric, known) else sum(known))}
    return {
        "name": metric,
        "period": "day",
        "title": metric.replace("_", " ").capitalize(),
        "total_value": total,
        "id": f"{account.external_id}/insights/{metric}/day",
    }


def _repeats(metric: str, known: list[float]) -> bool:
    """Whether the same people would be counted again by adding up."""
    return metric == "reach" and len(known) > 1


def _follows(days: list[AccountDay], viewer: Viewer) -> dict[str, Any]:
    """Only a breakdown, and that only over two days or more."""
    if viewer.asked.get("breakdown") != "follow_type":
        return {}
    gained = [day.followers_gained for day in days if day.followers_gained is not None]
    lost = [day.followers_lost for day in days if day.followers_lost is not None]
    breakdown: dict[str, Any] = {"dimension_keys": ["follow_type"]}
    if len(gained) > 1:
        breakdown["results"] = [
            {"dimension_values": ["FOLLOWER"], "value": sum(gained)},
            {"dimension_values": ["NON_FOLLOWER"], "value": sum(lost)},
        ]
    return {"breakdowns": [breakdown]}


def _overlap(day: AccountDay, span: tuple[datetime, datetime]) -> float:
    """The share of a UTC day inside the span: a span that ends at noon counts half of it."""
    start = utc_midnight(day.day)
    return (min(span[1], start + _DAY) - max(span[0], start)) / _DAY


def _series(account: Account, metric: str, span: tuple[datetime, datetime], viewer: Viewer) -> dict[str, Any] | None:
    closed = [day for day in _days(account, span, viewer, _SERIES_KEPT) if utc_midnight(day.day) + _DAY <= viewer.now]
    known = [(day.day, value) for day in closed if (value := _SERIES[metric](day)) is not None]
    if not known:
        return None
    values = [{"value": value, "end_time": graph_time(end_of_pacific_day(day))} for day, value in known]
    return {"name": metric, "period": "day", "values": values, "id": f"{account.external_id}/insights/{metric}/day"}
