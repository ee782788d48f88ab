"""Which syncs were asked for, run and finished? Claimed by conditional update, one active run per business."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, CursorResult, Select, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload, selectinload

from core.domain import ACTIVE_RUN_STATES, Platform, RunState, RunTrigger, StepState
from core.ops.accounts import list_connected
from core.ops.models import Account, Business, Schedule, SyncRun, SyncStep
from core.ops.session import OperationsDatabase

LEASE = timedelta(seconds=30)
TURN_GRACE = timedelta(minutes=10)
"""A turn of N hours counts as come round although the last one began some minutes past its hour."""


def request_run(
    database: OperationsDatabase,
    business_id: int,
    trigger: RunTrigger,
    *,
    now: datetime,
    account_ids: Sequence[int] | None = None,
) -> SyncRun:
    """Ask for a sync of a business, or of some of its accounts. Where one is active already, that one is the answer."""
    try:
        with database.transaction() as session:
            active = find_active_run(session, business_id)
            if active is not None:
                return active
            run = SyncRun(business_id=business_id, trigger=trigger, state=RunState.REQUESTED, requested_at=now)
            session.add(run)
            session.flush()
            connected = [account.id for account in list_connected(session, business_id)]
            chosen = connected if account_ids is None else [id_ for id_ in connected if id_ in set(account_ids)]
            session.add_all(SyncStep(run_id=run.id, account_id=id_, state=StepState.PENDING) for id_ in chosen)
            return run
    except IntegrityError:  # another process asked in the same moment; the index let one of the two in
        with database.reading() as session:
            winner = find_active_run(session, business_id)
        if winner is None:
            raise
        return winner


def list_due_accounts(
    session: Session, business_id: int, at_most_every: Mapping[Platform, timedelta], *, now: datetime
) -> list[int]:
    """The accounts of a business that a scheduled run reads: those whose platform's own interval has passed."""
    recent = (SyncStep.started_at > now - timedelta(days=8)) & (SyncStep.started_at <= now)
    newest = select(SyncStep.account_id, func.max(SyncStep.started_at)).where(recent).group_by(SyncStep.account_id)
    rows = session.execute(newest)
    last = {account_id: started_at for account_id, started_at in rows}  # noqa: C416  # a Row is typed, dict(rows) is not
    never = now - timedelta(days=36_500)
    return [
        account.id
        for account in list_connected(session, business_id)
        if now - (last.get(account.id) or never) >= at_most_every.get(account.platform, timedelta(0)) - TURN_GRACE
    ]


def find_active_run(session: Session, business_id: int) -> SyncRun | None:
    """The run of the whole business that is requested or running."""
    is_active = SyncRun.state.in_(ACTIVE_RUN_STATES) & SyncRun.account_id.is_(None)
    return session.scalar(select(SyncRun).where(SyncRun.business_id == business_id, is_active))


def request_retries(session: Session, *, now: datetime) -> list[int]:
    """Ask for a run of each account alone that had to wait and may go on now. Returns the runs' ids."""
    return [_request_retry(session, account_id, now) for account_id in session.scalars(_due_retries(now))]


def has_due_retries(session: Session, *, now: datetime) -> bool:
    return session.scalar(_due_retries(now).limit(1)) is not None


def _due_retries(now: datetime) -> Select[int]:
    """The accounts whose newest step waits, and need not wait any longer."""
    newest = (
        select(func.max(SyncStep.id))
        .join(Account, Account.id == SyncStep.account_id)
        .join(Business, Business.id == Account.business_id)
        .where(Account.disconnected_at.is_(None), Business.archived_at.is_(None))
        .group_by(SyncStep.account_id)
    )
    is_due = (SyncStep.state == StepState.WAITING) & (SyncStep.retry_at <= now)
    active = select(SyncStep.account_id).join(SyncRun).where(SyncRun.state.in_(ACTIVE_RUN_STATES))
    return select(SyncStep.account_id).where(SyncStep.id.in_(newest), is_due, SyncStep.account_id.not_in(active))


def _request_retry(session: Session, account_id: int, now: datetime) -> int:
    account = session.get_one(Account, account_id)
    run = SyncRun(
        business_id=account.business_id,
        account_id=account_id,
        trigger=RunTrigger.RETRY,
        state=RunState.REQUESTED,
        requested_at=now,
    )
    session.add(run)
    session.flush()
    session.add(SyncStep(run_id=run.id, account_id=account_id, state=StepState.PENDING))
    return run.id


def prune(session: Session, *, before: datetime) -> None:
    """Remove runs that ended before an instant, with their steps, but never an account's newest step."""
    newest = select(func.max(SyncStep.id)).group_by(SyncStep.account_id)
    kept = select(SyncStep.run_id).where(SyncStep.id.in_(newest))
    session.execute(delete(SyncRun).where(SyncRun.finished_at < before, SyncRun.id.not_in(kept)))


