"""Which syncs were asked for, run and finished? Claimed by conditional update, one active run per business."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, CursorResult, Select, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload, selectinload

from core.domain import ACTIVE_RUN_STATES, LoadCounts, RunState, RunTrigger, StepState
from core.errors import AppError, MalformedAnswerError, RateLimitedError
from core.ops.accounts import list_connected
from core.ops.models import Account, Business, Schedule, SyncRun, SyncStep
from core.ops.session import OperationsDatabase

LEASE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """What one account's step cost and brought, or the error that ended it."""

    requests: int = 0
    retries: int = 0
    waited_s: float = 0.0
    posts: int = 0
    counts: LoadCounts = field(default_factory=LoadCounts)
    covered_to: datetime | None = None
    error: AppError | None = None


def request_run(database: OperationsDatabase, business_id: int, trigger: RunTrigger, *, now: datetime) -> SyncRun:
    """Ask for a sync of a business. Where one is active already, that one is the answer."""
    try:
        with database.transaction() as session:
            active = find_active_run(session, business_id)
            if active is not None:
                return active
            run = SyncRun(business_id=business_id, trigger=trigger, state=RunState.REQUESTED, requested_at=now)
            session.add(run)
            session.flush()
            session.add_all(
                SyncStep(run_id=run.id, account_id=account.id, state=StepState.PENDING)
                for account in list_connected(session, business_id)
            )
            return run
    except IntegrityError:  # another process asked in the same moment; the index let one of the two in
        with database.reading() as session:
            winner = find_active_run(session, business_id)
        if winner is None:
            raise
        return winner


def find_active_run(session: Session, business_id: int) -> SyncRun | None:
    """The run of a business that is requested or running."""
    return session.scalar(
        select(SyncRun).where(SyncRun.business_id == business_id, SyncRun.state.in_(ACTIVE_RUN_STATES))
    )


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


def renew_leases(session: Session, instance: str, *, now: datetime) -> None:
    """Say that this sidecar still works on its runs."""
    session.execute(
        update(SyncRun)
        .where(SyncRun.claimed_by == instance, SyncRun.state == RunState.RUNNING)
        .values(lease_until=now + LEASE)
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
        update(SyncRun).where(SyncRun.id == run_id).values(state=state, finished_at=now, lease_until=None, error=error)
    )


def record_step_started(session: Session, step_id: int, *, now: datetime) -> None:
    session.execute(update(SyncStep).where(SyncStep.id == step_id).values(state=StepState.RUNNING, started_at=now))


def record_step(session: Session, step_id: int, outcome: StepOutcome, *, now: datetime) -> StepState:
    """Close a step with what it cost and brought, or with its error's sentence and remedy."""
    step = session.get_one(SyncStep, step_id)
    error = outcome.error
    step.state = StepState.SUCCEEDED if error is None else StepState.FAILED
    step.finished_at = now
    step.requests, step.retries, step.waited_s = outcome.requests, outcome.retries, outcome.waited_s
    step.posts, step.covered_to = outcome.posts, outcome.covered_to
    step.rows_new, step.rows_changed, step.rows_unchanged = (
        outcome.counts.new,
        outcome.counts.changed,
        outcome.counts.unchanged,
    )
    if error is not None:
        step.error, step.remedy = str(error)[:2000], error.remedy
    if isinstance(error, RateLimitedError):
        step.state, step.retry_at = StepState.WAITING, error.retry_at
    if isinstance(error, MalformedAnswerError):
        step.answer = error.answer[:2000]
    return step.state


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
    return _list_older(session, SyncRun.trigger.in_(turns), now=now, grace=timedelta(minutes=10), every_hour=True)


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
        .where(counted)
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
