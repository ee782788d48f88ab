"""How does every connected account stand? One row each: whose login, what it may read, how long, and what last came of it."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from core.domain import Platform, Provider, StepState
from core.errors import Remedy
from core.ops.grants import needs_person_at, renews_itself
from core.ops.live import IS_LIVE
from core.ops.models import Account, Business, SyncStep, Token

_ENDED = (StepState.SUCCEEDED, StepState.FAILED, StepState.WAITING)
_TROUBLED = (StepState.FAILED, StepState.WAITING)


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account as the Accounts page shows it; `ends_at` is when a person has to sign in again, None = never."""

    id: int
    business_id: int
    business: str
    platform: Platform
    provider: Provider
    name: str
    handle: str | None
    avatar_url: str | None
    connected_at: datetime
    disconnected_at: datetime | None
    owner_name: str = ""
    granted: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    ends_at: datetime | None = None
    renews_itself: bool = False
    data_access_ends_at: datetime | None = None
    broken_at: datetime | None = None
    broken_reason: str | None = None
    last_synced_at: datetime | None = None
    covered_to: datetime | None = None
    error: str | None = None
    remedy: str | None = None
    retry_at: datetime | None = None


def list_account_rows(session: Session, *, now: datetime, business_id: int | None = None) -> list[AccountRow]:
    """Every account of the businesses in use, or of this one, those that were disconnected included."""
    query = (
        select(Account)
        .join(Account.business)
        .options(joinedload(Account.business), joinedload(Account.token))
        .order_by(Business.name, Account.platform, Account.name, Account.id)
    )
    chosen = Business.archived_at.is_(None) if business_id is None else Account.business_id == business_id
    accounts = list(session.scalars(query.where(chosen)))
    newest, succeeded = _newest_steps(session, _ENDED), _newest_steps(session, (StepState.SUCCEEDED,))
    return [_row(account, newest.get(account.id), succeeded.get(account.id), now) for account in accounts]


def _row(account: Account, newest: SyncStep | None, succeeded: SyncStep | None, now: datetime) -> AccountRow:
    row = AccountRow(
        id=account.id,
        business_id=account.business_id,
        business=account.business.name,
        platform=account.platform,
        provider=account.token.provider if account.token else account.platform.provider,
        name=account.name,
        handle=account.handle,
        avatar_url=account.avatar_url,
        connected_at=account.connected_at,
        disconnected_at=account.disconnected_at,
        last_synced_at=succeeded.finished_at if succeeded else None,
        covered_to=succeeded.covered_to if succeeded else None,
    )
    return _with_trouble(_with_login(row, account.token, now), newest, account.token)


def _with_login(row: AccountRow, token: Token | None, now: datetime) -> AccountRow:
    if token is None:
        return row
    return replace(
        row,
        owner_name=token.owner_name,
        granted=tuple(token.scopes.split()),
        missing=token.missing_scopes,
        ends_at=needs_person_at(token, now=now),
        renews_itself=renews_itself(token),
        data_access_ends_at=token.data_access_ends_at,
        broken_at=token.broken_at,
        broken_reason=token.broken_reason,
    )


def _with_trouble(row: AccountRow, step: SyncStep | None, token: Token | None) -> AccountRow:
    if step is None or step.state not in _TROUBLED or row.disconnected_at is not None:
        return row
    is_of_an_earlier_login = token is not None and step.started_at is not None and step.started_at < token.obtained_at
    if is_of_an_earlier_login and step.remedy == Remedy.RECONNECT.value:
        return row
    return replace(row, error=step.error, remedy=step.remedy, retry_at=step.retry_at)


def _newest_steps(session: Session, states: Collection[StepState]) -> dict[int, SyncStep]:
    """By account: its newest step in one of these states."""
    newest = (
        select(SyncStep.id)
        .where(SyncStep.account_id == Account.id, SyncStep.state.in_(states), IS_LIVE)
        .order_by(SyncStep.id.desc())
        .limit(1)  # one look at the end of the index, however long the history
        .correlate(Account)
        .scalar_subquery()
    )
    ids = select(newest).select_from(Account)
    return {step.account_id: step for step in session.scalars(select(SyncStep).where(SyncStep.id.in_(ids)))}
