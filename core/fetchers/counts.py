"""What has an account's step asked so far, how long did it take, and what may it have cost?"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from tenacity import RetryCallState

from core.clock import Clock, SystemClock
from core.errors import StoppedError
from core.fetchers.dialect import Usage
from core.fetchers.step_log import StepLog
from core.fetchers.stopwatch import Part, Stopwatch

LISTENING_S = 0.5
"""How long a wait goes on before it hears that the run was cancelled."""


@dataclass(slots=True)
class Attempt:
    """A request under way, tried once or more; `status` once it is answered."""

    method: str
    place: str
    """Host and base path."""
    path: str
    """With its query, already encoded."""
    headers: Mapping[str, str] = field(repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    calls: int = 1
    """How many requests it holds."""
    number: int = 0
    status: int | None = None

    @property
    def bare_path(self) -> str:
        return self.path.partition("?")[0]

    def __str__(self) -> str:
        """A good one is known by its path; of one that fails the query is told too, without the token."""
        is_good = self.status is not None and self.status < 300
        told = f"{self.method} {self.place}{self.bare_path if is_good else self.path}"
        told += f" ({self.calls} calls in one)" if self.calls > 1 else ""
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        return told.replace(token, "•••") if token else told


def _never() -> bool:
    return False


@dataclass(slots=True)
class CallCounts:
    """What one account's step has asked so far, and the word that ends its asking."""

    clock: Clock = field(default_factory=SystemClock, repr=False)
    is_cancelled: Callable[[], bool] = field(default=_never, repr=False)
    requests: int = 0
    retries: int = 0
    cost_usd: float = 0.0
    usages: dict[str, Usage] = field(default_factory=dict)
    """The newest word of the platform about each limit, by the key of those who share it."""
    log: StepLog = field(init=False, repr=False)
    watch: Stopwatch = field(init=False, repr=False)
    _charged: set[str] = field(default_factory=set, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        self.log = StepLog(self.clock.now)
        self.watch = Stopwatch(self.clock.monotonic)

    @property
    def waited_s(self) -> float:
        """The time in which nothing but waiting before a retry went on."""
        return self.watch.spent()[Part.WAITING]

    def add_request(self) -> None:
        """Count a request that is about to be sent; StoppedError where none is to be sent any more."""
        if self.is_cancelled():
            raise StoppedError(is_cancelled=True)
        with self._lock:
            self.requests += 1

    def note_usages(self, told: Mapping[str, Usage]) -> None:
        """Keep what an answer tells of limits, by the key of those who share each."""
        with self._lock:
            for key, usage in told.items():
                before = self.usages.get(key) if usage.is_counted else None
                added = (usage.used or 0.0) + ((before.used or 0.0) if before else 0.0)
                self.usages[key] = replace(usage, used=added) if before else usage

    def add_retry(self, state: RetryCallState) -> None:
        """Count a retry, which begins after a wait."""
        with self._lock:
            self.retries += 1
        error = state.outcome.exception() if state.outcome else None
        self.log.add("wait", f"Waits {state.upcoming_sleep:.1f} s before it tries again: {error}")

    @contextmanager
    def asking(self, attempt: Attempt) -> Iterator[None]:
        """Time one more try of a request and write it into the log, answered or not."""
        attempt.number, attempt.status = attempt.number + 1, None
        began = self.clock.monotonic()
        try:
            with self.watch.timing(Part.ASKING):
                yield
        finally:
            took_ms = round((self.clock.monotonic() - began) * 1000)
            self.log.add("request", str(attempt), status=attempt.status, ms=took_ms, attempt=attempt.number)

    def wait(self, seconds: float) -> None:
        """Let time pass before a retry, or until the run is cancelled."""
        with self.watch.timing(Part.WAITING):
            while seconds > 0 and not self.is_cancelled():
                self.clock.sleep(min(seconds, LISTENING_S))
                seconds -= LISTENING_S

    def charge(self, resources: Iterable[str], price_usd: float) -> None:
        """Add the price of each resource that is not charged yet: what is billed once a day costs nothing when read again."""
        with self._lock:
            new = set(resources) - self._charged
            self._charged |= new
            self.cost_usd += len(new) * price_usd
