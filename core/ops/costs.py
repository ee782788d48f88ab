"""What do the platforms that bill cost? Estimates in USD, kept with the step that read."""

from datetime import datetime

from sqlalchemy import ColumnElement, SQLColumnExpression, func, select, update
from sqlalchemy.orm import Session

from core.domain import Platform
from core.ops.models import Account, SyncStep


def spent_today(session: Session, platform: Platform, *, now: datetime) -> float:
    """What the platform has cost since midnight UTC, in USD, as estimated."""
    is_platform = SyncStep.account_id.in_(select(Account.id).where(Account.platform == platform))
    return _sum_today(session, SyncStep.cost_usd, is_platform, now)


def looked_today(session: Session, account_id: int, *, now: datetime) -> float:
    """What looking at an account has cost since midnight UTC, in USD, its back-fill left out."""
    return _sum_today(session, SyncStep.cost_usd - SyncStep.fill_usd, SyncStep.account_id == account_id, now)


def record_cost(session: Session, step_id: int, *, cost_usd: float, fill_usd: float) -> None:
    """Add to a step what was read just now, before anything more is read."""
    added = {"cost_usd": SyncStep.cost_usd + cost_usd, "fill_usd": SyncStep.fill_usd + fill_usd}
    session.execute(update(SyncStep).where(SyncStep.id == step_id).values(added))


def _sum_today(
    session: Session, amount: SQLColumnExpression[float], whose: ColumnElement[bool], now: datetime
) -> float:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    total = select(func.coalesce(func.sum(amount), 0.0)).where(whose, SyncStep.started_at >= midnight)
    return float(session.scalar(total) or 0.0)
