"""What time is it? The one clock that engine, sidecar, fetchers and sandbox ask."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Says what time it is, and waits."""

    def now(self) -> datetime:
        """The present as an aware UTC instant."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        ...

    def monotonic(self) -> float:
        """Seconds that never run backwards, to measure how long something takes."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def monotonic(self) -> float:
        return time.monotonic()


class MovableClock:
    """A clock that stands still until it is moved: sleeping moves it, so nothing waits."""

    def __init__(self, now: datetime) -> None:
        self._now = now.astimezone(UTC)
        self._passed_s = 0.0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        with self._lock:
            return self._now

    def sleep(self, seconds: float) -> None:
        self.advance(timedelta(seconds=seconds))

    def monotonic(self) -> float:
        """What was slept and advanced; setting the clock lets no time pass."""
        with self._lock:
            return self._passed_s

    def advance(self, by: timedelta) -> None:
        with self._lock:
            self._now += by
            self._passed_s += max(0.0, by.total_seconds())

    def move_to(self, now: datetime) -> None:
        with self._lock:
            self._now = now.astimezone(UTC)


class ShiftedClock:
    """Another clock, shifted: time passes in it as there, and sleeping skips ahead, so nothing waits."""

    def __init__(self, base: Clock, now: datetime) -> None:
        self._base = base
        self._lock = threading.Lock()
        self._shift = now.astimezone(UTC) - base.now()
        self._slept_s = 0.0

    def now(self) -> datetime:
        with self._lock:
            return self._base.now() + self._shift

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._shift += timedelta(seconds=seconds)
            self._slept_s += seconds

    def monotonic(self) -> float:
        """What has passed in the other clock and what was slept; moving on lets no time pass."""
        with self._lock:
            return self._base.monotonic() + self._slept_s

    def move_to(self, now: datetime) -> None:
        """Go on from that instant; an earlier one than now is not gone back to."""
        with self._lock:
            self._shift = max(self._shift, now.astimezone(UTC) - self._base.now())
