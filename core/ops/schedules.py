"""How often is each business synced, and who decided that? A business without a schedule of its own is synced every hour."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from core.errors import ConfigError
from core.ops.activities import ActivityKind, record_activity
from core.ops.models import Business, Schedule
from core.ops.turns import ScheduleSettings, full_hour_of, next_turn

__all__ = ["BusinessSchedule", "ScheduleSettings"]


@dataclass(frozen=True, slots=True)
class BusinessSchedule:
    """A business's schedule; `is_own` False: it is synced every hour with all others. `turned_at`: when it last came round."""

    business_id: int
    business: str
    timezone: str
    settings: ScheduleSettings
    is_own: bool
    is_archived: bool = False
    turned_at: datetime | None = None
    changed_at: datetime | None = None
    changed_by: str | None = None

    def next_turn(self, now: datetime) -> datetime | None:
        """When it comes round next, None while it is paused."""
        return next_turn(self.settings, self.timezone, turned_at=self.turned_at, now=now)


def get_schedule(session: Session, business_id: int) -> BusinessSchedule:
    """How a business is synced; ConfigError where it is gone."""
    row = session.execute(_schedules().where(Business.id == business_id)).one_or_none()
    if row is None:
        raise ConfigError(f"There is no business {business_id}.")
    return _told(*row)


def list_schedules(session: Session) -> list[BusinessSchedule]:
    """How each business in use is synced, in a fixed order."""
    rows = session.execute(_schedules().where(Business.archived_at.is_(None)).order_by(Business.id))
    return [_told(*row) for row in rows]


def list_own_schedules(session: Session) -> list[BusinessSchedule]:
    """The schedules of businesses in use that have one of their own."""
    own = _schedules().where(Business.archived_at.is_(None), Schedule.id.is_not(None))
    return [_told(*row) for row in session.execute(own.order_by(Business.id))]


def save_schedule(
    session: Session, business_id: int, settings: ScheduleSettings, *, by: str | None, now: datetime
) -> BusinessSchedule:
    """Give a business a schedule of its own, or change the one it has; its last turn counts on."""
    before = get_schedule(session, business_id)
    row = session.scalar(select(Schedule).where(Schedule.business_id == business_id))
    if row is None:
        row = Schedule(business_id=business_id, created_at=now)
        session.add(row)
    row.interval_hours, row.is_paused = settings.interval_hours, settings.is_paused
    row.quiet_from, row.quiet_to = settings.quiet_from, settings.quiet_to
    row.changed_at, row.changed_by = now, by and by[:300]
    session.flush()
    text = f"{before.business} {_sentence(settings)}."
    record_activity(session, ActivityKind.SCHEDULE, text, now=now, person=by, business_id=business_id)
    return get_schedule(session, business_id)


def remove_schedule(session: Session, business_id: int, *, by: str | None, now: datetime) -> bool:
    """Let a business be synced every hour with all others again; False where it had no schedule of its own."""
    before = get_schedule(session, business_id)
    if not before.is_own:
        return False
    session.delete(session.scalars(select(Schedule).where(Schedule.business_id == business_id)).one())
    session.flush()
    text = f"{before.business} is synced every hour again: its own schedule is removed."
    record_activity(session, ActivityKind.SCHEDULE, text, now=now, person=by, business_id=business_id)
    return True


def record_turn(session: Session, business_id: int, *, at: datetime) -> None:
    """Remember that a business's own schedule came round, or that a catch-up took its turn: it was that of its full hour."""
    session.execute(update(Schedule).where(Schedule.business_id == business_id).values(turned_at=full_hour_of(at)))


def _schedules() -> Select[Business, Schedule | None]:
    return select(Business, Schedule).outerjoin(Schedule, Schedule.business_id == Business.id)


def _told(business: Business, row: Schedule | None) -> BusinessSchedule:
    if row is None:
        hourly = BusinessSchedule(business.id, business.name, business.timezone, ScheduleSettings(), is_own=False)
        return replace(hourly, is_archived=business.archived_at is not None)
    return BusinessSchedule(
        business.id,
        business.name,
        business.timezone,
        ScheduleSettings(row.interval_hours, row.is_paused, row.quiet_from, row.quiet_to),
        is_own=True,
        is_archived=business.archived_at is not None,
        turned_at=row.turned_at,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )


def _sentence(settings: ScheduleSettings) -> str:
    """How a business is synced with these settings, to follow its name."""
    if settings.is_paused:
        return "is paused: it is not synced by itself"
    every = "hour" if settings.interval_hours == 1 else f"{settings.interval_hours} hours"
    if settings.quiet_from is None:
        return f"is synced every {every}"
    return f"is synced every {every}, not from {settings.quiet_from}:00 to {settings.quiet_to}:00"
