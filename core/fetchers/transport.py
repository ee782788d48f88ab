"""How is a platform asked? HTTP with timeouts, retries, rate limits and redaction; the only importer of httpx."""

import json
import logging
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from core.clock import Clock
from core.errors import FetchError, MalformedAnswerError, RateLimitedError, TransientError

logging.getLogger("httpx").setLevel(logging.WARNING)  # its INFO line prints every URL

_SECRETS = re.compile(
    r"(?i)(bearer\s+|basic\s+|(?:access_token|refresh_token|client_secret|appsecret_proof|code_verifier|code|token)[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,}]+"
)


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


Classify = Callable[[Answer, datetime], FetchError | None]
"""A platform's own reading of an answer: the error it means, or None for a good one."""


class Transport:
    """The process's one connection pool; thread-safe."""

    def __init__(self, clock: Clock, *, policy: RetryPolicy | None = None, timeout_s: float = 30.0, client: httpx.Client | None = None) -> None:
        self.clock = clock
        self.policy = policy or RetryPolicy()
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=32)
        self._client = client or httpx.Client(timeout=timeout_s, limits=limits, follow_redirects=False, trust_env=True)

    def session(self, base_url: str, *, headers: Mapping[str, str], classify: Classify) -> "ApiSession":
        return ApiSession(self, base_url, headers, classify)

    def close(self) -> None:
        self._client.close()

    def send(self, method: str, url: str, *, headers: Mapping[str, str], form: Mapping[str, str] | None = None) -> Answer:
        """One attempt. Network faults become TransientError, a 2xx body that is not JSON MalformedAnswerError."""
        try:
            # The URL is built by the caller: LinkedIn's List(...) must stay raw, and params= would encode it.
            response = self._client.request(method, url, headers=dict(headers), data=dict(form) if form else None)
        except httpx.TimeoutException as error:
            raise TransientError(f"{_host(url)} did not answer in time.") from error
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise TransientError(f"{_host(url)} could not be reached ({type(error).__name__}).") from error
        return Answer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, _json_body(response))


class ApiSession:
    """One account's conversation with one platform: its headers, its error reading, its counts."""

    def __init__(self, transport: Transport, base_url: str, headers: Mapping[str, str], classify: Classify) -> None:
        self._transport = transport
        self._base_url = base_url
        self._headers = dict(headers)
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
        if error is not None:
            raise error
        if answer.body is None:
            raise MalformedAnswerError(f"{_host(self._base_url)} answered something that is not JSON (HTTP {answer.status}).")
        return answer

    def _is_worth_a_retry(self, error: BaseException) -> bool:
        if isinstance(error, RateLimitedError):
            return error.retry_at - self.now <= timedelta(seconds=self._transport.policy.patience_s)
        return isinstance(error, TransientError | MalformedAnswerError)

    def _wait(self, state: RetryCallState) -> float:
        policy = self._transport.policy
        backoff = wait_exponential_jitter(policy.first_wait_s, policy.longest_wait_s, jitter=policy.first_wait_s)(state)
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, RateLimitedError):
            return max((error.retry_at - self.now).total_seconds(), 1.0)
        return backoff

    def _count_retry(self, state: RetryCallState) -> None:
        self.counts.add(retries=1, waited_s=state.upcoming_sleep)


def classify_by_status(answer: Answer, now: datetime, *, default_wait_s: float = 60.0) -> FetchError | None:
    """What any platform means by 429 and 5xx; the platforms' own readings come before this one."""
    if answer.status == 429:
        return RateLimitedError("The platform asks to slow down.", retry_at=retry_after(answer, now, default_wait_s))
    if answer.status >= 500 or answer.status == 999:  # 999: LinkedIn's bot protection
        return TransientError(f"The platform had a fault of its own (HTTP {answer.status}).")
    if answer.status >= 400:
        return MalformedAnswerError(f"The platform refused the request (HTTP {answer.status}).", answer=redact(str(answer.body))[:2000])
    return None


def retry_after(answer: Answer, now: datetime, default_wait_s: float) -> datetime:
    """The instant of a Retry-After header in seconds, or `default_wait_s` from now."""
    value = answer.headers.get("retry-after", "")
    return now + timedelta(seconds=float(value) if value.isdigit() else default_wait_s)


def _json_body(response: httpx.Response) -> Any:
    try:
        return json.loads(response.content)
    except ValueError:
        return None


def _host(url: str) -> str:
    return httpx.URL(url).host or url
