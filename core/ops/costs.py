"""What do the platforms that bill cost? Estimates in USD, kept with the step that read.

Steps are kept for 90 days, so a day or a month can always be added up.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, SQLColumnExpression, func, select, update
from sqlalchemy.orm import Session

from core.domain import Platform
from core.ops.models import Account, SyncRun, SyncStep


@dataclass(frozen=True, slots=True)
class Spent:
    """What one look at X cost, and for which business."""

    business_id: int
    at: datetime
    cost_usd: float


def spent_today(session: Session, platform: Platform, *, now: datetime) -> float:
    """What the platform has cost since midnight UTC, in USD, as estimated; a step that began before and goes on counts whole."""
    is_platform = SyncStep.account.has(
        Account.platform == platform
    )  # so that the search begins with the day, not the account
    midnight = _midnight(now)
    # filling in the past may take hours: what it reads after midnight is this day's, and rather too much than too little
    is_todays = SyncStep.started_at.is_not(None) & (SyncStep.finished_at.is_(None) | (SyncStep.finished_at >= midnight))
    return _sum(session, SyncStep.cost_usd, is_platform, is_todays)


def looked_today(session: Session, account_id: int, *, now: datetime) -> float:
    """What looking at an account has cost since midnight UTC, in USD, its back-fill left out."""
    is_todays = SyncStep.started_at >= _midnight(now)
    return _sum(session, SyncStep.cost_usd - SyncStep.fill_usd, SyncStep.account_id == account_id, is_todays)


def spent_this_month(session: Session, business_id: int, *, now: datetime) -> float:
    """What a business has cost since the UTC month began, in USD, as estimated; it stays with the business that it was read for."""
    return sum(one.cost_usd for one in list_spending(session, since=month_began(now), business_id=business_id))


def list_spending(session: Session, *, since: datetime, business_id: int | None = None) -> list[Spent]:
    """What was billed since then, oldest first."""
    query = (
        select(SyncRun.business_id, SyncStep.started_at, SyncStep.cost_usd)
        .join(SyncRun, SyncRun.id == SyncStep.run_id)
        .where(SyncStep.cost_usd > 0, SyncStep.started_at >= since)
        .order_by(SyncStep.started_at)
    )
    if business_id is not None:
        query = query.where(SyncRun.business_id == business_id)
    return [Spent(of, at, cost_usd) for of, at, cost_usd in session.execute(query) if at is not None]


def record_cost(session: Session, step_id: int, *, cost_usd: float, fill_usd: float) -> None:
    """Add to a step what was read just now, before anything more is read."""
    added = {"cost_usd": SyncStep.cost_usd + cost_usd, "fill_usd": SyncStep.fill_usd + fill_usd}
    session.execute(update(SyncStep).where(SyncStep.id == step_id).values(added))


def next_midnight(now: datetime) -> datetime:
    """The next 00:00 UTC."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def month_began(now: datetime) -> datetime:
    """The first instant of the UTC month."""
    return now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_month(now: datetime) -> datetime:
    """The first instant of the UTC month to come."""
    return month_began(month_began(now) + timedelta(days=32))


def _midnight(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _sum(session: Session, amount: SQLColumnExpression[float], *conditions: ColumnElement[bool]) -> float:
    total = select(func.coalesce(func.sum(amount), 0.0)).where(*conditions)
    return float(session.scalar(total) or 0.0)
