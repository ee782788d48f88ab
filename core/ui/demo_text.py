"""How is it said how far the demo's history is?"""

from datetime import date, datetime, timedelta

from core.ops.history import Making

PATIENCE = timedelta(minutes=5)
"""A history that has not gone on for so long does not go on any more."""
STOPPED = "The demo's history was not made to its end: end the demo with Ctrl-C and start it again to have it made."


def sentence(making: Making, *, now: datetime) -> str:
    """The demo's history is being made: 12 Sep of 24 Nov."""
    if making.error:
        return making.error
    if making.is_ready:
        return "The demo's history is ready: it is shown as soon as no sync is at work."
    if now - making.went_on_at > PATIENCE:
        return STOPPED
    reached = f": {_day(making.reached)} of {_day(making.last)}" if making.reached else ""
    return f"The demo's history is being made{reached}."


def _day(of: date) -> str:
    return f"{of.day} {of:%b}"
