"""How do accounts get a sync at once, also where a run of their business is at work already?"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.domain import ACTIVE_RUN_STATES, RunState, RunTrigger, StepState
from core.ops.live import IS_LIVE_RUN
from core.ops.models import Business, SyncRun, SyncStep
from core.ops.run_requests import find_active_run


def request_sync(
    session: Session, business_id: int, account_ids: Sequence[int], trigger: RunTrigger, *, now: datetime
) -> None:
    """Ask for a sync of these accounts. A run that is active already has read its list of accounts: what it lacks gets
    runs of its own, and what had its turn in it with an old login gets another. An archived business is not synced."""
    if session.get_one(Business, business_id).archived_at is not None:
        return
    active = find_active_run(session, business_id)
    if active is None and _add(session, SyncRun(business_id=business_id, trigger=trigger), account_ids, now):
        return
    waiting = (
        select(SyncStep.account_id)
        .join(SyncRun)
        .where(SyncRun.state.in_(ACTIVE_RUN_STATES), IS_LIVE_RUN, SyncStep.state == StepState.PENDING)
    )
    alone = select(SyncRun.account_id).where(
        SyncRun.account_id.is_not(None), SyncRun.state.in_(ACTIVE_RUN_STATES), IS_LIVE_RUN
    )
    covered = {*session.scalars(waiting), *session.scalars(alone)}
    for account_id in account_ids:
        if account_id not in covered:
            run = SyncRun(business_id=business_id, account_id=account_id, trigger=trigger)
            _add(session, run, [account_id], now)


def _add(session: Session, run: SyncRun, account_ids: Sequence[int], now: datetime) -> bool:
    """False where another process has asked for the same run in the same moment: the index lets one of the two in."""
    run.state, run.requested_at = RunState.REQUESTED, now
    try:
        with session.begin_nested():
            session.add(run)
    except IntegrityError:
        return False
    session.add_all(SyncStep(run_id=run.id, account_id=id_, state=StepState.PENDING) for id_ in account_ids)
    return True
