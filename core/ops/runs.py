"""Which syncs were asked for, run and finished? Claimed by conditional update; cancelled at a word; kept for a while."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, Select, delete, false, func, or_, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from core.domain import RunState, StepState
from core.errors import ConfigError
from core.ops.activities import ActivityKind, record_activity
from core.ops.continuing import has_due_retries, list_interrupted, request_interrupted_fills, request_retries
from core.ops.due import list_due_accounts, list_hourly, list_overdue
from core.ops.live import IS_LIVE_RUN
from core.ops.models import SyncRun, SyncStep
from core.ops.run_requests import BusyError, fill_of, find_active_run, request_failed, request_run, retry_run

__all__ = [
    "BusyError",
    "fill_of",
    "find_active_run",
    "has_due_retries",
    "list_due_accounts",
    "list_hourly",
    "list_interrupted",
    "list_overdue",
    "request_failed",
    "request_interrupted_fills",
    "request_retries",
    "request_run",
    "retry_run",
]

LEASE = timedelta(seconds=30)


def prune(session: Session, *, before: datetime) -> None:
    """Remove runs that ended before an instant, with their steps, but never an account's newest step and newest success."""
    newest = select(func.max(SyncStep.id)).group_by(SyncStep.account_id)
    succeeded = newest.where(
        SyncStep.state == StepState.SUCCEEDED, SyncStep.run_id.in_(select(SyncRun.id).where(IS_LIVE_RUN))
    )
    kept = select(SyncStep.run_id).where(SyncStep.id.in_(newest) | SyncStep.id.in_(succeeded))
    session.execute(delete(SyncRun).where(SyncRun.finished_at < before, SyncRun.id.not_in(kept)))


def claim_run(
    session: Session, instance: str, *, now: datetime, takes_syncs: bool = True, takes_fills: bool = True
) -> SyncRun | None:
    """Take the oldest requested run, or None; those that fill in the past come last. Two sidecars asking at once get different ones."""
    wanted = _requested(takes_syncs=takes_syncs, takes_fills=takes_fills)
    oldest = wanted.order_by(SyncRun.fill_from.is_not(None), SyncRun.id).limit(1)
    run_id = session.scalar(oldest.with_for_update(skip_locked=True))
    if run_id is None:
        return None
    claimed = session.execute(
        update(SyncRun)
        .where(SyncRun.id == run_id, SyncRun.state == RunState.REQUESTED)
        .values(state=RunState.RUNNING, claimed_by=instance, started_at=now, lease_until=now + LEASE)
    )
    return get_run(session, run_id) if _touched(claimed) else None


def cancel_run(session: Session, run_id: int, *, by: str | None, now: datetime) -> RunState:
    """Cancel a run that waits, or ask for the end of one that runs; what it has loaded stays. Returns the state it has now.

    A run that has ended already stays as it is.
    """
    run = session.get(SyncRun, run_id, populate_existing=True, with_for_update=True)
    if run is None:
        raise ConfigError(f"There is no run {run_id}.")
    if run.state.is_final or run.cancel_requested_at is not None:
        return run.state
    run.cancel_requested_at, run.cancelled_by = now, by and by[:300]
    session.flush()
    if run.state is RunState.REQUESTED:
        record_finished(session, run_id, RunState.CANCELLED, now=now)
    what = "Filling in the past" if run.fill_from is not None else "The sync"
    text = f"{what} of {run.business.name} was cancelled (run {run_id})."
    record_activity(session, ActivityKind.RUN_CANCELLED, text, now=now, person=by, business_id=run.business_id)
    session.refresh(run)
    return run.state


def list_cancelled(session: Session, run_ids: Collection[int]) -> list[int]:
    """Those of these running runs whose end a person has asked for."""
    is_asked = SyncRun.id.in_(run_ids) & SyncRun.cancel_requested_at.is_not(None)
    return list(session.scalars(select(SyncRun.id).where(is_asked)))


