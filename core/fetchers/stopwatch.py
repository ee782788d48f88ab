"""Where does an account's step spend its time? Asking, loading, waiting; all that is left is reading what was answered."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum


class Part(StrEnum):
    """What a step may be at. Of those that go on at once the first takes the time, so that the parts add up to the whole."""

    ASKING = "asking"
    LOADING = "loading"
    WAITING = "waiting"
    READING = "reading"


class Stopwatch:
    """Shares the time since it was made out to the parts; thread-safe. `ticks` are seconds that never run backwards."""

    def __init__(self, ticks: Callable[[], float]) -> None:
        self._ticks = ticks
        self._lock = threading.Lock()
        self._going_on = dict.fromkeys(Part, 0)
        self._spent = dict.fromkeys(Part, 0.0)
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
        return dict(self._spent)

    def _turn(self, part: Part, by: int) -> None:
        with self._lock:
            now = self._ticks()
            first = next((one for one in Part if self._going_on[one]), Part.READING)
            self._spent[first] += now - self._since
            self._since = now
            self._going_on[part] += by
