"""Who has to wait, and until when? A limit that one request met holds for everyone who shares it, before they ask."""

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from core.clock import Clock
from core.errors import FetchError, OperatorNeededError, RateLimitedError, Reach


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing is asked under `key` until `until`; `reason` is the sentence for a person."""

    key: str
    until: datetime
    reason: str
    needs_operator: bool = False


class PauseBook:
    """The pauses that hold now; thread-safe. `on_new` hears of each that begins or becomes longer."""

    def __init__(self, clock: Clock, on_new: Callable[[Pause], None] | None = None) -> None:
        self._clock = clock
        self._on_new = on_new
        self._pauses: dict[str, Pause] = {}
        self._lock = threading.Lock()

    def find(self, keys: Iterable[str]) -> Pause | None:
        """The longest pause under any of these keys."""
        now = self._clock.now()
        with self._lock:
            held = [self._pauses[key] for key in keys if key in self._pauses]
        return max((pause for pause in held if pause.until > now), key=lambda pause: pause.until, default=None)

    def record(self, pause: Pause) -> None:
        """Keep a pause; one that already lasts at least as long stays."""
        if self._keep(pause) and self._on_new is not None:
            self._on_new(pause)

    def load(self, pauses: Iterable[Pause]) -> None:
        """Take back what was kept elsewhere; nobody is told."""
        for pause in pauses:
            self._keep(pause)

    def _keep(self, pause: Pause) -> bool:
        with self._lock:
            known = self._pauses.get(pause.key)
            if pause.until <= self._clock.now() or (known is not None and known.until >= pause.until):
                return False
            self._pauses[pause.key] = pause
            return True


@dataclass(frozen=True, slots=True)
class Sharing:
    """Under which keys a conversation shares its limits: with its app, and with its account (a login)."""

    app: str
    account: str

    def key(self, reach: Reach, resource: str | None) -> str:
        """`app:…` or `account:…`, with `/endpoint` where the limit is one endpoint's."""
        name = self.app if reach is Reach.APP else self.account
        return f"{reach.value}:{name}" + (f"/{resource}" if resource else "")


class Gate:
    """Lets a conversation ask, or raises what everyone who shares its limits has to wait for."""

    def __init__(self, book: PauseBook, sharing: Sharing) -> None:
        self._book = book
        self._sharing = sharing

    def key(self, reach: Reach, resource: str | None) -> str:
        """What a limit is kept under, by those who share it."""
        return self._sharing.key(reach, resource)

    def check(self, resource: str) -> None:
        """Raise if a limit on `resource`, or on everything, still holds."""
        limits = {self._sharing.key(reach, of): (reach, of) for reach, of in _limits_on(resource)}
        pause = self._book.find(limits)
        if pause is None:
            return
        if pause.needs_operator:
            raise OperatorNeededError(pause.reason, pause_until=pause.until)
        reach, of = limits[pause.key]
        raise RateLimitedError(pause.reason, retry_at=pause.until, reach=reach, resource=of)

    def record(self, error: FetchError) -> None:
        """Keep what `error` says about waiting, if it says so."""
        if isinstance(error, RateLimitedError):
            self._book.record(Pause(self._sharing.key(error.reach, error.resource), error.retry_at, str(error)))
        elif isinstance(error, OperatorNeededError) and error.pause_until is not None:
            key = self._sharing.key(Reach.APP, None)
            self._book.record(Pause(key, error.pause_until, str(error), needs_operator=True))


def _limits_on(resource: str) -> Iterator[tuple[Reach, str | None]]:
    for reach in Reach:
        yield reach, None
        yield reach, resource
