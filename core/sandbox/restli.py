"""How does LinkedIn read a query? Rest.li 2.0: lists and structs stay raw, the items in them are percent-encoded."""

import re
from datetime import UTC, date, datetime
from typing import NoReturn
from urllib.parse import unquote

from core.sandbox.answers import RefusalError

_DAY_MS = 86_400_000
_ENCODED_SYNTAX = re.compile(r"(?i)^(List)?%28")
_TOLERATED = frozenset({"fields"})


class RestliQuery:
    """One request's raw query."""

    def __init__(self, raw: str) -> None:
        pairs = [pair.partition("=") for pair in raw.split("&") if pair]
        self._raw = {unquote(name): value for name, _, value in pairs}

    def allow(self, *names: str) -> None:
        """Refuse every parameter but these, and every value whose brackets were percent-encoded."""
        for name, value in self._raw.items():
            if name not in (*names, *_TOLERATED) or _ENCODED_SYNTAX.match(value):
                refuse_parameter(name)

    def has(self, name: str) -> bool:
        return name in self._raw

    def text(self, name: str, default: str = "") -> str:
        return unquote(self._raw.get(name, default))

    def number(self, name: str, default: int) -> int:
        value = self._raw.get(name, str(default))
        if not value.isdecimal():
            refuse_argument(f"Invalid {name} parameter: {value} is not a number")
        return int(value)

    def urn(self, name: str) -> str:
        """One urn, percent-encoded as a whole."""
        return _decoded(name, self._raw.get(name, ""))

    def items(self, name: str) -> list[str]:
        """The items of List(a,b), each decoded; [] where the parameter is absent."""
        value = self._raw.get(name)
        if value is None:
            return []
        if not (value.startswith("List(") and value.endswith(")")):
            refuse_parameter(name)
        inside = value.removeprefix("List(")[:-1]
        return [_decoded(name, item) for item in inside.split(",")] if inside else []

    def days(self, name: str = "timeIntervals") -> tuple[date, date]:
        """The first day of the interval and the day after its last."""
        value = self._raw.get(name, "")
        span = re.search(r"timeRange:\(start:(\d{1,14}),end:(\d{1,14})\)", value)
        is_daily = re.search(r"timeGranularityType:DAY\b", value)
        if not span or not is_daily or not (value.startswith("(") and value.endswith(")")):
            refuse_argument(f"Invalid timeIntervals parameter {value}")
        start, end = int(span[1]), int(span[2])
        if start % _DAY_MS or end % _DAY_MS or end <= start:
            refuse_argument(
                "Invalid timeIntervals parameter: start and end must be UTC midnights, a day apart at least"
            )
        return _utc_day(start), _utc_day(end)


def refuse_parameter(name: str) -> NoReturn:
    raise RefusalError(
        400,
        {
            "status": 400,
            "code": "QUERY_PARAM_NOT_ALLOWED",
            "message": "Invalid query parameters passed to request",
            "errorDetailType": "com.linkedin.common.error.BadRequest",
            "errorDetails": {
                "inputErrors": [
                    {
                        "description": f"Query parameter {name} is not allowed in this form",
                        "input": {"inputPath": {"fieldPath": name}},
                        "code": "QUERY_PARAM_NOT_ALLOWED",
                    }
                ]
            },
        },
    )


def refuse_argument(message: str) -> NoReturn:
    raise RefusalError(400, {"status": 400, "code": "ILLEGAL_ARGUMENT", "message": message})


def day_ms(day: date) -> int:
    """A UTC day's first millisecond."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000


def _utc_day(milliseconds: int) -> date:
    return datetime.fromtimestamp(milliseconds // 1000, UTC).date()


def _decoded(name: str, raw: str) -> str:
    if ":" in raw:  # a colon is syntax in Rest.li 2.0: urns are encoded as a whole
        refuse_parameter(name)
    return unquote(raw)
