"""How is a platform asked? HTTP with timeouts, retries, pauses and counts; the only importer of httpx."""

import logging
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import cache, partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import ParamSpec, TypeVar

import httpx

from core.clock import Clock
from core.errors import FetchError, MalformedAnswerError, RateLimitedError, ReconnectNeededError, TransientError
from core.fetchers.bodies import read_body
from core.fetchers.clients import Clients
from core.fetchers.counts import Attempt, CallCounts
from core.fetchers.dialect import Answer, Dialect, UnreadableAnswerError, Usage, redact
from core.fetchers.pauses import Gate, PauseBook, Sharing
from core.fetchers.retrying import Patience, RetryPolicy
from core.fetchers.together import Parts, PartsReader

__all__ = ["NETWORK_ERRORS", "ApiSession", "CallCounts", "RetryPolicy", "Transport", "redact", "tls_context"]

for chatterbox in ("httpx", "httpcore"):  # they print URLs and headers
    logging.getLogger(chatterbox).setLevel(logging.WARNING)

NETWORK_ERRORS = (httpx.HTTPError, httpx.InvalidURL)
"""What the network may raise; for oauth.py, whose client is httpx underneath."""

SIDE_BY_SIDE = 32
"""How many independent requests of all accounts of a platform are in flight through `ApiSession.side_by_side`."""

NEARLY_ALL = 0.95
"""The share of a limit from which nothing more is asked for a while: beyond it the platform blocks for longer."""

T = TypeVar("T")
R = TypeVar("R")
P = ParamSpec("P")


@cache
def tls_context() -> ssl.SSLContext:
    """The certificates, read once a process: each reading takes 35 ms."""
    return httpx.create_ssl_context()


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
        self._clients = Clients(
            lambda: _without_cookies(client or httpx.Client(timeout=timeout_s, verify=tls_context()))
        )
        self._pools: dict[str, ThreadPoolExecutor] = {}
        self._lock = threading.Lock()

    def session(self, dialect: Dialect, sharing: Sharing, *, pauses: PauseBook | None = None) -> "ApiSession":
        """A conversation; `pauses` in place of the transport's own book."""
        return ApiSession(self, dialect, Gate(pauses or self.pauses, sharing))

    def close(self) -> None:
        with self._lock:
            pools = list(self._pools.values())
        for pool in pools:
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
        """One attempt. Network faults become TransientError; a body that is not JSON is None in the Answer."""
        return _read(self.exchange(method, url, headers=headers, form=form))

    def exchange(
        self, method: str, url: str, *, headers: Mapping[str, str], form: Mapping[str, str] | None
    ) -> httpx.Response:
        """What came back, unread.

        `from None` throughout: httpx quotes an illegal header value, token and all, in its own text.
        """
        try:
            # The URL is built by the caller: LinkedIn's List(...) must stay raw, and params= would encode it.
            with self._clients.borrowed(_host(url)) as client:
                return client.send(_request(client, method, url, headers, form))
        except httpx.TimeoutException:
            raise TransientError(f"{_host(url)} did not answer in time.") from None
        except UnicodeError:
            raise ReconnectNeededError("The stored login is damaged: connect the account again.") from None
        except NETWORK_ERRORS as error:
            raise TransientError(f"{_host(url)} could not be reached ({type(error).__name__}).") from None


