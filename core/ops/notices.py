"""What should a person be told, and was it said already?"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.ops.grants import GrantTrouble, list_grant_troubles
from core.ops.models import Notice

WARN_DAYS = (14, 7, 1)
"""So many days before a login ends it is said, once each."""


def record_notice(session: Session, notice: Notice) -> bool:
    """Say something, unless it was said under its key already. Whether it is new."""
    if notice.key is not None and session.scalar(select(Notice.id).where(Notice.key == notice.key)) is not None:
        return False
    session.add(notice)
    session.flush()
    return True


def record_grant_notices(session: Session, *, now: datetime) -> int:
    """Say which logins end soon or have broken. Returns how many notices are new."""
    notices = [_notice_of(trouble, now) for trouble in list_grant_troubles(session, now=now)]
    return sum(record_notice(session, notice) for notice in notices if notice is not None)


def _notice_of(trouble: GrantTrouble, now: datetime) -> Notice | None:
    if trouble.is_broken:
        key = f"grant-{trouble.token_id}-broken-{trouble.obtained_at:%Y%m%dT%H%M%S}"
        return _notice(trouble, key, now)
    if trouble.ends_at is None:
        return None
    left = trouble.ends_at - now
    reached = min((days for days in WARN_DAYS if left <= timedelta(days=days)), default=None)
    if reached is None:
        return None
    return _notice(trouble, f"grant-{trouble.token_id}-ends-{trouble.ends_at:%Y%m%d}-{reached}", now)


def _notice(trouble: GrantTrouble, key: str, now: datetime) -> Notice:
    return Notice(
        kind="login",
        created_at=now,
        text=trouble.sentence[:1000],
        token_id=trouble.token_id,
        account_id=trouble.account_id,
        key=key,
    )