def claim_run(session: Session, instance: str, *, now: datetime) -> SyncRun | None:
    """Take the oldest requested run, or None. Two sidecars asking at once get different ones."""
    oldest = select(SyncRun.id).where(SyncRun.state == RunState.REQUESTED).order_by(SyncRun.id).limit(1)
    run_id = session.scalar(oldest.with_for_update(skip_locked=True))
    if run_id is None:
        return None
    claimed = session.execute(
        update(SyncRun)
        .where(SyncRun.id == run_id, SyncRun.state == RunState.REQUESTED)
        .values(state=RunState.RUNNING, claimed_by=instance, started_at=now, lease_until=now + LEASE)
    )
    return get_run(session, run_id) if _touched(claimed) else None


def renew_leases(session: Session, instance: str, active_ids: Collection[int], *, now: datetime) -> None:
    """Say that this sidecar still works on these runs; a running one that it does not know any more is closed."""
    mine = (SyncRun.claimed_by == instance) & (SyncRun.state == RunState.RUNNING)
    session.execute(update(SyncRun).where(mine, SyncRun.id.in_(active_ids)).values(lease_until=now + LEASE))
    for run_id in list(session.scalars(select(SyncRun.id).where(mine, SyncRun.id.not_in(active_ids)))):
        record_finished(
            session, run_id, RunState.INTERRUPTED, now=now, error="The end of this run could not be recorded."
        )


def record_interrupted(session: Session, *, now: datetime, lease_before: datetime | None = None) -> int:
    """End the running runs of a dead sidecar: those whose lease ended before `lease_before`, or all. Returns how many."""
    condition = SyncRun.state == RunState.RUNNING
    if lease_before is not None:
        condition = condition & (SyncRun.lease_until < lease_before)
    run_ids = list(session.scalars(select(SyncRun.id).where(condition)))
    for run_id in run_ids:
        record_finished(
            session, run_id, RunState.INTERRUPTED, now=now, error="The sidecar stopped in the middle of this run."
        )
    return len(run_ids)


def record_finished(session: Session, run_id: int, state: RunState, *, now: datetime, error: str | None = None) -> None:
    """Close a run; steps that never ended are closed with it."""
    session.execute(
        update(SyncStep)
        .where(SyncStep.run_id == run_id, SyncStep.state.in_((StepState.PENDING, StepState.RUNNING)))
        .values(state=StepState.INTERRUPTED, finished_at=now)
    )
    session.execute(
        update(SyncRun)
        .where(SyncRun.id == run_id)
        .values(state=state, finished_at=now, lease_until=None, error=error and error[:2000])
    )


def get_run(session: Session, run_id: int) -> SyncRun:
    """One run with its business, steps and accounts; raises where there is none."""
    return session.scalars(_with_steps().where(SyncRun.id == run_id)).unique().one()


def list_runs(session: Session, *, limit: int = 30, business_id: int | None = None) -> list[SyncRun]:
    """The newest runs with their business, steps and accounts."""
    query = _with_steps().order_by(SyncRun.id.desc()).limit(limit)
    if business_id is not None:
        query = query.where(SyncRun.business_id == business_id)
    return list(session.scalars(query).unique())


def has_requested(session: Session) -> bool:
    return session.scalar(select(SyncRun.id).where(SyncRun.state == RunState.REQUESTED).limit(1)) is not None


def list_scheduled(session: Session, *, now: datetime) -> list[int]:
    """The businesses whose schedule comes round at this full hour: hourly ones always, others N hours after their last turn."""
    turns = (RunTrigger.SCHEDULE, RunTrigger.CATCH_UP)
    return _list_older(session, SyncRun.trigger.in_(turns), now=now, grace=TURN_GRACE, every_hour=True)


def list_overdue(session: Session, *, now: datetime) -> list[int]:
    """The businesses whose newest run is older than their schedule, or that never had one; a run cut short counts as none."""
    return _list_older(session, SyncRun.state != RunState.INTERRUPTED, now=now)


def _list_older(
    session: Session,
    counted: ColumnElement[bool],
    *,
    now: datetime,
    grace: timedelta = timedelta(0),
    every_hour: bool = False,
) -> list[int]:
    newest = (
        select(SyncRun.business_id, func.max(SyncRun.requested_at).label("requested_at"))
        .where(counted, SyncRun.account_id.is_(None), SyncRun.requested_at <= now)  # a clock may have been ahead
        .group_by(SyncRun.business_id)
        .subquery()
    )
    rows = session.execute(
        select(Account.business_id, func.coalesce(Schedule.interval_hours, 1), newest.c.requested_at)
        .join(Account.business)
        .outerjoin(Schedule, Schedule.business_id == Account.business_id)
        .outerjoin(newest, newest.c.business_id == Account.business_id)
        .where(Account.disconnected_at.is_(None), Business.archived_at.is_(None))
        .distinct()
        .order_by(Account.business_id)
    )
    return [
        business_id
        for business_id, hours, requested_at in rows
        if requested_at is None or (every_hour and hours == 1) or now - requested_at >= timedelta(hours=hours) - grace
    ]


def _with_steps() -> Select[SyncRun]:
    return select(SyncRun).options(
        joinedload(SyncRun.business), selectinload(SyncRun.steps).joinedload(SyncStep.account)
    )


def _touched(result: object) -> bool:
    return isinstance(result, CursorResult) and result.rowcount == 1