class ApiSession:
    """One account's conversation with one platform: its dialect, its pauses, its counts."""

    def __init__(self, transport: Transport, dialect: Dialect, gate: Gate) -> None:
        self._transport = transport
        self._dialect = dialect
        self._gate = gate
        self._headers = {"Accept": "application/json", **dialect.headers}
        self._token = dialect.headers.get("Authorization", "").removeprefix("Bearer ")
        self._place = dialect.base_url.partition("://")[2].rsplit("@", 1)[-1]
        self._patience = Patience(transport.policy, transport.clock.now)
        self.counts = CallCounts(transport.clock)
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

    def get_together(self, paths: Sequence[str]) -> list[Answer | FetchError]:
        """What each of these independent GETs comes to, in their order: packed where the platform takes several in one.

        Packed ones answer each for itself; of those asked side by side the first error ends all. Not to be nested either.
        """
        packing = self._dialect.packing
        if packing is None or len(paths) < 2:
            return list(self.side_by_side(self.get, paths))
        packs = [Parts(paths[start : start + packing.most], {}) for start in range(0, len(paths), packing.most)]
        reader = PartsReader(packing, self._send, self._judge, self._patience, partial(self.counts.log.add, "note"))
        self.side_by_side(lambda parts: self._patiently(reader.ask_rest, parts, self._pack_attempt), packs)
        return [result for parts in packs for result in parts.results()]

    def _pack_attempt(self, path: str, form: Mapping[str, str], calls: int) -> Attempt:
        return Attempt("POST", self._place, path, self._headers, form, calls)

    def _ask(self, method: str, path: str, headers: Mapping[str, str] | None, form: Mapping[str, str] | None) -> Answer:
        asked = Attempt(method, self._place, path, {**self._headers, **(headers or {})}, form)
        return self._patiently(lambda: self._judge(self._send(asked)))

    def _patiently(self, attempt: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        with self.counts.log.telling(FetchError):
            return self._patience.retrying(self.counts)(attempt, *args, **kwargs)

    def _send(self, asked: Attempt) -> Answer:
        """One attempt, if nothing keeps us from asking; its answer unjudged."""
        path = asked.bare_path
        resource = path.split("/", 2)[1]
        self._gate.check(resource)
        self.counts.add_request()
        return replace(self._exchange(asked), resource=resource, path=path)

    def _judge(self, answer: Answer) -> Answer:
        """The answer, if it is a good one; what it tells of limits is kept either way."""
        told = self._measure(answer)
        error = self._dialect.classify(answer, self.now)
        if error is not None:
            raise self._noted(error)
        if answer.body is None:
            host = _host(self._dialect.base_url)
            raise UnreadableAnswerError(f"{host} answered something that is not JSON.", answer=answer.text)
        self._rest_before_a_limit(told)
        return answer

    def _exchange(self, asked: Attempt) -> Answer:
        """One attempt, timed and written into the log."""
        url = self._url(asked.path)
        with self.counts.asking(asked):
            response = self._transport.exchange(asked.method, url, headers=asked.headers, form=asked.form)
            asked.status = response.status_code
        return _read(response)

    def _url(self, path: str) -> str:
        query = self._dialect.query
        return self._dialect.base_url + path + (f"{'&' if '?' in path else '?'}{query}" if query else "")

    def _noted(self, error: FetchError) -> FetchError:
        """`error`, after its wait is kept for all who share the limit, and our token is taken out of its answer."""
        if isinstance(error, MalformedAnswerError) and self._token:
            error.answer = error.answer.replace(self._token, "•••")  # a refusal may quote the token in a plain sentence
        if not self._patience.is_worth_a_retry(error):
            self._gate.record(error)
        return error

    def _measure(self, answer: Answer) -> Sequence[Usage]:
        """What the answer tells of the limits, kept for whoever looks at them."""
        told = self._dialect.measure(answer)
        self.counts.note_usages({self._gate.key(usage.reach, usage.name or None): usage for usage in told})
        return told

    def _rest_before_a_limit(self, told: Sequence[Usage]) -> None:
        self.usage_share = max((usage.share for usage in told if not usage.is_counted), default=self.usage_share)
        for usage in told:
            if usage.rest is not None and usage.share >= NEARLY_ALL:
                sentence = f"{usage.share:.0%} of the platform's limit is used up: we rest before it blocks us."
                self._gate.record(RateLimitedError(sentence, retry_at=self.now + usage.rest, reach=usage.reach))


def _request(
    client: httpx.Client, method: str, url: str, headers: Mapping[str, str], form: Mapping[str, str] | None
) -> httpx.Request:
    """What `client.build_request` would make of a whole URL, without merging what we have none of: a third of its time."""
    told = {**client.headers, **{name.lower(): value for name, value in headers.items()}}
    timeout = {"timeout": client.timeout.as_dict()}
    return httpx.Request(method, url, headers=told, data=dict(form) if form else None, extensions=timeout)


def _without_cookies(client: httpx.Client) -> httpx.Client:
    """A client serves one account after the other: a cookie set for one must not reach the next."""
    client.cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    return client


def _read(response: httpx.Response) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, headers, *read_body(response.content))


def _host(url: str) -> str:
    return url.split("/", 3)[2].rsplit("@", 1)[-1]
