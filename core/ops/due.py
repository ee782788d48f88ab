"""Which businesses and accounts are to be synced by themselves now?"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.domain import Platform, RunState
from core.ops.accounts import list_connected
from core.ops.live import IS_LIVE, IS_LIVE_RUN
from core.ops.models import SyncRun, SyncStep
from core.ops.schedules import list_schedules

GRACE = timedelta(minutes=10)
"""A platform's own interval counts as passed although the last look began some minutes past its hour."""


def list_due_accounts(
    session: Session, business_id: int, at_most_every: Mapping[Platform, timedelta], *, now: datetime
) -> list[int]:
    """The accounts of a business that a scheduled run reads: those whose platform's own interval has passed."""
    accounts = list_connected(session, business_id)
    recent = (SyncStep.started_at > now - timedelta(days=8)) & (SyncStep.started_at <= now) & IS_LIVE
    theirs = SyncStep.account_id.in_([account.id for account in accounts])
    newest = select(SyncStep.account_id, func.max(SyncStep.started_at)).where(theirs, recent)
    rows = session.execute(newest.group_by(SyncStep.account_id))
    last = {account_id: started_at for account_id, started_at in rows}  # noqa: C416  # a Row is typed, dict(rows) is not
    never = now - timedelta(days=36_500)
    return [
        account.id
        for account in accounts
        if now - (last.get(account.id) or never) >= at_most_every.get(account.platform, timedelta(0)) - GRACE
    ]


def list_hourly(session: Session) -> list[int]:
    """The businesses that have accounts and no schedule of their own: they are synced at every full hour."""
    synced = with_accounts(session)
    return [one.business_id for one in list_schedules(session) if not one.is_own and one.business_id in synced]


def list_overdue(session: Session, *, now: datetime) -> list[int]:
    """The businesses whose newest run is older than their schedule, or that never had one; a run cut short counts as none.

    A paused schedule makes nothing overdue; in quiet hours it waits for their end.
    """
    newest = (
        select(SyncRun.business_id, func.max(SyncRun.requested_at))
        .where(SyncRun.state != RunState.INTERRUPTED, SyncRun.account_id.is_(None), IS_LIVE_RUN)
        .where(SyncRun.requested_at <= now)  # a clock may have been ahead
        .group_by(SyncRun.business_id)
    )
    last = {business_id: requested_at for business_id, requested_at in session.execute(newest)}  # noqa: C416
    synced = with_accounts(session)
    return [
        one.business_id
        for one in list_schedules(session)
        if one.business_id in synced
        and not one.settings.is_paused
        and not one.settings.is_quiet(now, one.timezone)
        and _is_older(last.get(one.business_id), timedelta(hours=one.settings.interval_hours), now)
    ]


def _is_older(last: datetime | None, than: timedelta, now: datetime) -> bool:
    return last is None or now - last >= than


def with_accounts(session: Session) -> set[int]:
    """The businesses that have an account to sync."""
    return {account.business_id for account in list_connected(session)}


def last_successes(session: Session) -> dict[int, datetime]:
    """When each business's last run ended in which at least an account was read; single accounts and the past do not count."""
    newest = (
        select(SyncRun.business_id, func.max(SyncRun.finished_at))
        .where(SyncRun.state.in_((RunState.SUCCEEDED, RunState.PARTIAL)), SyncRun.account_id.is_(None), IS_LIVE_RUN)
        .where(SyncRun.finished_at.is_not(None))
        .group_by(SyncRun.business_id)
    )
    return {business_id: at for business_id, at in session.execute(newest) if at is not None}
