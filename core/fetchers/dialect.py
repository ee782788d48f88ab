"""How does a platform speak? What a request carries, what an answer means, and what of both may be told."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from core.errors import FetchError, MalformedAnswerError, RateLimitedError, Reach, TransientError

_KEPT_CHARS = 2000  # of an answer, for the report

_SECRETS = re.compile(
    r"(?i)(bearer\s+|basic\s+|\bcode=|access token:?\s+(?=\S*\d)"
    r"|(?:access_token|refresh_token|fb_exchange_token|client_secret|appsecret_proof|code_verifier|token)[\"']?\s*[=:]\s*[\"']?)"
    r"[^\s\"'&,}]+"
)


def redact(text: str) -> str:
    """`text` without the values of tokens, codes and secrets."""
    return _SECRETS.sub(r"\1•••", text)


def text_of(body: Any) -> str:
    """A JSON body as text, to look for a word in it."""
    try:
        return str(body)
    except RecursionError:
        return "(nested too deeply to be told)"


def quote_answer(body: Any) -> str:
    """What of an answer is kept for the report: its beginning, redacted."""
    return redact(text_of(body))[:_KEPT_CHARS]


@dataclass(frozen=True, slots=True)
class Answer:
    """A platform's answer: HTTP status, headers (names in lower case) and the JSON body, None where there is no JSON."""

    status: int
    headers: Mapping[str, str]
    body: Any
    text: str = ""
    """The beginning of a body that is not JSON, redacted."""
    resource: str = ""
    """The endpoint that answered: the first part of its path."""
    path: str = ""
    """Its whole path, without the query."""


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of a limit is used up (1.0 = all of it), who shares the limit, and how long to rest when it is nearly all.

    `rest` is None where reaching the limit costs nothing but the wait; `used` of `quota` is in calls, or in percent.
    """

    share: float
    reach: Reach
    rest: timedelta | None
    name: str = ""
    """What the limit is of, in the platform's words: an endpoint, a page."""
    unit: str = "percent"
    used: float | None = None
    quota: float | None = None
    resets_at: datetime | None = None
    is_counted: bool = False
    """The platform tells nothing: `used` is what this answer adds to our own count of the day, and `share` says nothing."""


Classify = Callable[[Answer, datetime], FetchError | None]
"""A platform's own reading of an answer: the error it means, or None for a good one."""
Measure = Callable[[Answer], Sequence[Usage]]
"""What an answer's headers tell of the limits."""


class Packing(Protocol):
    """How a platform takes several GET requests in one."""

    @property
    def most(self) -> int:
        """How many it takes at once."""
        ...

    def pack(self, paths: Sequence[str]) -> tuple[str, Mapping[str, str]]:
        """The path and the form of the POST that holds them."""
        ...

    def unpack(self, answer: Answer, asked: int) -> list[Answer | None]:
        """Each one's own answer in their order; None where it timed out."""
        ...


@dataclass(frozen=True, slots=True)
class Dialect:
    """One login's way of speaking to a platform."""

    base_url: str
    headers: Mapping[str, str] = field(repr=False)
    classify: Classify
    measure: Measure = field(default=lambda _answer: ())
    query: str = field(default="", repr=False)
    """Goes with every request, already encoded."""
    packing: Packing | None = None
    """None where every request is asked alone."""


class UnreadableAnswerError(MalformedAnswerError):
    """A good status without JSON (a challenge page, a truncated body): worth another try, unlike a wrong shape."""


def classify_by_status(answer: Answer, now: datetime, *, default_wait_s: float = 60.0) -> FetchError | None:
    """What any platform means by 429, 5xx and other refusals; the platforms' own readings come before this one."""
    if answer.status < 300:
        return None
    if answer.status == 429:
        return RateLimitedError("The platform asks to slow down.", retry_at=retry_after(answer, now, default_wait_s))
    if answer.status >= 500:  # 999, LinkedIn's bot protection, too
        return TransientError(f"The platform had a fault of its own (HTTP {answer.status}).")
    kept = answer.text or quote_answer(answer.body)
    return MalformedAnswerError(f"The platform refused the request (HTTP {answer.status}).", answer=kept)


def gateway_fault(answer: Answer) -> TransientError | None:
    """A refusal without JSON is a gateway's or a bot check's, not the API's own word: nobody has to sign in again for it."""
    if answer.status < 400 or answer.status == 429 or answer.body is not None:
        return None
    return TransientError(f"The platform's gateway answered with a web page instead of data (HTTP {answer.status}).")


def retry_after(answer: Answer, now: datetime, default_wait_s: float) -> datetime:
    """The instant of a Retry-After header (seconds or a date), a day away at most, or `default_wait_s` from now."""
    value = answer.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdecimal():
        return now + timedelta(seconds=min(int(value[:9]), 86_400))
    try:
        asked = parsedate_to_datetime(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return now + timedelta(seconds=default_wait_s)
    return min(max(asked, now), now + timedelta(days=1))
