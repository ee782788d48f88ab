"""Where does an account's step spend its time? Asking, loading, waiting; all that is left is reading what was answered."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import IntEnum


class Part(IntEnum):
    """What a step may be at. Of those that go on at once the first takes the time, so that the parts add up to the whole."""

    ASKING = 0
    LOADING = 1
    WAITING = 2
    READING = 3


class Stopwatch:
    """Shares the time since it was made out to the parts; thread-safe. `ticks` are seconds that never run backwards."""

    def __init__(self, ticks: Callable[[], float]) -> None:
        self._ticks = ticks
        self._lock = threading.Lock()
        self._going_on = [0, 0, 0, 1]  # reading goes on beneath everything else
        self._spent = [0.0] * len(Part)
        self._since = ticks()

    @contextmanager
    def timing(self, part: Part) -> Iterator[None]:
        self._turn(part, 1)
        try:
            yield
        finally:
            self._turn(part, -1)

    def spent(self) -> Mapping[Part, float]:
        """Seconds by part, up to now."""
        self._turn(Part.READING, 0)
        return dict(zip(Part, self._spent, strict=True))

    def _turn(self, part: Part, by: int) -> None:
        going_on = self._going_on
        with self._lock:
            now = self._ticks()
            first = 0 if going_on[0] else 1 if going_on[1] else 2 if going_on[2] else 3
            self._spent[first] += now - self._since
            self._since = now
            going_on[part] += by
