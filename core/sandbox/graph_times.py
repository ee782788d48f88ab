"""Which span does a Graph request mean? `since` and `until` as epoch seconds, dates or instants, and `end_time`."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.sandbox.days import day_start
from core.sandbox.graph_errors import graph_error
from core.sandbox.world import FACEBOOK_ZONE

PACIFIC = ZoneInfo(FACEBOOK_ZONE)


def read_moment(asked: Mapping[str, str], name: str, zone: ZoneInfo) -> datetime | None:
    """The instant under `name`; a bare date means its midnight in the zone."""
    value = asked.get(name)
    if not value:
        return None
    try:
        if value.isdecimal():
            return datetime.fromtimestamp(int(value), UTC)
        moment = datetime.fromisoformat(value)
    except (ValueError, OverflowError, OSError):
        raise graph_error(f"(#100) Param {name} must be a valid date or a UNIX timestamp", 100) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def end_of_pacific_day(day: date) -> datetime:
    """The Pacific midnight that ends the day: 07:00Z in summer, 08:00Z in winter."""
    return day_start(day + timedelta(days=1), PACIFIC)


def graph_time(moment: datetime) -> str:
    """The Graph API's instants: no colon in the offset."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def utc_midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
