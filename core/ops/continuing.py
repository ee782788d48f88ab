"""What goes on by itself? Accounts that had to wait, and filling in the past that was cut short; each in a run of its own."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, joinedload

from core.domain import ACTIVE_RUN_STATES, RunState, RunTrigger, StepState
from core.ops.live import IS_LIVE, IS_LIVE_RUN
from core.ops.models import Account, Business, SyncRun, SyncStep
from core.ops.run_requests import add_steps

_IS_FILL = SyncRun.fill_from.is_not(None)
_IN_USE = Account.disconnected_at.is_(None) & Business.archived_at.is_(None)


def request_retries(session: Session, *, now: datetime) -> list[int]:
    """Ask for a run of each account alone that had to wait and may go on now. Returns the runs' ids."""
    syncs = [_request(session, step, RunTrigger.RETRY, now) for step in session.scalars(_due_syncs(now)).all()]
    return syncs + _request_fills(session, session.scalars(_due_fills(_has_waited(now))).all(), now)


def has_due_retries(session: Session, *, now: datetime) -> bool:
    """Whether there is something to ask for; what is asked for once a moment must cost little."""
    queries = (_due_syncs(now), _due_fills(_has_waited(now)))
    return any(session.scalar(query.limit(1)) is not None for query in queries)


def request_interrupted_fills(session: Session, *, now: datetime) -> list[int]:
    """At the start of a sidecar: what the last one was filling in when it was cut short goes on. Returns the runs' ids."""
    cut_short = _due_fills(SyncStep.state == StepState.INTERRUPTED)
    return _request_fills(session, session.scalars(cut_short).all(), now)


def list_interrupted(session: Session) -> dict[int, list[int]]:
    """By business: the accounts whose newest sync was cut short by a sidecar that left or died."""
    found: dict[int, list[int]] = {}
    is_cut_short = (SyncStep.state == StepState.INTERRUPTED) & SyncStep.run.has(SyncRun.state == RunState.INTERRUPTED)
    for step in session.scalars(_newest_syncs(is_cut_short)):
        found.setdefault(step.account.business_id, []).append(step.account_id)
    return found


def _has_waited(now: datetime) -> ColumnElement[bool]:
    return (SyncStep.state == StepState.WAITING) & (SyncStep.retry_at <= now)


def _due_syncs(now: datetime) -> Select[SyncStep]:
    """The newest steps of accounts, where they wait and need not wait any longer."""
    return _newest_syncs(_has_waited(now))


def _newest_syncs(is_due: ColumnElement[bool]) -> Select[SyncStep]:
    """The newest steps of accounts, where this holds of them and no sync is on its way."""
    newest_of_account = (
        select(SyncStep.id)
        .where(SyncStep.account_id == Account.id, IS_LIVE)
        .order_by(SyncStep.id.desc())
        .limit(1)  # one look at the end of the index, however long the history
        .correlate(Account)
        .scalar_subquery()
    )
    newest = select(newest_of_account).join_from(Account, Business, Business.id == Account.business_id).where(_IN_USE)
    return _steps().where(SyncStep.id.in_(newest), is_due, SyncStep.account_id.not_in(_at_work(IS_LIVE_RUN)))


def _due_fills(is_due: ColumnElement[bool]) -> Select[SyncStep]:
    """The newest step of each account and range, where it has not come to its end and may go on."""
    newest = (
        select(func.max(SyncStep.id))
        .join(SyncRun, SyncRun.id == SyncStep.run_id)
        .join(Account, Account.id == SyncStep.account_id)
        .join(Business, Business.id == Account.business_id)
        # the few runs that fill come by their own index; without this the planner reads every step there is, twice a second
        .where(SyncStep.run_id.in_(select(SyncRun.id).where(_IS_FILL)), _IS_FILL, _IN_USE)
        .group_by(SyncStep.account_id, SyncRun.fill_from, SyncRun.fill_to)
    )
    return _steps().where(SyncStep.id.in_(newest), is_due, SyncStep.account_id.not_in(_at_work(_IS_FILL)))


def _steps() -> Select[SyncStep]:
    return select(SyncStep).options(joinedload(SyncStep.run), joinedload(SyncStep.account)).order_by(SyncStep.id)


def _at_work(kind: ColumnElement[bool]) -> Select[int]:
    """The accounts that a run of this kind has still to read, or reads."""
    active = SyncRun.state.in_(ACTIVE_RUN_STATES)
    return select(SyncStep.account_id).join(SyncRun, SyncRun.id == SyncStep.run_id).where(active, kind)


def _request_fills(session: Session, steps: Iterable[SyncStep], now: datetime) -> list[int]:
    """One of each account at a time: its other ranges follow."""
    by_account = {step.account_id: step for step in steps}
    return [_request(session, step, RunTrigger.BACKFILL, now) for step in by_account.values()]


def _request(session: Session, step: SyncStep, trigger: RunTrigger, now: datetime) -> int:
    run = SyncRun(
        business_id=step.account.business_id,
        account_id=step.account_id,
        trigger=trigger,
        state=RunState.REQUESTED,
        requested_at=now,
        requested_by=step.run.requested_by,
        fill_from=step.run.fill_from,
        fill_to=step.run.fill_to,
    )
    add_steps(session, run, [step.account_id])
    return run.id
