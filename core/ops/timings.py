"""How long did runs take, and which part of it was what? Waiting, asking, reading the answers, loading, publishing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from core.domain import Platform, RunState, StepState
from core.ops.models import Account, Business, SyncRun, SyncStep

MOST_STEPS = 20_000
"""Of more steps than these the newest tell how long syncs take: 20 of each of a thousand accounts."""

_ENDED = (StepState.SUCCEEDED, StepState.FAILED, StepState.WAITING)


@dataclass(frozen=True, slots=True)
class StepTimes:
    """An account's part of a run that came to its end, in seconds; the parts are all 0 where nobody measured."""

    step_id: int
    run_id: int
    account_id: int
    account: str
    business: str
    platform: Platform
    state: StepState
    started_at: datetime
    finished_at: datetime
    waited_s: float
    asked_s: float
    parsed_s: float
    loaded_s: float
    requests: int
    rows: int


@dataclass(frozen=True, slots=True)
class RunTimes:
    """A run that came to its end, and how long its publishing took."""

    run_id: int
    business: str
    state: RunState
    requested_at: datetime
    started_at: datetime
    finished_at: datetime
    published_s: float


def record_published(session: Session, run_id: int, seconds: float) -> None:
    session.execute(update(SyncRun).where(SyncRun.id == run_id).values(published_s=seconds))


def list_run_times(session: Session, *, since: datetime, business_id: int | None = None) -> list[RunTimes]:
    """The runs requested since then that began and ended, oldest first."""
    query = (
        select(
            SyncRun.id.label("run_id"),
            Business.name.label("business"),
            SyncRun.state,
            SyncRun.requested_at,
            SyncRun.started_at,
            SyncRun.finished_at,
            SyncRun.published_s,
        )
        .join(Business, Business.id == SyncRun.business_id)
        .where(SyncRun.requested_at >= since, SyncRun.started_at.is_not(None), SyncRun.finished_at.is_not(None))
        .order_by(SyncRun.id)
    )
    return [RunTimes(**row) for row in session.execute(_of_business(query, business_id)).mappings()]


def list_step_times(session: Session, *, since: datetime, business_id: int | None = None) -> list[StepTimes]:
    """The accounts' parts of the runs requested since then, those that came to an end of their own, oldest first."""
    first_run = select(func.min(SyncRun.id)).where(SyncRun.requested_at >= since).scalar_subquery()
    query = (
        select(
            SyncStep.id.label("step_id"),
            SyncStep.run_id,
            SyncStep.account_id,
            Account.name.label("account"),
            Business.name.label("business"),
            Account.platform,
            SyncStep.state,
            SyncStep.started_at,
            SyncStep.finished_at,
            SyncStep.waited_s,
            SyncStep.asked_s,
            SyncStep.parsed_s,
            SyncStep.loaded_s,
            SyncStep.requests,
            (SyncStep.rows_new + SyncStep.rows_changed + SyncStep.rows_unchanged).label("rows"),
        )
        .join(SyncRun, SyncRun.id == SyncStep.run_id)
        .join(Account, Account.id == SyncStep.account_id)
        .join(Business, Business.id == SyncRun.business_id)
        # by the run's id, which an index knows, rather than by the step's time
        .where(SyncStep.run_id >= first_run, SyncStep.state.in_(_ENDED), SyncStep.started_at.is_not(None))
        .order_by(SyncStep.id)
    )
    return [StepTimes(**row) for row in session.execute(_of_business(query, business_id)).mappings()]


def typical_durations(
    session: Session, *, since: datetime, business_id: int | None = None, most: int = MOST_STEPS
) -> dict[int, timedelta]:
    """By account: the median of how long its newest steps took, of the runs requested since then."""
    first_run = select(func.min(SyncRun.id)).where(SyncRun.requested_at >= since).scalar_subquery()
    query = (
        select(SyncStep.account_id, SyncStep.started_at, SyncStep.finished_at)
        .where(SyncStep.run_id >= first_run, SyncStep.state.in_(_ENDED), SyncStep.started_at.is_not(None))
        .order_by(SyncStep.id.desc())
        .limit(most)
    )
    if business_id is not None:
        query = query.join(SyncRun, SyncRun.id == SyncStep.run_id).where(SyncRun.business_id == business_id)
    seconds: dict[int, list[float]] = {}
    for account_id, started_at, finished_at in session.execute(query):
        if started_at is not None and finished_at is not None:
            seconds.setdefault(account_id, []).append((finished_at - started_at).total_seconds())
    return {account_id: timedelta(seconds=median(found)) for account_id, found in seconds.items()}


def _of_business(query: Select[*tuple[Any, ...]], business_id: int | None) -> Select[*tuple[Any, ...]]:
    return query if business_id is None else query.where(SyncRun.business_id == business_id)
