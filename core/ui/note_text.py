"""How do notes on days say it?"""

from collections.abc import Mapping, Sequence
from datetime import date

from core.ui import text

TITLE = "Notes"
ADD = "Add a note"
NONE = "No note in this period. What explains a number later, a launch, a sale, an outage, is soon forgotten: note it on its day."
SHOWN = "Every chart of days of this business shows them."
DAY_HELP = "The day as the business counts it."
TEXT_HINT = "What happened, or what is planned"
GONE = "This note is gone: it was removed, or is one of another business."
SAVED, REMOVED = "Saved.", "The note is removed."


def day(of: date) -> str:
    """Mon 23 Nov 2026"""
    return f"{text.day(of)} {of.year}"


def elsewhere(notes: int) -> str:
    """How many are not shown."""
    return f"{text.count(notes, 'note')} on other days: choose another period to see {'it' if notes == 1 else 'them'}."


def in_alt(noted: Mapping[date, Sequence[str]]) -> str:
    """What a chart's alternative text says of them."""
    return f"; notes on {text.count(len(noted), 'day')}, listed below the charts" if noted else ""
