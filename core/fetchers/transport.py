"""How is a platform asked? HTTP with timeouts, retries, rate limits and redaction; the only importer of httpx."""

import json
import logging
import re
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, TypeVar

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from core.clock import Clock
from core.errors import FetchError, MalformedAnswerError, RateLimitedError, ReconnectNeededError, TransientError

logging.getLogger("httpx").setLevel(logging.WARNING)  # its INFO line prints every URL

NETWORK_ERRORS = (httpx.HTTPError, httpx.InvalidURL)
"""What the network may raise; for oauth.py, whose client is httpx underneath."""

SIDE_BY_SIDE = 32
"""How many independent requests of all accounts together are in flight through `ApiSession.side_by_side`."""

_KEPT_CHARS = 2000  # of an answer, for the report

_SECRETS = re.compile(
    r"(?i)(bearer\s+|basic\s+|\bcode=|access token:?\s+(?=\S*\d)"
    r"|(?:access_token|refresh_token|fb_exchange_token|client_secret|appsecret_proof|code_verifier|token)[\"']?\s*[=:]\s*[\"']?)"
    r"[^\s\"'&,}]+"
)

T = TypeVar("T")
R = TypeVar("R")


@cache
def tls_context() -> ssl.SSLContext:
    """The certificates, read once a process: each reading takes 35 ms."""
    return httpx.create_ssl_context()


def redact(text: str) -> str:
    """`text` without the values of tokens, codes and secrets."""
    return _SECRETS.sub(r"\1•••", text)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When to try again: exponential backoff with jitter; a platform's own wait is kept up to `patience_s`."""

    attempts: int = 4
    first_wait_s: float = 0.5
    longest_wait_s: float = 20.0
    patience_s: float = 60.0


@dataclass(slots=True)
class CallCounts:
    """What one account's step has asked so far; `waited_s` is the time spent waiting before retries."""

    requests: int = 0
    retries: int = 0
    waited_s: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, *, requests: int = 0, retries: int = 0, waited_s: float = 0.0) -> None:
        with self._lock:
            self.requests += requests
            self.retries += retries
            self.waited_s += waited_s


@dataclass(frozen=True, slots=True)
class Answer:
    """A platform's answer: HTTP status, headers (names in lower case) and the JSON body, None where there is no JSON."""

    status: int
    headers: Mapping[str, str]
    body: Any
    text: str = ""
    """The beginning of a body that is not JSON, redacted."""


Classify = Callable[[Answer, datetime], FetchError | None]
"""A platform's own reading of an answer: the error it means, or None for a good one."""


class UnreadableAnswerError(MalformedAnswerError):
    """A good status without JSON (a challenge page, a truncated body): worth another try, unlike a wrong shape."""


class Transport:
    """The process's one connection pool; thread-safe."""

    def __init__(
        self,
        clock: Clock,
        *,
        policy: RetryPolicy | None = None,
        timeout_s: float = 30.0,
        client: httpx.Client | None = None,
    ) -> None:
        self.clock = clock
        self.policy = policy or RetryPolicy()
        limits = httpx.Limits(max_connections=128, max_keepalive_connections=64)
        self._client = client or httpx.Client(timeout=timeout_s, limits=limits, verify=tls_context())
        # One client serves every account: a cookie set for one must not reach the next.
        self._client.cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        self.pool = ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="fetch")

    def session(self, base_url: str, *, headers: Mapping[str, str], classify: Classify) -> "ApiSession":
        return ApiSession(self, base_url, headers, classify)

    def close(self) -> None:
        self.pool.shutdown(wait=False, cancel_futures=True)
        self._client.close()

    def send(
        self, method: str, url: str, *, headers: Mapping[str, str], form: Mapping[str, str] | None = None
    ) -> Answer:
        """One attempt. Network faults become TransientError; a body that is not JSON is None in the Answer.

        `from None` throughout: httpx quotes an illegal header value, token and all, in its own text.
        """
        try:
            # The URL is built by the caller: LinkedIn's List(...) must stay raw, and params= would encode it.
            response = self._client.request(method, url, headers=dict(headers), data=dict(form) if form else None)
        except httpx.TimeoutException:
            raise TransientError(f"{_host(url)} did not answer in time.") from None
        except UnicodeError:
            raise ReconnectNeededError("The stored login is damaged: connect the account again.") from None
        except NETWORK_ERRORS as error:
            raise TransientError(f"{_host(url)} could not be reached ({type(error).__name__}).") from None
        return _read(response)