def renew_leases(session: Session, instance: str, active_ids: Collection[int], *, now: datetime) -> None:
    """Say that this sidecar still works on these runs; a running one that it does not know any more is closed."""
    mine = (SyncRun.claimed_by == instance) & (SyncRun.state == RunState.RUNNING)
    session.execute(update(SyncRun).where(mine, SyncRun.id.in_(active_ids)).values(lease_until=now + LEASE))
    for run_id in list(session.scalars(select(SyncRun.id).where(mine, SyncRun.id.not_in(active_ids)))):
        record_finished(
            session, run_id, RunState.INTERRUPTED, now=now, error="The end of this run could not be recorded."
        )


def record_interrupted(session: Session, *, now: datetime, lease_before: datetime | None = None) -> int:
    """End the running runs of a dead sidecar: those whose lease ended before `lease_before`, or all. Returns how many.

    One that a person had cancelled is cancelled by that.
    """
    condition = SyncRun.state == RunState.RUNNING
    if lease_before is not None:
        condition = condition & (SyncRun.lease_until < lease_before)
    found = session.execute(select(SyncRun.id, SyncRun.cancel_requested_at).where(condition)).all()
    for run_id, cancelled_at in found:
        if cancelled_at is not None:
            record_finished(session, run_id, RunState.CANCELLED, now=now)
            continue
        record_finished(
            session, run_id, RunState.INTERRUPTED, now=now, error="The sidecar stopped in the middle of this run."
        )
    return len(found)


def record_finished(session: Session, run_id: int, state: RunState, *, now: datetime, error: str | None = None) -> None:
    """Close a run; steps that never ended are closed with it."""
    cut_short = StepState.CANCELLED if state is RunState.CANCELLED else StepState.INTERRUPTED
    session.execute(
        update(SyncStep)
        .where(SyncStep.run_id == run_id, SyncStep.state.in_((StepState.PENDING, StepState.RUNNING)))
        .values(state=cut_short, finished_at=now)
    )
    session.execute(
        update(SyncRun)
        .where(SyncRun.id == run_id)
        .values(state=state, finished_at=now, lease_until=None, error=error and error[:2000])
    )


def get_run(session: Session, run_id: int) -> SyncRun:
    """One run with its business, steps and accounts; raises where there is none."""
    return session.scalars(_with_steps().where(SyncRun.id == run_id)).unique().one()


def find_run(session: Session, run_id: int) -> SyncRun | None:
    """One run with its business, steps and accounts, None where there is none."""
    return session.scalars(_with_steps().where(SyncRun.id == run_id)).unique().one_or_none()


def list_runs(
    session: Session,
    *,
    limit: int = 30,
    business_id: int | None = None,
    before_id: int | None = None,
    state: RunState | None = None,
    business_ids: Collection[int] | None = None,
) -> list[SyncRun]:
    """The newest runs with their business, steps and accounts; older than `before_id`, where the last page ended."""
    query = _with_steps().order_by(SyncRun.id.desc()).limit(limit)
    if business_id is not None:
        query = query.where(SyncRun.business_id == business_id)
    if business_ids is not None:
        query = query.where(SyncRun.business_id.in_(business_ids))
    if before_id is not None:
        query = query.where(SyncRun.id < before_id)
    if state is not None:
        query = query.where(SyncRun.state == state)
    return list(session.scalars(query).unique())


def has_requested(session: Session, *, takes_syncs: bool = True, takes_fills: bool = True) -> bool:
    wanted = _requested(takes_syncs=takes_syncs, takes_fills=takes_fills)
    return session.scalar(wanted.limit(1)) is not None


def _requested(*, takes_syncs: bool, takes_fills: bool) -> Select[int]:
    """The runs that wait to be carried out, of the kinds for which there is room."""
    kinds = [kind for kind, is_taken in ((IS_LIVE_RUN, takes_syncs), (~IS_LIVE_RUN, takes_fills)) if is_taken]
    return select(SyncRun.id).where(SyncRun.state == RunState.REQUESTED, or_(false(), *kinds))


def _with_steps() -> Select[SyncRun]:
    return select(SyncRun).options(
        joinedload(SyncRun.business), selectinload(SyncRun.steps).joinedload(SyncStep.account)
    )


def _touched(result: object) -> bool:
    return isinstance(result, CursorResult) and result.rowcount == 1
