"""What does X tell of its limits? A window of 15 minutes for each login and endpoint, in the headers of every answer, checked 2026-11-24.

https://docs.x.com/x-api/fundamentals/rate-limits
"""

import re
from datetime import UTC, datetime, timedelta

from core.errors import Reach
from core.fetchers.dialect import Answer, Usage

DEFAULT_WAIT = timedelta(minutes=15)  # the window of every limit

_HEADER = "x-rate-limit-"
_ID = re.compile(r"(?<=/)\d+")


def measure(answer: Answer) -> list[Usage]:
    """How much of the endpoint's window is used up; nothing where the headers are missing or nonsense."""
    limit, remaining, reset_at = _number(answer, "limit"), _number(answer, "remaining"), _read_reset(answer)
    if not limit or remaining is None or reset_at is None:
        return []
    used = max(limit - remaining, 0)
    endpoint = _ID.sub(":id", answer.path).strip("/")
    return [
        Usage(used / limit, Reach.ACCOUNT, None, endpoint, unit="calls", used=used, quota=limit, resets_at=reset_at)
    ]


def reset_at(answer: Answer, now: datetime) -> datetime:
    """The end of the window: at least a second away, and the default where the header is missing or nonsense."""
    told = _read_reset(answer)
    if told is None:
        return now + DEFAULT_WAIT
    return min(max(told, now + timedelta(seconds=1)), now + timedelta(days=1))


def _read_reset(answer: Answer) -> datetime | None:
    seconds = _number(answer, "reset")
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _number(answer: Answer, name: str) -> int | None:
    value = answer.headers.get(_HEADER + name, "")
    return int(value) if len(value) <= 10 and value.isascii() and value.isdecimal() else None
