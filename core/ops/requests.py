"""What was asked of the sidecar because it touches the live warehouse, and what came of it?"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from core.domain import ACTIVE_RUN_STATES, RunState
from core.errors import ConfigError
from core.ops.models import Account, Business, Request, RequestKind, SyncRun, SyncStep


def request_deletion(
    session: Session, business_id: int, *, confirmed_name: str, requested_by: str, now: datetime
) -> Request:
    """Ask for a business to be removed for good; the name has to be repeated, so that no slip does it."""
    business = session.get(Business, business_id)
    if business is None:
        raise ConfigError("This business is gone already.")
    if confirmed_name.strip() != business.name:
        raise ConfigError(f'Type the name exactly as it is written, "{business.name}", to delete it for good.')
    open_one = _find_open(session, RequestKind.DELETE_BUSINESS, business_id)
    return open_one or _add(
        session,
        Request(
            kind=RequestKind.DELETE_BUSINESS,
            business_id=business_id,
            arguments={"name": business.name},
            requested_by=requested_by[:300],
            requested_at=now,
        ),
    )


def request_move(session: Session, account_id: int, business_id: int, *, requested_by: str, now: datetime) -> Request:
    """Ask for an account to be moved to another business, with its whole history."""
    account, business = session.get(Account, account_id), session.get(Business, business_id)
    if account is None or business is None:
        raise ConfigError("This account or business is gone: reload the page.")
    if business.archived_at is not None:
        raise ConfigError(f"{business.name} is archived: restore it before you move an account there.")
    if account.business_id == business_id:
        raise ConfigError(f"{account.name} belongs to {business.name} already.")
    open_one = _find_open(session, RequestKind.MOVE_ACCOUNT, business_id, account_id)
    return open_one or _add(
        session,
        Request(
            kind=RequestKind.MOVE_ACCOUNT,
            business_id=business_id,
            account_id=account_id,
            arguments={"name": account.name, "business": business.name},
            requested_by=requested_by[:300],
            requested_at=now,
        ),
    )


def request_publishing(session: Session, *, requested_by: str, now: datetime) -> Request:
    """Ask for a copy of the warehouse that holds everything committed until now; each asker has a request of its own."""
    asked = Request(kind=RequestKind.PUBLISH, business_id=0, requested_by=requested_by[:300], requested_at=now)
    return _add(session, asked)


def find_request(session: Session, request_id: int) -> Request | None:
    return session.get(Request, request_id)


def list_open(session: Session) -> list[Request]:
    """What is still to be carried out, oldest first."""
    return list(session.scalars(select(Request).where(Request.finished_at.is_(None)).order_by(Request.id)))


def record_finished(
    session: Session, request_id: int, *, outcome: str | None = None, error: str | None = None, now: datetime
) -> None:
    """Close a request with what was done, or with why it could not be."""
    request = session.get_one(Request, request_id)
    request.finished_at = now
    request.outcome, request.error = outcome and outcome[:1000], error and error[:1000]


def is_being_synced(session: Session, business_ids: Collection[int]) -> bool:
    """Whether a run works on these businesses now, or on an account that is theirs."""
    # the rows are locked: a sidecar that claims one of these runs in the same moment comes before us or after us
    runs = session.scalars(_active_runs(business_ids).with_for_update())
    return any(run.state is RunState.RUNNING for run in runs)


def cancel_requested(session: Session, business_ids: Collection[int], *, now: datetime) -> None:
    """Runs that have not begun yet will not begin."""
    ids = [run.id for run in session.scalars(_active_runs(business_ids)) if run.state is RunState.REQUESTED]
    session.execute(update(SyncRun).where(SyncRun.id.in_(ids)).values(state=RunState.CANCELLED, finished_at=now))


def _active_runs(business_ids: Collection[int]) -> Select[SyncRun]:
    theirs = (
        select(SyncStep.run_id)
        .join(Account, Account.id == SyncStep.account_id)
        .join(SyncRun, SyncRun.id == SyncStep.run_id)
        .where(Account.business_id.in_(business_ids), SyncRun.state.in_(ACTIVE_RUN_STATES))
    )
    return select(SyncRun).where(
        SyncRun.state.in_(ACTIVE_RUN_STATES), SyncRun.business_id.in_(business_ids) | SyncRun.id.in_(theirs)
    )


def _find_open(session: Session, kind: RequestKind, business_id: int, account_id: int | None = None) -> Request | None:
    return session.scalar(
        select(Request).where(
            Request.kind == kind,
            Request.business_id == business_id,
            Request.account_id.is_(None) if account_id is None else Request.account_id == account_id,
            Request.finished_at.is_(None),
        )
    )


def _add(session: Session, request: Request) -> Request:
    session.add(request)
    session.flush()
    return request
