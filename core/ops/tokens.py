"""Where do grants lie, and which of them are broken? Tokens enter and leave this module encrypted."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.domain import Provider
from core.ops.models import Token


@dataclass(frozen=True, slots=True)
class EncryptedGrant:
    """A grant as it is stored."""

    access_token: bytes
    refresh_token: bytes | None
    expires_at: datetime | None
    refresh_expires_at: datetime | None
    scopes: str


def save_token(session: Session, provider: Provider, owner_id: str, grant: EncryptedGrant, *, now: datetime) -> Token:
    """Store a login's grant in place of its earlier one; every account of that login is repaired by it."""
    token = session.scalar(select(Token).where(Token.provider == provider, Token.owner_id == owner_id))
    if token is None:
        token = Token(provider=provider, owner_id=owner_id)
        session.add(token)
    _write(token, grant, now)
    token.refusals = 0
    session.flush()
    return token


def check_writable(session: Session, token_id: int) -> None:
    """A write that changes nothing: it fails where the database is locked or its disk is full."""
    session.execute(update(Token).where(Token.id == token_id).values(refusals=Token.refusals))


def save_refreshed(session: Session, token: Token, grant: EncryptedGrant, *, now: datetime) -> bool:
    """Store the new pair in place of `token`, unless a person has signed in again meanwhile. Whether it was stored."""
    current = session.get_one(Token, token.id, with_for_update=True)
    if current.access_token != token.access_token:
        return False
    _write(current, grant, now)
    return True


def record_broken(session: Session, token: Token, reason: str, *, now: datetime) -> None:
    """Remember since when, and why, this grant no longer works; a newer one under its id is left alone."""
    current = session.get_one(Token, token.id, with_for_update=True)
    if current.access_token == token.access_token:
        current.broken_at = current.broken_at or now
        current.broken_reason = reason[:1000]


def _write(token: Token, grant: EncryptedGrant, now: datetime) -> None:
    token.access_token, token.refresh_token = grant.access_token, grant.refresh_token
    token.expires_at, token.refresh_expires_at = grant.expires_at, grant.refresh_expires_at
    token.scopes, token.obtained_at = grant.scopes, now
    token.broken_at = token.broken_reason = None
