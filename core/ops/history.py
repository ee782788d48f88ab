"""How far is the demo's history, and how do the runs of its making become runs of this database?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from core.errors import AppError
from core.ops.models import Account, Notice, Request, RequestKind, RetiredMetric, StepLog, SyncRun, SyncStep

MOST_RUNS_PER_BUSINESS = 300
_STEPS_PER_RUN = 10


@dataclass(frozen=True, slots=True)
class Making:
    """The making of a history: the day it has reached, the one it goes to, when it last went on, and what ended it."""

    reached: date | None
    last: date
    is_ready: bool
    went_on_at: datetime
    error: str | None = None


def reserve_run_ids(session: Session, businesses: int) -> None:
    """Leave the first ids to the runs of a history that is made meanwhile: a run's id tells whether it came later."""
    runs = -(-businesses * MOST_RUNS_PER_BUSINESS // 1000) * 1000
    for table, last in (("sync_runs", runs), ("sync_steps", runs * _STEPS_PER_RUN)):
        session.execute(
            text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :seq)"), {"name": table, "seq": last}
        )


def begin_history(session: Session, folder: str, *, last: date, now: datetime) -> Request:
    """Ask for the history that is going to be made in a folder to be taken over, once it is ready."""
    request = Request(
        kind=RequestKind.ADOPT_HISTORY,
        business_id=0,  # all of them
        arguments={"folder": folder, "last": last.isoformat(), "went_on_at": now.isoformat()},
        requested_by="demo",
        requested_at=now,
    )
    session.add(request)
    session.flush()
    return request


def record_made(session: Session, request_id: int, *, reached: date, is_ready: bool = False, now: datetime) -> None:
    """Say how far the history is."""
    request = session.get_one(Request, request_id)
    told = {"reached": reached.isoformat(), "is_ready": is_ready, "went_on_at": now.isoformat()}
    request.arguments = {**request.arguments, **told}


def find_making(session: Session) -> Making | None:
    """The history that is made, waits to be taken over, or could not be made; None where there is none."""
    newest = select(Request).where(Request.kind == RequestKind.ADOPT_HISTORY).order_by(Request.id.desc()).limit(1)
    request = session.scalar(newest)
    if request is None or (request.finished_at is not None and request.error is None):
        return None
    told = request.arguments
    return Making(
        reached=date.fromisoformat(told["reached"]) if "reached" in told else None,
        last=date.fromisoformat(told["last"]),
        is_ready=is_ready(request),
        went_on_at=datetime.fromisoformat(told["went_on_at"]),
        error=request.error,
    )


def is_ready(request: Request) -> bool:
    """Whether the history of this request is complete."""
    return bool(request.arguments.get("is_ready"))


def pair_accounts(session: Session, past: Session) -> dict[int, int]:
    """The accounts that both databases know: the past's id to ours. One that is gone here is left out."""
    ours = {(account.platform, account.external_id): account.id for account in session.scalars(select(Account))}
    return {
        account.id: ours[account.platform, account.external_id]
        for account in past.scalars(select(Account).order_by(Account.id))
        if (account.platform, account.external_id) in ours
    }


def take_over_runs(session: Session, past: Session, pairs: Mapping[int, int]) -> int:
    """Add the past's runs with their steps under their own ids; those that are here already are left alone. Returns how many are new."""
    businesses = _pair_businesses(session, past, pairs)
    runs = [
        run
        for run in past.scalars(select(SyncRun).order_by(SyncRun.id))
        if run.business_id in businesses and (run.account_id is None or run.account_id in pairs)
    ]
    new = _unknown(session, runs)
    of_new = {run.id for run in new}
    steps = [step for step in past.scalars(select(SyncStep).order_by(SyncStep.id)) if step.account_id in pairs]
    rows = [
        _row(run, business_id=businesses[run.business_id], account_id=pairs.get(run.account_id or 0)) for run in new
    ]
    _insert(session, SyncRun, rows)
    of_runs = {step.id: step for step in steps if step.run_id in of_new}
    _insert(session, SyncStep, [_row(step, account_id=pairs[step.account_id]) for step in of_runs.values()])
    _insert(session, StepLog, [_row(lines) for lines in past.scalars(select(StepLog)) if lines.step_id in of_runs])
    return len(new)


def take_over_story(session: Session, past: Session, pairs: Mapping[int, int]) -> None:
    """Since when accounts have been connected and metrics retired, where the past knows it to be longer ago."""
    for account in past.scalars(select(Account).where(Account.id.in_(pairs))):
        own = session.get_one(Account, pairs[account.id])
        own.connected_at = min(own.connected_at, account.connected_at)
        own.business.created_at = min(own.business.created_at, own.connected_at)
    for metric in past.scalars(select(RetiredMetric)):
        known = session.get(RetiredMetric, (metric.platform, metric.grain, metric.metric))
        if known is not None:
            known.retired_at = min(known.retired_at, metric.retired_at)
    said = {notice.text: notice.created_at for notice in past.scalars(select(Notice).where(Notice.kind == "metric"))}
    for notice in session.scalars(select(Notice).where(Notice.text.in_(said))):
        notice.created_at = min(notice.created_at, said[notice.text])


def _pair_businesses(session: Session, past: Session, pairs: Mapping[int, int]) -> dict[int, int]:
    """The past's businesses of which an account is here, and the business that it belongs to now."""
    accounts = past.scalars(select(Account).where(Account.id.in_(pairs)).order_by(Account.id.desc()))
    return {account.business_id: session.get_one(Account, pairs[account.id]).business_id for account in accounts}


def _unknown(session: Session, runs: Sequence[SyncRun]) -> list[SyncRun]:
    """The runs that are not here yet; AppError where another run has one of their ids."""
    known = {run.id: run.requested_at for run in session.scalars(select(SyncRun))}
    if any(known.get(run.id, run.requested_at) != run.requested_at for run in runs):
        raise AppError("The history was not taken over: its runs have ids that later runs here have already.")
    return [run for run in runs if run.id not in known]


def _row(record: SyncRun | SyncStep | StepLog, **changes: Any) -> dict[str, Any]:
    return {column.key: getattr(record, column.key) for column in record.__table__.columns} | changes


def _insert(session: Session, model: type[SyncRun | SyncStep | StepLog], rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        session.execute(insert(model), list(rows))
