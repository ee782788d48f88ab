"""Where do grants lie, and which of them are broken? Tokens enter and leave this module encrypted."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
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
    session.flush()
    return token


def save_refreshed(session: Session, token_id: int, grant: EncryptedGrant, *, now: datetime) -> None:
    """Store the new pair before anybody uses it: X's old one is dead from the moment it answered."""
    _write(session.get_one(Token, token_id), grant, now)


def record_broken(session: Session, token_id: int, reason: str, *, now: datetime) -> None:
    """Remember since when, and why, a grant no longer works."""
    token = session.get_one(Token, token_id)
    token.broken_at = token.broken_at or now
    token.broken_reason = reason


def _write(token: Token, grant: EncryptedGrant, now: datetime) -> None:
    token.access_token, token.refresh_token = grant.access_token, grant.refresh_token
    token.expires_at, token.refresh_expires_at = grant.expires_at, grant.refresh_expires_at
    token.scopes, token.obtained_at = grant.scopes, now
    token.broken_at = token.broken_reason = None
