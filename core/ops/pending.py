"""Which sign-ins wait for a person's choice, and may be taken once, by her own browser?"""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.ops.models import OAuthFlow, PendingLogin


def find_pending(session: Session, pending_id: str, browser: str, *, now: datetime) -> PendingLogin | None:
    """The sign-in, None where it is unknown, used, over, or another browser's; it stays where it is."""
    return session.scalar(
        select(PendingLogin).where(
            PendingLogin.id == pending_id, PendingLogin.browser == browser, PendingLogin.expires_at > now
        )
    )


def take_pending(session: Session, pending_id: str, browser: str, *, now: datetime) -> PendingLogin | None:
    """The sign-in, for the first who takes it; whoever comes second finds nothing."""
    return session.scalar(
        delete(PendingLogin)
        .where(PendingLogin.id == pending_id, PendingLogin.browser == browser, PendingLogin.expires_at > now)
        .returning(PendingLogin)
    )


def remove_expired(session: Session, *, now: datetime) -> None:
    """Forget the sign-ins that were never finished."""
    session.execute(delete(PendingLogin).where(PendingLogin.expires_at <= now))
    session.execute(delete(OAuthFlow).where(OAuthFlow.expires_at <= now))
