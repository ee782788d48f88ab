"""What has to be done every few minutes beside the syncs? Each chore in a thread of its own, never twice at once."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.clock import Clock

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Chore:
    """Work that comes round; it may take its time, for nobody waits for it."""

    name: str
    every: timedelta
    work: Callable[[], object]


class Chores:
    """Begins what is due. A chore that fails is logged and comes round again."""

    def __init__(self, clock: Clock, chores: Sequence[Chore]) -> None:
        self.last_error: str | None = None
        self._clock = clock
        self._chores = tuple(chores)
        self._pool = ThreadPoolExecutor(max(1, len(chores)), "chore")
        self._running: dict[str, Future[None]] = {}
        self._begun_at: dict[str, datetime] = {}

    def begin_due(self) -> None:
        """Every chore whose time has come, and that is not at work still; never raises."""
        now = self._clock.now()
        for chore in self._chores:
            running = self._running.get(chore.name)
            waited = abs(
                now - self._begun_at.get(chore.name, datetime.min.replace(tzinfo=UTC))
            )  # a clock may be set back
            if waited >= chore.every and (running is None or running.done()):
                self._begun_at[chore.name] = now
                self._running[chore.name] = self._pool.submit(self._attempt, chore)

    @property
    def at_work(self) -> list[Future[None]]:
        """What has been begun and not ended."""
        return [future for future in self._running.values() if not future.done()]

    def close(self) -> None:
        """Begin no more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _attempt(self, chore: Chore) -> None:
        try:
            chore.work()
        except Exception as error:
            log.exception("%s failed", chore.name)
            self.last_error = f"{chore.name} failed at {self._clock.now():%Y-%m-%d %H:%M} UTC: {type(error).__name__}"
        else:
            if self.last_error is not None and self.last_error.startswith(chore.name):
                self.last_error = None
