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
    Reach,
    ReconnectNeededError,
    TransientError,
)
from core.fetchers.dialect import Answer, Usage, classify_by_status, gateway_fault, quote_answer
from core.fetchers.paging import TooMuchAskedError

DEFAULT_WAIT = timedelta(hours=1)  # every throttle counts a rolling hour
REST = timedelta(minutes=15)  # before a throttle: enough of the rolling hour passes to go on
_MOST_MINUTES = 24 * 60.0


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
_THROTTLES = {4: Reach.APP} | dict.fromkeys((17, 32, 613, 80001, 80002), Reach.ACCOUNT)

_LOGIN_SENTENCES = {
    458: "The person who connected this account removed the app from their settings: connect the account again.",
    459: "Meta asks the person who connected this account to pass a check on facebook.com; then connect it again.",
    460: "The password of the person who connected this account has changed: connect the account again.",
    463: "The login has expired: connect the account again.",
    464: "The person who connected this account has not confirmed their Facebook account: confirm it, then connect again.",
    467: "The person who connected this account has logged out everywhere: connect the account again.",
    492: "The person who connected this account lost their role on the page: have someone with a role connect it again.",
    493: "Meta gives data for 90 days after a sign-in, and these are over: connect the account again.",
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
    error = _error_in(answer.body)
    if error is None:
        return gateway_fault(answer) or classify_by_status(answer, now)
    code, subcode = _whole(error.get("code")), _whole(error.get("error_subcode", error.get("subcode")))
    message = quote_answer(error.get("message"))
    if code in _THROTTLES:
        return RateLimitedError("Meta asks to slow down.", retry_at=now + _wait_of(answer), reach=_THROTTLES[code])
    kind, sentence = _find(code, subcode, message.lower()) or (
        MalformedAnswerError,
        f"Meta refused the request (code {code}).",
    )
    if error.get("is_transient") is True and kind is MalformedAnswerError:
        kind, sentence = _BY_CODE[2]
    if issubclass(kind, MalformedAnswerError):
        return kind(sentence, answer=message)
    return kind(sentence)


def _error_in(body: Any) -> dict[str, Any] | None:
    """The error of an answer; debug_token puts the one of a dead token beside `is_valid`, with HTTP 200."""
    inner = body.get("data") if isinstance(body, dict) else None
    holder = inner if isinstance(inner, dict) and inner.get("is_valid") is False else body
    error = holder.get("error") if isinstance(holder, dict) else None
    return error if isinstance(error, dict) else None


def _find(code: int, subcode: int, message: str) -> tuple[type[FetchError], str] | None:
    """The most telling reading: by subcode, by the words of the message, by code."""
    told = next((reading for (of, words), reading in _BY_MESSAGE.items() if of == code and words in message), None)
    reading = _BY_SUBCODE.get((code, subcode)) or told or _BY_CODE.get(code)
    if reading and reading[0] is ReconnectNeededError:
        return ReconnectNeededError, _LOGIN_SENTENCES.get(subcode, reading[1])
    return reading


def measure(answer: Answer) -> list[Usage]:
    """The limits that the usage headers tell, in percent: of the app, and of the pages and accounts of this login.

    https://developers.facebook.com/docs/graph-api/overview/rate-limiting (2026-11-23)
    """
    told = [(Reach.APP, "", _header(answer, "x-app-usage")), (Reach.ACCOUNT, "page", _header(answer, "x-page-usage"))]
    told += [(Reach.ACCOUNT, _name_of(owner, entry), entry) for owner, entry in _business_entries(answer)]
    return [_usage(name, reach, entry) for reach, name, entry in told if isinstance(entry, dict)]


def _usage(name: str, reach: Reach, entry: dict[str, Any]) -> Usage:
    share = _share(entry)
    return Usage(share, reach, _minutes(entry) or REST, name, used=round(share * 100, 2), quota=100.0)


def _name_of(owner: str, entry: dict[str, Any]) -> str:
    """Which limit of whom: several of one page or account stand side by side."""
    return f"{entry.get('type', 'calls')} {owner}"[:100]


def _share(entry: dict[str, Any]) -> float:
    return max(_amount(entry.get(name)) for name in ("call_count", "total_time", "total_cputime")) / 100


def _wait_of(answer: Answer) -> timedelta:
    """The longest `estimated_time_to_regain_access` of any id in the header, else an hour."""
    waits = [_minutes(entry) for _, entry in _business_entries(answer)]
    return max(waits, default=timedelta()) or DEFAULT_WAIT


def _minutes(entry: dict[str, Any]) -> timedelta:
    return timedelta(minutes=min(max(_amount(entry.get("estimated_time_to_regain_access")), 0.0), _MOST_MINUTES))


def _business_entries(answer: Answer) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every entry of every id, with the id: a login's pages and accounts may be told together."""
    usage = _header(answer, "x-business-use-case-usage")
    for owner, entries in usage.items() if isinstance(usage, dict) else ():
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict):
                yield owner, entry


def _header(answer: Answer, name: str) -> Any:
    """A header's JSON; None where it is missing or none."""
    try:
        return json.loads(answer.headers.get(name, ""))
    except (ValueError, RecursionError):
        return None


def _whole(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _amount(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and abs(value) < 1e12 else 0.0  # no NaN either