class ApiSession:
    """One account's conversation with one platform: its headers, its error reading, its counts."""

    def __init__(self, transport: Transport, base_url: str, headers: Mapping[str, str], classify: Classify) -> None:
        self._transport = transport
        self._base_url = base_url
        self._headers = {"Accept": "application/json", **headers}
        self._token = headers.get("Authorization", "").removeprefix("Bearer ")
        self._classify = classify
        self.counts = CallCounts()

    @property
    def now(self) -> datetime:
        return self._transport.clock.now()

    def get(self, path: str, *, headers: Mapping[str, str] | None = None) -> Answer:
        """The answer to GET `path` (query included, already encoded), after retries."""
        return self._ask("GET", path, headers, None)

    def post(self, path: str, form: Mapping[str, str], *, headers: Mapping[str, str] | None = None) -> Answer:
        """The answer to POST `path` with a form body, after retries."""
        return self._ask("POST", path, headers, form)

    def side_by_side(self, ask: Callable[[T], R], items: Sequence[T]) -> list[R]:
        """`ask` of every item at the same time, results in the order of the items; the first error ends all.

        For requests that do not need each other's answers. Not to be nested: an `ask` must not call it again.
        """
        if len(items) < 2:
            return [ask(item) for item in items]
        return list(self._transport.pool.map(ask, items))

    def _ask(self, method: str, path: str, headers: Mapping[str, str] | None, form: Mapping[str, str] | None) -> Answer:
        policy = self._transport.policy
        retrying = Retrying(
            stop=stop_after_attempt(policy.attempts),
            wait=self._wait,
            retry=retry_if_exception(self._is_worth_a_retry),
            sleep=self._transport.clock.sleep,
            before_sleep=self._count_retry,
            reraise=True,
        )
        return retrying(self._attempt, method, path, {**self._headers, **(headers or {})}, form)

    def _attempt(self, method: str, path: str, headers: Mapping[str, str], form: Mapping[str, str] | None) -> Answer:
        self.counts.add(requests=1)
        answer = self._transport.send(method, self._base_url + path, headers=headers, form=form)
        error = self._classify(answer, self.now)
        if isinstance(error, MalformedAnswerError) and self._token:
            error.answer = error.answer.replace(self._token, "•••")  # a refusal may quote the token in a plain sentence
        if error is not None:
            raise error
        if answer.body is None:
            raise UnreadableAnswerError(
                f"{_host(self._base_url)} answered something that is not JSON.", answer=answer.text
            )
        return answer

    def _is_worth_a_retry(self, error: BaseException) -> bool:
        if isinstance(error, RateLimitedError):
            return error.retry_at - self.now <= timedelta(seconds=self._transport.policy.patience_s)
        return isinstance(error, TransientError | UnreadableAnswerError)

    def _wait(self, state: RetryCallState) -> float:
        policy = self._transport.policy
        backoff = wait_exponential_jitter(
            max=policy.longest_wait_s, multiplier=policy.first_wait_s, jitter=policy.first_wait_s
        )(state)
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, RateLimitedError):
            return max((error.retry_at - self.now).total_seconds(), 1.0)
        return backoff

    def _count_retry(self, state: RetryCallState) -> None:
        self.counts.add(retries=1, waited_s=state.upcoming_sleep)


def classify_by_status(answer: Answer, now: datetime, *, default_wait_s: float = 60.0) -> FetchError | None:
    """What any platform means by 429, 5xx and other refusals; the platforms' own readings come before this one."""
    if answer.status < 300:
        return None
    if answer.status == 429:
        return RateLimitedError("The platform asks to slow down.", retry_at=retry_after(answer, now, default_wait_s))
    if answer.status >= 500:  # 999, LinkedIn's bot protection, too
        return TransientError(f"The platform had a fault of its own (HTTP {answer.status}).")
    kept = answer.text or redact(str(answer.body))[:_KEPT_CHARS]
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


def _read(response: httpx.Response) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    try:
        return Answer(response.status_code, headers, json.loads(response.content))
    except (ValueError, RecursionError):
        kept = redact(response.content[:_KEPT_CHARS].decode("utf-8", "replace"))
        return Answer(response.status_code, headers, None, kept)


def _host(url: str) -> str:
    return url.split("/", 3)[2].rsplit("@", 1)[-1]
