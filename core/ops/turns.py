"""When does a schedule's next turn come? At full hours, some hours after its last one, never in its quiet hours."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from core.errors import ConfigError

LONGEST_INTERVAL = 168
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class ScheduleSettings:
    """What a person decides of a schedule; quiet hours are full hours of the business's own zone, the last one excluded."""

    interval_hours: int = 1
    is_paused: bool = False
    quiet_from: int | None = None
    quiet_to: int | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.interval_hours <= LONGEST_INTERVAL:
            raise ConfigError(
                f"A business is synced every 1 to {LONGEST_INTERVAL} hours, not every {self.interval_hours}."
            )
        if (self.quiet_from is None) is not (self.quiet_to is None):
            raise ConfigError("Quiet hours need a first and a last hour: give both, or neither.")
        if any(hour is not None and not 0 <= hour <= 23 for hour in (self.quiet_from, self.quiet_to)):
            raise ConfigError("Quiet hours are full hours from 0 to 23.")
        if self.quiet_from is not None and self.quiet_from == self.quiet_to:
            raise ConfigError("Quiet hours must end at another hour than they begin: pause the schedule instead.")

    @property
    def quiet_hours(self) -> int:
        """How long the quiet hours last on a day without a change of the clocks."""
        return 0 if self.quiet_from is None or self.quiet_to is None else (self.quiet_to - self.quiet_from) % 24

    def is_quiet(self, instant: datetime, timezone: str) -> bool:
        """Whether the instant lies in the quiet hours, as the clocks of the zone show it."""
        if self.quiet_from is None:
            return False
        hour = instant.astimezone(ZoneInfo(timezone)).hour
        return (hour - self.quiet_from) % 24 < self.quiet_hours


def next_turn(
    settings: ScheduleSettings, timezone: str, *, turned_at: datetime | None, now: datetime
) -> datetime | None:
    """The next full hour (UTC) at which the schedule comes round, None while it is paused.

    A last turn that lies ahead of the clock was taken by a clock that has been set back since.
    """
    if settings.is_paused:
        return None
    earliest = now + timedelta(microseconds=1)
    if turned_at is not None and turned_at <= now:
        earliest = max(earliest, turned_at + settings.interval_hours * HOUR)
    turn = full_hour_of(earliest)
    if turn < earliest:
        turn += HOUR
    while settings.is_quiet(turn, timezone):  # shorter than a day, so it ends
        turn += HOUR
    return turn


def full_hour_of(instant: datetime) -> datetime:
    """The full hour in which an instant lies."""
    return instant.replace(minute=0, second=0, microsecond=0)
