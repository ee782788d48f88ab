"""Has a run to end? Because the sidecar leaves, which finishes what is in flight, or because a person has cancelled it, which does not."""

import threading


class RunStop:
    """The word that ends one run; thread-safe."""

    def __init__(self, leaving: threading.Event | None = None) -> None:
        """`leaving`: set when the sidecar leaves, for all of its runs."""
        self._leaving = leaving or threading.Event()
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        self._cancelled.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether accounts in flight are to stop before their next request."""
        return self._cancelled.is_set()

    def is_set(self) -> bool:
        """Whether nothing more is to be begun."""
        return self._leaving.is_set() or self._cancelled.is_set()
