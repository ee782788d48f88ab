"""How often may X be asked? Windows of 15 minutes per token and endpoint, told in headers."""

_WINDOW_S = 900


class RateWindows:
    """Counts calls; a new window forgets the old one's counts."""

    def __init__(self) -> None:
        self._window = 0
        self._calls: dict[tuple[int, str], int] = {}

    def count(self, serial: int, endpoint: str, *, limit: int, epoch: int) -> tuple[bool, dict[str, str]]:
        """Whether this call is within the limit, and the headers that say so."""
        window = epoch // _WINDOW_S
        if window != self._window:
            self._window, self._calls = window, {}
        calls = self._calls[(serial, endpoint)] = self._calls.get((serial, endpoint), 0) + 1
        headers = {
            "x-rate-limit-limit": str(limit),
            "x-rate-limit-remaining": str(max(0, limit - calls)),
            "x-rate-limit-reset": str((window + 1) * _WINDOW_S),
        }
        return calls <= limit, headers
