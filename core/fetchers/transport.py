"""How is a platform asked? HTTP with timeouts, retries, pauses and counts; the only importer of httpx."""

import json
import logging
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, TypeVar

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from core.clock import Clock
from core.errors import FetchError, MalformedAnswerError, RateLimitedError, ReconnectNeededError, TransientError
from core.fetchers.counts import CallCounts
from core.fetchers.dialect import Answer, Dialect, UnreadableAnswerError, redact
from core.fetchers.pauses import Gate, PauseBook, Sharing

__all__ = ["NETWORK_ERRORS", "ApiSession", "CallCounts", "RetryPolicy", "Transport", "redact", "tls_context"]

for chatterbox in ("httpx", "httpcore"):  # they print URLs and headers
    logging.getLogger(chatterbox).setLevel(logging.WARNING)

NETWORK_ERRORS = (httpx.HTTPError, httpx.InvalidURL)
"""What the network may raise; for oauth.py, whose client is httpx underneath."""

SIDE_BY_SIDE = 32
"""How many independent requests of all accounts of a platform are in flight through `ApiSession.side_by_side`."""

NEARLY_ALL = 0.95
"""The share of a limit from which nothing more is asked for a while: beyond it the platform blocks for longer."""

_KEPT_BYTES = 2000  # of a body that is not JSON, for the report

T = TypeVar("T")
R = TypeVar("R")


@cache
def tls_context() -> ssl.SSLContext:
    """The certificates, read once a process: each reading takes 35 ms."""
    return httpx.create_ssl_context()


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When to try again: exponential backoff with jitter; a platform's own wait is kept up to `patience_s`."""

    attempts: int = 4
    first_wait_s: float = 0.5
    longest_wait_s: float = 20.0
    patience_s: float = 60.0


class _Clients:
    """The connections of the process: a client for each request in flight, the one used last first.

    One client for all would look at every idle connection before each request: 2.6 ms with 64 of them, measured 2026-11-23.
    """

    def __init__(self, make: Callable[[], httpx.Client]) -> None:
        self._make = make
        self._idle: list[httpx.Client] = []
        self._is_closed = False

    @contextmanager
    def borrowed(self) -> Iterator[httpx.Client]:
        try:
            client = self._idle.pop()
        except IndexError:
            client = self._make()
            # A client serves one account after the other: a cookie set for one must not reach the next.
            client.cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        try:
            yield client
        finally:
            self._idle.append(client)
            if self._is_closed:
                self.close()

    def close(self) -> None:
        self._is_closed = True
        while self._idle:
            self._idle.pop().close()


class Transport:
    """The process's connections; thread-safe."""

    def __init__(
        self,
        clock: Clock,
        *,
        policy: RetryPolicy | None = None,
        timeout_s: float = 30.0,
        client: httpx.Client | None = None,
        pauses: PauseBook | None = None,
    ) -> None:
        self.clock = clock
        self.pauses = pauses or PauseBook(clock)
        self.policy = policy or RetryPolicy()
        self._clients = _Clients(lambda: client or httpx.Client(timeout=timeout_s, verify=tls_context()))
        self._pools: dict[str, ThreadPoolExecutor] = {}
        self._lock = threading.Lock()

    def session(self, dialect: Dialect, sharing: Sharing, *, pauses: PauseBook | None = None) -> "ApiSession":
        """A conversation; `pauses` in place of the transport's own book."""
        return ApiSession(self, dialect, Gate(pauses or self.pauses, sharing))

    def close(self) -> None:
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)
        self._clients.close()

    def pool_of(self, base_url: str) -> ThreadPoolExecutor:
        """The threads that ask one platform: a slow one holds up nobody else."""
        with self._lock:
            if base_url not in self._pools:
                self._pools[base_url] = ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="fetch")
            return self._pools[base_url]

    def send(
        self, method: str, url: str, *, headers: Mapping[str, str], form: Mapping[str, str] | None = None
    ) -> Answer:
        """One attempt. Network faults become TransientError; a body that is not JSON is None in the Answer.

        `from None` throughout: httpx quotes an illegal header value, token and all, in its own text.
        """
        try:
            # The URL is built by the caller: LinkedIn's List(...) must stay raw, and params= would encode it.
            with self._clients.borrowed() as client:
                response = client.request(method, url, headers=dict(headers), data=dict(form) if form else None)
        except httpx.TimeoutException:
            raise TransientError(f"{_host(url)} did not answer in time.") from None
        except UnicodeError:
            raise ReconnectNeededError("The stored login is damaged: connect the account again.") from None
        except NETWORK_ERRORS as error:
            raise TransientError(f"{_host(url)} could not be reached ({type(error).__name__}).") from None
        return _read(response)


class ApiSession:
    """One account's conversation with one platform: its dialect, its pauses, its counts."""

    def __init__(self, transport: Transport, dialect: Dialect, gate: Gate) -> None:
        self._transport = transport
        self._dialect = dialect
        self._gate = gate
        self._headers = {"Accept": "application/json", **dialect.headers}
        self._token = dialect.headers.get("Authorization", "").removeprefix("Bearer ")
        self.counts = CallCounts()
        self.usage_share: float | None = None
        """How much of its fullest limit the platform last said is used up; None where it does not say."""

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
        return list(self._transport.pool_of(self._dialect.base_url).map(ask, items))

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
        resource = path.partition("?")[0].split("/", 2)[1]
        self._gate.check(resource)
        self.counts.add(requests=1)
        answer = replace(self._transport.send(method, self._url(path), headers=headers, form=form), resource=resource)
        error = self._dialect.classify(answer, self.now)
        if error is not None:
            raise self._noted(error)
        if answer.body is None:
            host = _host(self._dialect.base_url)
            raise UnreadableAnswerError(f"{host} answered something that is not JSON.", answer=answer.text)
        self._note_usage(answer)
        return answer

    def _url(self, path: str) -> str:
        query = self._dialect.query
        return self._dialect.base_url + path + (f"{'&' if '?' in path else '?'}{query}" if query else "")

    def _noted(self, error: FetchError) -> FetchError:
        """`error`, after its wait is kept for all who share the limit, and our token is taken out of its answer."""
        if isinstance(error, MalformedAnswerError) and self._token:
            error.answer = error.answer.replace(self._token, "•••")  # a refusal may quote the token in a plain sentence
        if not self._is_worth_a_retry(error):
            self._gate.record(error)
        return error

    def _note_usage(self, answer: Answer) -> None:
        told = self._dialect.measure(answer)
        self.usage_share = max((usage.share for usage in told), default=self.usage_share)
        for usage in told:
            if usage.share >= NEARLY_ALL:
                sentence = f"{usage.share:.0%} of the platform's limit is used up: we rest before it blocks us."
                self._gate.record(RateLimitedError(sentence, retry_at=self.now + usage.rest, reach=usage.reach))

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


def _read(response: httpx.Response) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    try:
        return Answer(response.status_code, headers, _parse_json(response.content))
    except (ValueError, RecursionError):
        kept = redact(response.content[:_KEPT_BYTES].decode("utf-8", "replace"))
        return Answer(response.status_code, headers, None, kept)


def _parse_json(content: bytes) -> Any:
    """A JSON body. A platform that cuts a text may cut an emoji in half, and half an emoji can be stored nowhere."""
    body = json.loads(content)
    if b"\\ud" in content.lower():
        body = json.loads(json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"))
    return body


def _host(url: str) -> str:
    return url.split("/", 3)[2].rsplit("@", 1)[-1]
