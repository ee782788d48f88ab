"""What must not be asked for a while, so that a restart does not forget it?"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.ops.models import Pause


@dataclass(frozen=True, slots=True)
class StoredPause:
    """A pause as it is kept."""

    key: str
    until: datetime
    reason: str
    needs_operator: bool


def save_pause(session: Session, pause: StoredPause) -> None:
    """Keep a pause in place of an earlier one under its key."""
    session.merge(
        Pause(key=pause.key, until=pause.until, reason=pause.reason[:1000], needs_operator=pause.needs_operator)
    )


def find_pauses(session: Session, *, now: datetime) -> list[StoredPause]:
    """The pauses that hold now."""
    rows = session.scalars(select(Pause).where(Pause.until > now).order_by(Pause.key))
    return [StoredPause(pause.key, pause.until, pause.reason, pause.needs_operator) for pause in rows]


def list_pauses(session: Session, *, now: datetime) -> list[StoredPause]:
    """The pauses that still hold; those that are over are removed."""
    session.execute(delete(Pause).where(Pause.until <= now))
    return find_pauses(session, now=now)
