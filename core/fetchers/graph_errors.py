"""What does an error of Meta's Graph API mean? By its code, never by its type or HTTP status, checked 2026-11-23.

https://developers.facebook.com/docs/graph-api/guides/error-handling
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from core.errors import (
    FetchError,
    GoneError,
    MalformedAnswerError,
    OperatorNeededError,
    RateLimitedError,
    ReconnectNeededError,
    TransientError,
)
from core.fetchers.paging import TooMuchAskedError
from core.fetchers.transport import Answer, classify_by_status, gateway_fault, redact

DEFAULT_WAIT = timedelta(hours=1)  # every throttle counts a rolling hour
LONGEST_WAIT = timedelta(days=1)


class MetricRefusedError(MalformedAnswerError):
    """One of the metrics asked for is retired; the answer does not say which."""


class NoInsightsError(GoneError):
    """The object is there but has no insights: too few viewers, or older than the business account."""


def _table(*rows: tuple[tuple[int, ...] | range, type[FetchError], str]) -> dict[int, tuple[type[FetchError], str]]:
    return {code: (error, sentence) for codes, error, sentence in rows for code in codes}


_BY_CODE = _table(
    ((190, 102), ReconnectNeededError, "Meta no longer accepts this login: connect the account again."),
    ((1, 2, -2, -3), TransientError, "Meta had a fault of its own."),
    ((368,), TransientError, "Meta has blocked this action for a while."),
    (
        (10, *range(200, 300)),
        OperatorNeededError,
        "Meta refuses access: the app or the person who connected lacks a permission or a role on the page.",
    ),
    ((3,), OperatorNeededError, "The Meta app may not use this part of the API: check its products and its mode."),
    (
        (2500, 2635),
        OperatorNeededError,
        "This Graph API version no longer works: set TIDELINE_META_VERSION to a newer one.",
    ),
    ((803,), GoneError, "Meta does not know this page, account or post."),
    ((21,), ReconnectNeededError, "This page has moved to another page: connect that one."),
)
_THROTTLES = frozenset({4, 17, 32, 613, 80001, 80002})

_LOGIN_SENTENCES = {
    458: "The person who connected this account removed the app from Facebook: connect the account again.",
    459: "Facebook asks the person who connected this account to pass a check on facebook.com; then connect it again.",
    460: "The password of the person who connected this account has changed: connect the account again.",
    463: "The login has expired: connect the account again.",
    464: "The person who connected this account has not confirmed their Facebook account: confirm it, then connect again.",
    467: "The person who connected this account has logged out of Facebook everywhere: connect the account again.",
    492: "The person who connected this account lost their role on the page: have someone with a role connect it again.",
}

_GONE = GoneError, "Meta no longer shows this object: it was deleted, or the login lost access to it."
_NO_INSIGHTS = NoInsightsError, "Meta has no insights for this post."
_BY_SUBCODE: dict[tuple[int, int], tuple[type[FetchError], str]] = {
    (100, 33): _GONE,
    (100, 2108006): _NO_INSIGHTS,  # posted before the switch to a business account
}
_BY_MESSAGE: dict[tuple[int, str], tuple[type[FetchError], str]] = {
    (10, "not enough viewers"): _NO_INSIGHTS,
    (100, "nonexisting field (insights)"): _NO_INSIGHTS,
    (100, "valid insights metric"): (MetricRefusedError, "Meta has retired one of the metrics asked for."),
    (1, "reduce the amount of data"): (TooMuchAskedError, "Meta asks for smaller requests."),
}


def classify(answer: Answer, now: datetime) -> FetchError | None:
    """Meta's reading of an answer: the body on any status, for the status is not guaranteed."""
    error = answer.body.get("error") if isinstance(answer.body, dict) else None
    if not isinstance(error, dict):
        return gateway_fault(answer) or classify_by_status(answer, now)
    code, subcode, message = _number(error.get("code")), _number(error.get("error_subcode")), str(error.get("message"))
    if code in _THROTTLES:
        return RateLimitedError("Meta asks to slow down.", retry_at=now + _wait_of(answer))
    kind, sentence = _find(code, subcode, message.lower()) or (
        MalformedAnswerError,
        f"Meta refused the request (code {code}).",
    )
    if error.get("is_transient") is True and kind is MalformedAnswerError:
        kind, sentence = _BY_CODE[2]
    if issubclass(kind, MalformedAnswerError):
        return kind(sentence, answer=redact(message)[:2000])
    return kind(sentence)


def _find(code: int, subcode: int, message: str) -> tuple[type[FetchError], str] | None:
    """The most telling reading: by subcode, by the words of the message, by code."""
    told = next((reading for (of, words), reading in _BY_MESSAGE.items() if of == code and words in message), None)
    reading = _BY_SUBCODE.get((code, subcode)) or told or _BY_CODE.get(code)
    if reading and reading[0] is ReconnectNeededError:
        return ReconnectNeededError, _LOGIN_SENTENCES.get(subcode, reading[1])
    return reading


def _wait_of(answer: Answer) -> timedelta:
    """The longest `estimated_time_to_regain_access` (minutes) of any id in the header, else an hour."""
    try:
        usage = json.loads(answer.headers.get("x-business-use-case-usage", ""))
    except ValueError:
        return DEFAULT_WAIT
    minutes = max(_regain_minutes(usage), default=0)
    return min(timedelta(minutes=minutes), LONGEST_WAIT) if minutes > 0 else DEFAULT_WAIT


def _regain_minutes(usage: Any) -> Iterator[int]:
    for entries in usage.values() if isinstance(usage, dict) else ():
        for entry in entries if isinstance(entries, list) else ():
            yield _number(entry.get("estimated_time_to_regain_access")) if isinstance(entry, dict) else 0


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0
