"""What do the dashboard and the REST surface show of operations? Read-only questions, answered in one query each."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ScalarSelect, func, select
from sqlalchemy.orm import Session

from core.domain import USUAL_RULE, EngagementRule, Platform, RunState, RunTrigger
from core.ops.models import Account, Business, Notice, Schedule, SyncRun
from core.ops.turns import ScheduleSettings


@dataclass(frozen=True, slots=True)
class ConnectedAccount:
    """A synced account with what the pages need of its business."""

    id: int
    business_id: int
    platform: Platform
    name: str
    interval: timedelta
    rule: EngagementRule = USUAL_RULE


@dataclass(frozen=True, slots=True)
class LastRun:
    """How a business's newest run stands."""

    state: RunState
    at: datetime


def list_connected_accounts(session: Session) -> list[ConnectedAccount]:
    """Every account that is synced, in a fixed order."""
    of_account = (Account.id, Account.business_id, Account.platform, Account.name)
    rows = session.execute(
        select(*of_account, Schedule, Business.rate_base, Business.counts_clicks)
        .join(Business, Business.id == Account.business_id)
        .outerjoin(Schedule, Schedule.business_id == Account.business_id)
        .where(Account.disconnected_at.is_(None), Business.archived_at.is_(None))
        .order_by(Account.business_id, Account.id)
    )
    return [
        ConnectedAccount(
            account_id, business_id, platform, name, _longest_wait(schedule), EngagementRule(base, counts_clicks)
        )
        for account_id, business_id, platform, name, schedule, base, counts_clicks in rows
    ]


def _longest_wait(schedule: Schedule | None) -> timedelta:
    """How long it may be from one sync by itself to the next: the interval, and the quiet hours that may lie in it."""
    if schedule is None:
        return timedelta(hours=1)
    settings = ScheduleSettings(schedule.interval_hours, schedule.is_paused, schedule.quiet_from, schedule.quiet_to)
    return timedelta(hours=settings.interval_hours + settings.quiet_hours)


def last_runs(session: Session) -> dict[int, LastRun]:
    """By business: how its newest run stands."""
    newest = select(newest_sync(SyncRun.business_id == Business.id)).select_from(Business)
    at = func.coalesce(SyncRun.finished_at, SyncRun.started_at, SyncRun.requested_at)
    rows = session.execute(select(SyncRun.business_id, SyncRun.state, at).where(SyncRun.id.in_(newest)))
    return {business_id: LastRun(state, moment) for business_id, state, moment in rows}


def list_notices(session: Session, *, since: datetime, limit: int) -> list[Notice]:
    """What was said since then, newest first."""
    newest = select(Notice).where(Notice.created_at >= since).order_by(Notice.id.desc()).limit(limit)
    return list(session.scalars(newest))


def newest_sync(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    """The id of a business's newest such run, back-fills left out: one look at the end of the index."""
    is_sync = SyncRun.trigger != RunTrigger.BACKFILL
    newest = select(SyncRun.id).where(is_sync, *conditions).order_by(SyncRun.id.desc()).limit(1)
    return newest.correlate(Business).scalar_subquery()
