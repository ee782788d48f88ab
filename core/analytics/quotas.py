"""When is a limit used up at this pace? A straight line through what was used in the window that runs now.

Syncs ask in bursts, so nothing is made of the first moments of a window: a tenth of it is the least that a pace is taken from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

ROLLING = timedelta(hours=1)
"""The window of a limit that never resets at once: what was used longer ago has fallen out of it."""


SHORTEST_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Level:
    """How much of a limit was used at an instant; None = not known. `resets_at` is None where the window rolls."""

    at: datetime
    used: float | None
    quota: float | None
    resets_at: datetime | None = None


def used_share(level: Level, *, now: datetime) -> float | None:
    """How much is used now: None where that or the limit is not known, or the window has ended since."""
    if level.used is None or not level.quota or has_reset(level, now=now):
        return None
    return level.used / level.quota


def has_reset(level: Level, *, now: datetime) -> bool:
    """Whether the window that was told of is over; what was used an hour ago has left a rolling one."""
    ends_at = level.resets_at if level.resets_at is not None else level.at + ROLLING
    return ends_at <= now


def runs_out_at(levels: Sequence[Level], *, now: datetime, began_at: datetime | None = None) -> datetime | None:
    """When all of the limit will be used if it goes on like this; None where it will not be before it resets.

    `levels` oldest first; `began_at`: when the window began, with nothing used, where that is known.
    """
    if not levels or has_reset(levels[-1], now=now):
        return None
    newest = levels[-1]
    if newest.used is None or not newest.quota:
        return None
    if newest.used >= newest.quota:
        return now
    ends_at = newest.resets_at if newest.resets_at is not None else newest.at + ROLLING
    per_second = _pace(_of_window(levels), began_at, now=now, ends_at=ends_at)
    if per_second is None or per_second <= 0:
        return None
    left_s = (newest.quota - newest.used) / per_second
    return now + timedelta(seconds=left_s) if left_s < (ends_at - now).total_seconds() else None


def used_by(level: Level, at: datetime, *, began_at: datetime) -> float | None:
    """How much will be used at an instant if it goes on as since the window began; None before anything can be said."""
    seconds = (level.at - began_at).total_seconds()
    if level.used is None or seconds <= 0:
        return None
    return level.used * ((at - began_at).total_seconds() / seconds)


def _of_window(levels: Sequence[Level]) -> list[Level]:
    """The known levels of the newest one's window."""
    newest = levels[-1]
    known = [level for level in levels if level.used is not None and level.resets_at == newest.resets_at]
    return [level for level in known if newest.resets_at is not None or newest.at - level.at < ROLLING]


def _pace(levels: Sequence[Level], began_at: datetime | None, *, now: datetime, ends_at: datetime) -> float | None:
    """What is used a second, from the first known level (or the window's begin) until now."""
    newest = levels[-1]
    first_at, first_used = (began_at, 0.0) if began_at is not None else (levels[0].at, levels[0].used)
    if newest.used is None or first_used is None or (began_at is None and len(levels) < 2):
        return None
    shortest_s = (ends_at - first_at).total_seconds() * SHORTEST_SHARE
    seconds = max((now - first_at).total_seconds(), shortest_s)
    return (newest.used - first_used) / seconds if seconds > 0 else None
