"""Which logins need a person, now or soon? One that renews itself never does."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from core.domain import Provider, StepState
from core.errors import Remedy
from core.ops.models import Account, Business, SyncStep, Token

WARN_AHEAD = timedelta(days=14)
OVERDUE_AHEAD = timedelta(days=7)
"""A login that renews itself is renewed long before; one that is so close to its end could not be."""
LENGTHENED = (Provider.META, Provider.INSTAGRAM)
"""Their tokens have no refresh token: a token that still works is exchanged for one that lasts longer."""
NAMES = {
    Provider.LINKEDIN: "LinkedIn",
    Provider.X: "X",
    Provider.META: "Facebook",
    Provider.INSTAGRAM: "Instagram",
}


@dataclass(frozen=True, slots=True)
class GrantTrouble:
    """A login that no longer works, or ends soon; a new sign-in for `account_id` mends all of its `accounts`."""

    token_id: int
    account_id: int
    provider: Provider
    owner_name: str
    accounts: list[str]
    is_broken: bool
    obtained_at: datetime
    since: datetime | None
    ends_at: datetime | None
    days_left: int | None
    reason: str

    @property
    def sentence(self) -> str:
        """What is wrong and what to do."""
        return f"{self.reason} It reads {_listed(self.accounts)}; sign in again on the Accounts page."


def renews_itself(token: Token) -> bool:
    return token.refresh_token is not None or token.provider in LENGTHENED


def needs_person_at(token: Token, *, now: datetime) -> datetime | None:
    """When a person has to sign in again, None where the login renews itself or never ends."""
    if token.provider in LENGTHENED:
        return token.data_access_ends_at or _overdue(token.expires_at, now)
    return token.expires_at if token.refresh_token is None else token.refresh_expires_at


def list_grant_troubles(session: Session, *, now: datetime) -> list[GrantTrouble]:
    """The logins in use that are broken or end within two weeks, the broken ones first."""
    accounts = session.scalars(
        select(Account)
        .join(Account.business)
        .options(joinedload(Account.token))
        .where(Account.disconnected_at.is_(None), Account.token_id.is_not(None), Business.archived_at.is_(None))
        .order_by(Account.id)
    )
    served: defaultdict[int, list[Account]] = defaultdict(list)
    for account in accounts:
        served[account.token_id or 0].append(account)
    refused = _refused(session)
    found = [_trouble(own[0].token, own, refused, now) for own in served.values() if own[0].token is not None]
    troubles = [trouble for trouble in found if trouble is not None]
    return sorted(troubles, key=lambda trouble: (not trouble.is_broken, trouble.days_left or 0, trouble.token_id))


def _trouble(
    token: Token, accounts: Sequence[Account], refused: dict[int, tuple[datetime, str]], now: datetime
) -> GrantTrouble | None:
    met = {account.id: refused[account.id] for account in accounts if account.id in refused}
    hurt = {account_id: said for account_id, said in met.items() if said[0] > token.obtained_at}
    broken_at = token.broken_at or min((at for at, _ in hurt.values()), default=None)
    ends_at = needs_person_at(token, now=now)
    if broken_at is None and (ends_at is None or ends_at - now > WARN_AHEAD):
        return None
    days_left = None if ends_at is None else max(0, -((now - ends_at) // timedelta(days=1)))
    said = token.broken_reason or next((error for _, error in hurt.values()), "")
    return GrantTrouble(
        token_id=token.id,
        account_id=next(iter(hurt), accounts[0].id),
        provider=token.provider,
        owner_name=token.owner_name,
        accounts=[account.name for account in accounts],
        is_broken=broken_at is not None,
        obtained_at=token.obtained_at,
        since=broken_at,
        ends_at=ends_at,
        days_left=days_left,
        reason=_broken(token, said) if broken_at else _ending(token, ends_at, days_left),
    )


def _refused(session: Session) -> dict[int, tuple[datetime, str]]:
    """By account: when and how its newest ended sync met a login that no longer works."""
    newest = (
        select(SyncStep.id)
        .where(
            SyncStep.account_id == Account.id,
            SyncStep.state.not_in((StepState.PENDING, StepState.RUNNING, StepState.INTERRUPTED)),
        )
        .order_by(SyncStep.id.desc())
        .limit(1)
        .correlate(Account)
        .scalar_subquery()
    )
    rows = session.execute(
        select(SyncStep.account_id, SyncStep.started_at, SyncStep.error)
        .join(Account, Account.id == SyncStep.account_id)
        .where(SyncStep.id == newest, SyncStep.remedy == Remedy.RECONNECT.value, SyncStep.started_at.is_not(None))
    )
    return {account_id: (started_at, error or "") for account_id, started_at, error in rows if started_at is not None}


def _overdue(ends_at: datetime | None, now: datetime) -> datetime | None:
    return ends_at if ends_at is not None and ends_at - now <= OVERDUE_AHEAD else None


def _whose(token: Token) -> str:
    name = NAMES[token.provider]
    return f"The {name} login of {token.owner_name}" if token.owner_name else f"The {name} login"


def _broken(token: Token, said: str) -> str:
    return f"{_whose(token)} no longer works." + (f" {said}" if said else "")


def _ending(token: Token, ends_at: datetime | None, days_left: int | None) -> str:
    if ends_at is None or days_left is None:
        return f"{_whose(token)} ends soon."
    if days_left == 0:
        return f"{_whose(token)} ended on {_day(ends_at)}."
    return f"{_whose(token)} ends on {_day(ends_at)}, in {days_left} day{'s' if days_left > 1 else ''}."


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B %Y}"


def _listed(names: Sequence[str]) -> str:
    """At most three names, and how many more there are."""
    if len(names) <= 3:
        return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    return f"{', '.join(names[:3])} and {len(names) - 3} more"
