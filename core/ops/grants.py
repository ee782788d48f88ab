"""Which logins need a person, now or soon? One that renews itself never does."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from core.domain import Provider, StepState
from core.errors import Remedy
from core.ops.live import IS_LIVE
from core.ops.models import Account, Business, SyncStep, Token

WARN_AHEAD = timedelta(days=14)
OVERDUE_AHEAD = timedelta(days=7)
"""A login that renews itself is renewed long before; one that is so close to its end could not be."""
LENGTHENED = (Provider.META, Provider.INSTAGRAM)
"""Their tokens have no refresh token: a token that still works is exchanged for one that lasts longer."""
_TELLS_NOTHING = (StepState.PENDING, StepState.RUNNING, StepState.INTERRUPTED, StepState.CANCELLED)
NAMES = {
    Provider.LINKEDIN: "LinkedIn",
    Provider.X: "X",
    Provider.META: "Facebook",
    Provider.INSTAGRAM: "Instagram",
}


@dataclass(frozen=True, slots=True)
class GrantTrouble:
    """A login that no longer works, or ends soon; a new sign-in for `account_id` mends all of its `accounts`.

    `is_partial`: it works, but no longer for these of its accounts.
    """

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
    is_partial: bool = False

    @property
    def has_ended(self) -> bool:
        """Whether nothing is read with it any more, although nobody may have met that yet."""
        return self.is_broken or self.days_left == 0

    @property
    def sentence(self) -> str:
        """What is wrong and what to do."""
        if self.is_partial:
            return f"{self.reason} Sign in again on the Accounts page."
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
        .options(joinedload(Account.token), joinedload(Account.business))
        .where(Account.disconnected_at.is_(None), Account.token_id.is_not(None), Business.archived_at.is_(None))
        .order_by(Account.id)
    )
    served: defaultdict[int, list[Account]] = defaultdict(list)
    for account in accounts:
        served[account.token_id or 0].append(account)
    refused = _refused(session)
    troubles = [
        trouble
        for own in served.values()
        if own[0].token is not None
        for trouble in _troubles(own[0].token, own, refused, now)
    ]
    return sorted(troubles, key=lambda trouble: (not trouble.is_broken, trouble.days_left or 0, trouble.token_id))


def _troubles(
    token: Token, accounts: Sequence[Account], refused: dict[int, tuple[datetime, str]], now: datetime
) -> list[GrantTrouble]:
    """At most two: some accounts may be refused while the login itself ends soon."""
    hurt = [account for account in accounts if account.id in refused and refused[account.id][0] > token.obtained_at]
    met_at, said = refused[hurt[0].id] if hurt else (None, "")
    if token.broken_at is not None or len(hurt) == len(accounts):
        reason = _broken(token, token.broken_reason or said)
        return [_trouble(token, accounts, reason, since=token.broken_at or met_at, now=now)]
    troubles = []
    if hurt:
        reason = _broken(token, said, [account.name for account in hurt])
        troubles.append(_trouble(token, hurt, reason, since=met_at, is_partial=True, now=now))
    ends_at = needs_person_at(token, now=now)
    if ends_at is not None and ends_at - now <= WARN_AHEAD:
        reason = _ending(token, ends_at, _days_left(ends_at, now), accounts[0].business.timezone)
        troubles.append(_trouble(token, accounts, reason, since=None, now=now))
    return troubles


def _trouble(
    token: Token,
    concerned: Sequence[Account],
    reason: str,
    *,
    since: datetime | None,
    now: datetime,
    is_partial: bool = False,
) -> GrantTrouble:
    ends_at = needs_person_at(token, now=now)
    return GrantTrouble(
        token_id=token.id,
        account_id=concerned[0].id,
        provider=token.provider,
        owner_name=token.owner_name,
        accounts=[account.name for account in concerned],
        is_broken=since is not None,
        obtained_at=token.obtained_at,
        since=since,
        ends_at=ends_at,
        days_left=None if ends_at is None else _days_left(ends_at, now),
        reason=reason,
        is_partial=is_partial,
    )


def _days_left(ends_at: datetime, now: datetime) -> int:
    """Begun days counted whole; 0 once it is over."""
    return max(0, -((now - ends_at) // timedelta(days=1)))


def _refused(session: Session) -> dict[int, tuple[datetime, str]]:
    """By account: when and how its newest ended sync met a login that no longer works."""
    newest = (
        select(SyncStep.id)
        .where(
            SyncStep.account_id == Account.id,
            SyncStep.state.not_in(_TELLS_NOTHING),
            IS_LIVE,
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


def _broken(token: Token, said: str, unread: Sequence[str] = ()) -> str:
    """`unread`: the accounts that it no longer reads, where it still reads others."""
    what = f"reads {_listed(unread)}" if unread else "works"
    return f"{_whose(token)} no longer {what}." + (f" {said}" if said else "")


def _ending(token: Token, ends_at: datetime, days_left: int, zone: str) -> str:
    there = ends_at.astimezone(ZoneInfo(zone))
    day = f"{there.day} {there:%B %Y}"
    if days_left == 0:
        return f"{_whose(token)} ended on {day}."
    return f"{_whose(token)} ends on {day}, in {days_left} day{'s' if days_left > 1 else ''}."


def _listed(names: Sequence[str]) -> str:
    """At most three names, and how many more there are."""
    if len(names) <= 3:
        return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    return f"{', '.join(names[:3])} and {len(names) - 3} more"
