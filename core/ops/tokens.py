"""How are grants stored, replaced by fresh ones, and marked as broken? Encrypted by whoever calls."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from core.domain import Provider
from core.ops.accounts import list_of_grant
from core.ops.activities import ActivityKind, record_activity
from core.ops.columns import table_of
from core.ops.grants import NAMES
from core.ops.models import Account, Token
from core.ops.notices import record_grant_notices

_TOKENS = table_of(Token)
_ACCEPT = (  # built once, for every step of every account comes by here
    update(_TOKENS)
    .where(
        _TOKENS.c.id == select(Account.token_id).where(Account.id == bindparam("account_id")).scalar_subquery(),
        _TOKENS.c.refusals > 0,
    )
    .values(refusals=0)
)


@dataclass(frozen=True, slots=True)
class EncryptedGrant:
    """A grant as it is stored."""

    access_token: bytes
    refresh_token: bytes | None
    expires_at: datetime | None
    refresh_expires_at: datetime | None
    scopes: str


@dataclass(frozen=True, slots=True)
class GrantOwner:
    """Whose grant it is, and until when the provider gives its data (Meta)."""

    id: str
    name: str = ""
    data_access_ends_at: datetime | None = None


def save_token(
    session: Session, provider: Provider, owner: GrantOwner | str, grant: EncryptedGrant, *, now: datetime
) -> Token:
    """Store a login's grant in place of its earlier one; every account of that login is repaired by it."""
    owner = GrantOwner(owner) if isinstance(owner, str) else owner
    token = session.scalar(select(Token).where(Token.provider == provider, Token.owner_id == owner.id))
    if token is None:
        token = Token(provider=provider, owner_id=owner.id)
        session.add(token)
    _write(token, grant, now)
    token.refusals = 0
    token.owner_name, token.data_access_ends_at = owner.name[:500], owner.data_access_ends_at
    session.flush()
    return token


def check_writable(session: Session, token_id: int) -> None:
    """A write that changes nothing: it fails where the database is locked or its disk is full."""
    session.execute(update(Token).where(Token.id == token_id).values(refusals=Token.refusals))


def save_refreshed(session: Session, token: Token, grant: EncryptedGrant, *, now: datetime) -> bool:
    """Store the new pair in place of `token`, unless a person has signed in again or disconnected it meanwhile."""
    current = session.get(Token, token.id, with_for_update=True)
    if current is None or current.access_token != token.access_token:
        return False
    _write(current, grant, now)
    return True


def record_broken(session: Session, token: Token, reason: str, *, now: datetime) -> None:
    """Remember since when, and why, this grant no longer works, and say so; a newer one under its id is left alone."""
    current = session.get(Token, token.id, with_for_update=True)
    if current is not None and current.access_token == token.access_token:
        if current.broken_at is None:
            current.broken_at = now
            _write_down_broken(session, current, reason, now)
        current.broken_reason = reason[:1000]
        session.flush()
        record_grant_notices(session, now=now)


def _write_down_broken(session: Session, token: Token, reason: str, now: datetime) -> None:
    """Once for each business that is read with the grant."""
    told = f"The {NAMES[token.provider]} login{f' of {token.owner_name}' if token.owner_name else ''} no longer works. {reason}"
    for business_id in sorted({account.business_id for account in list_of_grant(session, token.id)}):
        record_activity(session, ActivityKind.LOGIN_BROKEN, told, now=now, business_id=business_id)


def record_accepted(session: Session, account_id: int) -> None:
    """The account's login of now has worked: what was refused before counts no more."""
    session.execute(_ACCEPT, {"account_id": account_id})


def find_login(session: Session, account_id: int) -> tuple[bytes | None, Token | None]:
    """What an account is read with now: its own token where it has one, and its grant."""
    row = session.execute(
        select(Account.page_token, Token)
        .outerjoin(Token, Token.id == Account.token_id)
        .where(Account.id == account_id, Account.disconnected_at.is_(None))
    ).first()
    return (row[0], row[1]) if row is not None else (None, None)


def list_working(session: Session) -> list[Token]:
    """The grants that serve an account and are not broken."""
    used = select(Account.token_id).where(Account.disconnected_at.is_(None), Account.token_id.is_not(None))
    return list(session.scalars(select(Token).where(Token.broken_at.is_(None), Token.id.in_(used)).order_by(Token.id)))


def remove_unused(session: Session) -> None:
    """Forget the grants that serve no account any more."""
    used = select(Account.token_id).where(Account.token_id.is_not(None))
    session.execute(delete(Token).where(Token.id.not_in(used)))


def _write(token: Token, grant: EncryptedGrant, now: datetime) -> None:
    token.access_token, token.refresh_token = grant.access_token, grant.refresh_token
    token.expires_at, token.refresh_expires_at = grant.expires_at, grant.refresh_expires_at
    token.scopes, token.obtained_at = grant.scopes, now
    token.broken_at = token.broken_reason = None
