"""Which runs were there, how far are they, and what went wrong? Each run and each account's step in a line."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from core.domain import ACTIVE_RUN_STATES, Platform, RunState, RunTrigger, StepState
from core.ops.live import IS_LIVE
from core.ops.models import Account, Business, SyncRun, SyncStep
from core.ops.overview import newest_sync

_OPEN_STEPS = (StepState.PENDING, StepState.RUNNING)
_TROUBLED_STEPS = (StepState.FAILED, StepState.WAITING)


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One run in a line: whose, why, how far, and what it brought."""

    id: int
    business_id: int
    business: str
    state: RunState
    trigger: RunTrigger
    requested_by: str | None
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    cancel_requested_at: datetime | None
    cancelled_by: str | None
    fill_from: date | None
    fill_to: date | None
    published_s: float
    error: str | None
    waited_s: float
    asked_s: float
    parsed_s: float
    loaded_s: float
    accounts: int
    accounts_done: int
    failed: int
    waiting: int
    rows_new: int
    rows_changed: int
    rows_unchanged: int
    cost_usd: float

    @property
    def is_active(self) -> bool:
        return not self.state.is_final


@dataclass(frozen=True, slots=True)
class StepSummary:
    """One account's part of a run; `error` is one sentence, `remedy` the word for what mends it."""

    id: int
    run_id: int
    account_id: int
    business: str
    account: str
    platform: Platform
    state: StepState
    started_at: datetime | None
    finished_at: datetime | None
    requests: int
    retries: int
    posts: int
    filled: str | None
    rows_new: int
    rows_changed: int
    rows_unchanged: int
    cost_usd: float
    error: str | None
    remedy: str | None
    retry_at: datetime | None


@dataclass(frozen=True, slots=True)
class FailedRun:
    """A business whose newest finished run failed as a whole, with the sentence that says why."""

    business: str
    error: str


def list_run_summaries(session: Session, *, limit: int, business_id: int | None = None) -> list[RunSummary]:
    """The newest runs, newest first."""
    return _read_summaries(session, select(SyncRun.id).order_by(SyncRun.id.desc()).limit(limit), business_id)


def list_active_summaries(session: Session, *, business_id: int | None = None) -> list[RunSummary]:
    """The runs that are requested or running, newest first."""
    return _read_summaries(session, select(SyncRun.id).where(SyncRun.state.in_(ACTIVE_RUN_STATES)), business_id)


def find_run_summary(session: Session, run_id: int) -> RunSummary | None:
    """One run, None where there is none, or none any more."""
    row = session.execute(_SUMMARIES.where(SyncRun.id == run_id)).mappings().first()
    return RunSummary(**row) if row else None


def list_step_summaries(session: Session, run_id: int) -> list[StepSummary]:
    """The accounts of one run."""
    return [StepSummary(**row) for row in session.execute(_STEPS.where(SyncStep.run_id == run_id)).mappings()]


def list_troubles(session: Session, *, business_id: int | None = None) -> list[StepSummary]:
    """The connected accounts whose newest finished step failed or waits."""
    troubled = _newest_of(business_id).where(SyncStep.state.in_(_TROUBLED_STEPS))
    return [StepSummary(**row) for row in session.execute(troubled).mappings()]


def newest_steps(session: Session, *, business_id: int | None = None) -> dict[int, StepSummary]:
    """By connected account: how its newest finished step ended."""
    steps = [StepSummary(**row) for row in session.execute(_newest_of(business_id)).mappings()]
    return {step.account_id: step for step in steps}


def list_failed_runs(session: Session, *, business_id: int | None = None) -> list[FailedRun]:
    """The businesses whose newest finished run failed with an error of its own: one that no account's step tells."""
    ended = newest_sync(SyncRun.business_id == Business.id, SyncRun.state.not_in(ACTIVE_RUN_STATES))
    newest = select(ended).where(Business.archived_at.is_(None))
    if business_id is not None:
        newest = newest.where(Business.id == business_id)
    rows = session.execute(
        select(Business.name, SyncRun.error)
        .join_from(SyncRun, Business, Business.id == SyncRun.business_id)
        .where(SyncRun.id.in_(newest), SyncRun.state == RunState.FAILED, SyncRun.error.is_not(None))
        .order_by(Business.id)
    )
    return [FailedRun(name, error) for name, error in rows if error]


