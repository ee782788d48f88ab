"""What happened, when, and who did it?"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.ops.models import Activity


class ActivityKind(StrEnum):
    """What may happen; stored as a word, so that an older version shows the text of what it does not know."""

    SCHEDULE = "schedule"
    RUN_CANCELLED = "run_cancelled"
    BACKFILL = "backfill"
    CONNECTED = "connected"
    RECONNECTED = "reconnected"
    DISCONNECTED = "disconnected"
    MOVED = "moved"
    BUSINESS_DELETED = "business_deleted"
    METRIC_RETIRED = "metric_retired"
    METRIC_RETURNED = "metric_returned"
    LOGIN_BROKEN = "login_broken"
    API_KEY = "api_key"


def record_activity(  # noqa: PLR0913  # one argument a column
    session: Session,
    kind: ActivityKind,
    text: str,
    *,
    now: datetime,
    person: str | None = None,
    business_id: int | None = None,
    account_id: int | None = None,
) -> None:
    """Write down what happened, within the transaction that makes it happen; `person` None: Tideline itself."""
    session.add(
        Activity(
            at=now,
            kind=kind.value,
            text=text[:1000],
            person=person and person[:300],
            business_id=business_id,
            account_id=account_id,
        )
    )


def list_activities(session: Session, *, limit: int = 50, business_id: int | None = None) -> list[Activity]:
    """What happened last, newest first; of one business, with what concerns all, or of every one."""
    query = select(Activity).order_by(Activity.at.desc(), Activity.id.desc()).limit(limit)
    if business_id is not None:
        query = query.where((Activity.business_id == business_id) | Activity.business_id.is_(None))
    return list(session.scalars(query))


def prune_activities(session: Session, *, before: datetime) -> None:
    """Forget what happened before an instant."""
    session.execute(delete(Activity).where(Activity.at < before))
