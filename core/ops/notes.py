"""What is to be remembered of a business's days? Notes that people write, change and take away."""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import ConfigError
from core.ops.businesses import get_business_in_use
from core.ops.models import Note
from core.ops.written import LONGEST_NOTE

FURTHEST_AHEAD = timedelta(days=366)
"""A note may be written ahead of a launch; much later than this is a slip of the hand."""
FIRST_DAY = date(2003, 1, 1)


def add_note(session: Session, business_id: int, *, day: date, text: str, by: str, now: datetime) -> Note:
    """A new note; ConfigError in one sentence where it says nothing, too much, or of no day that can be meant."""
    get_business_in_use(session, business_id)
    note = Note(business_id=business_id, day=_real_day(day, now), text=_real_text(text), created_by=by, created_at=now)
    session.add(note)
    session.flush()
    return note


def save_note(session: Session, note_id: int, *, day: date, text: str, now: datetime) -> Note:
    """The note with another day or other words."""
    note = session.get(Note, note_id)
    if note is None:
        raise ConfigError("This note is gone: somebody has removed it. Close this and write a new one.")
    note.day, note.text, note.changed_at = _real_day(day, now), _real_text(text), now
    return note


def remove_note(session: Session, note_id: int) -> None:
    """Take a note away; one that is gone already stays gone."""
    note = session.get(Note, note_id)
    if note is not None:
        session.delete(note)


def list_notes(session: Session, business_id: int) -> list[Note]:
    """All notes of a business, the newest day first."""
    newest_first = (Note.day.desc(), Note.id.desc())
    return list(session.scalars(select(Note).where(Note.business_id == business_id).order_by(*newest_first)))


def _real_text(text: str) -> str:
    text = text.strip()
    if not text:
        raise ConfigError("Write what is to be remembered of the day.")
    if len(text) > LONGEST_NOTE:
        raise ConfigError(f"The note has {len(text):,} characters: shorten it to {LONGEST_NOTE}.")
    return text


def _real_day(day: date, now: datetime) -> date:
    last = now.date() + FURTHEST_AHEAD
    if not FIRST_DAY <= day <= last:
        raise ConfigError(f"{day} cannot be the day of a note: choose one from {FIRST_DAY} to {last}.")
    return day
