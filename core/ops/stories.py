"""What happened to accounts? When they were connected, how far their past is filled, and which of their syncs failed when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.domain import StepState
from core.ops.models import Account, SyncStep

_FAILED = (StepState.FAILED, StepState.WAITING, StepState.INTERRUPTED)


@dataclass(frozen=True, slots=True)
class AccountPast:
    """When an account was connected, and how far its past is filled."""

    account_id: int
    connected_at: datetime
    days_filled_from: date | None
    is_filled: bool


@dataclass(frozen=True, slots=True)
class FailedSyncs:
    """The failed syncs of an account that ended with the same error on one day (UTC), counted; `last_at` is the newest."""

    account_id: int
    error: str
    count: int
    last_at: datetime


def list_pasts(session: Session, account_ids: Sequence[int]) -> list[AccountPast]:
    """The accounts' pasts, in a fixed order."""
    rows = session.execute(
        select(Account.id, Account.connected_at, Account.days_filled_from, Account.is_filled)
        .where(Account.id.in_(account_ids))
        .order_by(Account.id)
    )
    return [AccountPast(*row) for row in rows]


def list_failed_syncs(
    session: Session, account_ids: Sequence[int], since: datetime, before: datetime
) -> list[FailedSyncs]:
    """The failures of these accounts that ended within [since, before), by account, day and error, the oldest first."""
    last_at = func.max(SyncStep.finished_at)
    rows = session.execute(
        select(SyncStep.account_id, SyncStep.error, func.count(), last_at)
        .where(
            SyncStep.account_id.in_(account_ids),
            SyncStep.state.in_(_FAILED),
            SyncStep.finished_at >= since,
            SyncStep.finished_at < before,
        )
        .group_by(
            SyncStep.account_id,
            SyncStep.error,
            func.date(SyncStep.finished_at),
        )
        .order_by(SyncStep.account_id, last_at)
    )
    return [FailedSyncs(account_id, error or "", count, at) for account_id, error, count, at in rows if at]
