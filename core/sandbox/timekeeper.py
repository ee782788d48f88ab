"""What time is it in the sandbox? The machine's time, that time moved by an offset, or one fixed instant."""

from datetime import UTC, datetime, timedelta

from core.clock import Clock


class SandboxClock:
    """Follows another clock until it is stopped or moved."""

    def __init__(self, base: Clock) -> None:
        self._base = base
        self._offset = timedelta()
        self._stopped_at: datetime | None = None

    def now(self) -> datetime:
        return self._stopped_at or self._base.now() + self._offset

    def sleep(self, seconds: float) -> None:
        self._base.sleep(seconds)

    def monotonic(self) -> float:
        return self._base.monotonic()

    @property
    def mode(self) -> str:
        return "stopped" if self._stopped_at else "system"

    @property
    def epoch(self) -> int:
        return int(self.now().timestamp())

    def stop_at(self, now: datetime) -> None:
        self._stopped_at = now.astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        """Move by a span: a stopped clock stays stopped, a running one keeps running."""
        if self._stopped_at:
            self._stopped_at += by
        else:
            self._offset += by

    def follow_machine(self) -> None:
        self._offset, self._stopped_at = timedelta(), None


def read_instant(text: str) -> datetime | None:
    """An ISO instant with its offset as UTC, None where the text is none."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
