"""How do accounts get a sync at once, also where a run of their business is at work already?"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.domain import ACTIVE_RUN_STATES, RunState, RunTrigger, StepState
from core.ops.models import SyncRun, SyncStep


def request_sync(
    session: Session, business_id: int, account_ids: Sequence[int], trigger: RunTrigger, *, now: datetime
) -> None:
    """Ask for a sync of these accounts. A run that is active already has read its list of accounts: what it lacks gets
    runs of its own, and what had its turn in it with an old login gets another."""
    active = session.scalar(
        select(SyncRun).where(
            SyncRun.business_id == business_id, SyncRun.account_id.is_(None), SyncRun.state.in_(ACTIVE_RUN_STATES)
        )
    )
    if active is None:
        _add(session, SyncRun(business_id=business_id, trigger=trigger), account_ids, now)
        return
    waiting = (
        select(SyncStep.account_id)
        .join(SyncRun)
        .where(SyncRun.state.in_(ACTIVE_RUN_STATES), SyncStep.state == StepState.PENDING)
    )
    alone = select(SyncRun.account_id).where(SyncRun.account_id.is_not(None), SyncRun.state.in_(ACTIVE_RUN_STATES))
    covered = {*session.scalars(waiting), *session.scalars(alone)}
    for account_id in account_ids:
        if account_id not in covered:
            run = SyncRun(business_id=business_id, account_id=account_id, trigger=trigger)
            _add(session, run, [account_id], now)


def _add(session: Session, run: SyncRun, account_ids: Sequence[int], now: datetime) -> None:
    run.state, run.requested_at = RunState.REQUESTED, now
    session.add(run)
    session.flush()
    session.add_all(SyncStep(run_id=run.id, account_id=id_, state=StepState.PENDING) for id_ in account_ids)