def _read_summaries(session: Session, runs: Select[int], business_id: int | None) -> list[RunSummary]:
    if business_id is not None:
        runs = runs.where(SyncRun.business_id == business_id)
    rows = session.execute(_SUMMARIES.where(SyncRun.id.in_(runs))).mappings()
    return [RunSummary(**row) for row in rows]


def _steps_in(*states: StepState) -> Any:
    return func.count(case((SyncStep.state.in_(states), SyncStep.id)))


_OF_RUN = (
    SyncRun.state,
    SyncRun.trigger,
    SyncRun.requested_by,
    SyncRun.requested_at,
    SyncRun.started_at,
    SyncRun.finished_at,
    SyncRun.cancel_requested_at,
    SyncRun.cancelled_by,
    SyncRun.fill_from,
    SyncRun.fill_to,
    SyncRun.published_s,
    SyncRun.error,
)
_SECONDS = tuple(
    func.coalesce(func.sum(part), 0.0).label(part.key)
    for part in (SyncStep.waited_s, SyncStep.asked_s, SyncStep.parsed_s, SyncStep.loaded_s)
)
_SUMMARIES: Select[*tuple[Any, ...]] = (
    select(
        SyncRun.id,
        SyncRun.business_id,
        Business.name.label("business"),
        *_OF_RUN,
        func.count(SyncStep.id).label("accounts"),
        (func.count(SyncStep.id) - _steps_in(*_OPEN_STEPS)).label("accounts_done"),
        _steps_in(StepState.FAILED).label("failed"),
        _steps_in(StepState.WAITING).label("waiting"),
        func.coalesce(func.sum(SyncStep.rows_new), 0).label("rows_new"),
        func.coalesce(func.sum(SyncStep.rows_changed), 0).label("rows_changed"),
        func.coalesce(func.sum(SyncStep.rows_unchanged), 0).label("rows_unchanged"),
        func.coalesce(func.sum(SyncStep.cost_usd), 0.0).label("cost_usd"),
        *_SECONDS,
    )
    .join(Business, Business.id == SyncRun.business_id)
    .outerjoin(SyncStep, SyncStep.run_id == SyncRun.id)
    .group_by(SyncRun.id, Business.name)
    .order_by(SyncRun.id.desc())
)

_STEPS = (
    select(
        SyncStep.id,
        SyncStep.run_id,
        SyncStep.account_id,
        Business.name.label("business"),
        Account.name.label("account"),
        Account.platform,
        SyncStep.state,
        SyncStep.started_at,
        SyncStep.finished_at,
        SyncStep.requests,
        SyncStep.retries,
        SyncStep.posts,
        SyncStep.filled,
        SyncStep.rows_new,
        SyncStep.rows_changed,
        SyncStep.rows_unchanged,
        SyncStep.cost_usd,
        SyncStep.error,
        SyncStep.remedy,
        SyncStep.retry_at,
    )
    .join(Account, Account.id == SyncStep.account_id)
    .join(SyncRun, SyncRun.id == SyncStep.run_id)
    .join(Business, Business.id == SyncRun.business_id)
    .order_by(SyncStep.id)
)


def _newest_of(business_id: int | None) -> Select[*tuple[Any, ...]]:
    """The newest finished step of each connected account; filling in the past is not a sync."""
    newest_of_account = (
        select(SyncStep.id)
        .where(SyncStep.account_id == Account.id, SyncStep.state.not_in(_OPEN_STEPS), IS_LIVE)
        .order_by(SyncStep.id.desc())
        .limit(1)  # one look at the end of the index, however long the history
        .correlate(Account)
        .scalar_subquery()
    )
    newest = (
        select(newest_of_account)
        .join_from(Account, Business, Business.id == Account.business_id)
        .where(Account.disconnected_at.is_(None), Business.archived_at.is_(None))
    )
    if business_id is not None:
        newest = newest.where(Account.business_id == business_id)
    return _STEPS.where(SyncStep.id.in_(newest))
