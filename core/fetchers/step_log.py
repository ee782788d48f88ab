"""What did an account's step ask, and what came back? Its newest lines, without a secret in them."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from core.fetchers.dialect import redact

MOST_LINES = 200
MOST_CHARS = 500

Line = dict[str, Any]
"""`at` (ISO), `kind` (request, wait, error, note), `text`; of a request also `status`, `ms` and `attempt`."""


class StepLog:
    """The newest lines of a step; those before them are counted. Safe from several threads."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lines: deque[Line] = deque(maxlen=MOST_LINES)
        self._written = 0

    def add(self, kind: str, text: str, **told: int | None) -> None:
        """Write a line; what is None is left out."""
        is_plain = (
            kind == "request" and "?" not in text
        )  # a path: most lines are, and to look for secrets takes its time
        told_text = (text if is_plain else redact(text))[:MOST_CHARS]
        line = {"at": self._now().isoformat(timespec="milliseconds"), "kind": kind, "text": told_text}
        self._lines.append(line | {name: value for name, value in told.items() if value is not None})
        self._written += 1

    @contextmanager
    def telling(self, kind: type[Exception]) -> Iterator[None]:
        """Write down an error of this kind that comes by."""
        try:
            yield
        except kind as error:
            self.add("error", str(error))
            raise

    def lines(self) -> tuple[Line, ...]:
        """Oldest first; the first one says how many are not kept."""
        kept = tuple(self._lines.copy())
        left_out = self._written - len(kept)
        if left_out <= 0:
            return kept
        return ({"at": kept[0]["at"], "kind": "note", "text": f"{left_out:,} earlier lines are left out."}, *kept)
