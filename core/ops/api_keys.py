"""Who may use the REST surface, and for which businesses? Keys that are shown once and kept as fingerprints."""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.errors import ConfigError
from core.ops.activities import ActivityKind, record_activity
from core.ops.key_rows import ApiKey, ApiKeyBusiness, KeyAccess
from core.ops.models import Business
from core.ops.session import OperationsDatabase

MARK = "tideline_"
"""What every key begins with, so that a person and a scanner of leaked secrets know it when they see it."""

LONGEST_NAME = 200
USE_IS_NOTED_EVERY = timedelta(minutes=1)
"""A key in use costs no write a request."""

_BYTES = 32
_SHOWN = len(MARK) + 6


@dataclass(frozen=True, slots=True)
class KeySummary:
    """A key as it may be shown; `businesses` (id and name) is None for one that opens all."""

    id: int
    name: str
    prefix: str
    access: KeyAccess
    businesses: dict[int, str] | None
    created_at: datetime
    created_by: str
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key that was presented and is good; `business_ids` is None where it opens all."""

    id: int
    name: str
    access: KeyAccess
    business_ids: frozenset[int] | None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made: `secret` is here for the only time."""

    id: int
    secret: str = field(repr=False)


def create_key(  # a person decides each of these
    session: Session,
    name: str,
    *,
    access: KeyAccess,
    business_ids: Collection[int] | None,
    by: str,
    now: datetime,
) -> NewKey:
    """A new key for these businesses, None for all; ConfigError where the name or the businesses will not do."""
    name = _good_name(session, name)
    _check_businesses(session, business_ids)
    secret = MARK + secrets.token_urlsafe(_BYTES)
    key = ApiKey(
        name=name,
        prefix=secret[:_SHOWN],
        fingerprint=_fingerprint(secret),
        access=access,
        sees_all=business_ids is None,
        created_at=now,
        created_by=by,
    )
    session.add(key)
    session.flush()
    session.add_all(ApiKeyBusiness(key_id=key.id, business_id=one) for one in sorted(set(business_ids or ())))
    record_activity(session, ActivityKind.API_KEY, f"The API key {name} was made.", now=now, person=by)
    return NewKey(key.id, secret)


def revoke_key(session: Session, key_id: int, *, by: str, now: datetime) -> None:
    """From now on the key opens nothing; its line stays in the list."""
    key = session.get(ApiKey, key_id)
    if key is None:
        raise ConfigError(f"There is no API key {key_id}.")
    if key.revoked_at is None:
        key.revoked_at = now
        record_activity(session, ActivityKind.API_KEY, f"The API key {key.name} was revoked.", now=now, person=by)


def list_keys(session: Session) -> list[KeySummary]:
    """Every key, the newest first, those that were revoked last."""
    opened: dict[int, dict[int, str]] = {}
    rows = session.execute(
        select(ApiKeyBusiness.key_id, Business.id, Business.name)
        .join(Business, Business.id == ApiKeyBusiness.business_id)
        .order_by(Business.name)
    )
    for key_id, business_id, name in rows:
        opened.setdefault(key_id, {})[business_id] = name
    keys = session.scalars(select(ApiKey).order_by(ApiKey.revoked_at.is_not(None), ApiKey.id.desc()))
    return [
        KeySummary(
            id=key.id,
            name=key.name,
            prefix=key.prefix,
            access=key.access,
            businesses=None if key.sees_all else opened.get(key.id, {}),
            created_at=key.created_at,
            created_by=key.created_by,
            last_used_at=key.last_used_at,
            revoked_at=key.revoked_at,
        )
        for key in keys
    ]


def find_key(database: OperationsDatabase, secret: str, *, now: datetime) -> KnownKey | None:
    """The key that this is, None where it is none of ours or was revoked; that it was used is noted once a minute."""
    with database.reading() as session:
        key = session.scalar(select(ApiKey).where(ApiKey.fingerprint == _fingerprint(secret)))
        if key is None or key.revoked_at is not None:
            return None
        opened = session.scalars(select(ApiKeyBusiness.business_id).where(ApiKeyBusiness.key_id == key.id))
        known = KnownKey(key.id, key.name, key.access, None if key.sees_all else frozenset(opened))
    if key.last_used_at is None or abs(now - key.last_used_at) >= USE_IS_NOTED_EVERY:
        with database.transaction() as session:
            session.execute(update(ApiKey).where(ApiKey.id == key.id).values(last_used_at=now))
    return known


def _fingerprint(secret: str) -> str:
    """SHA-256 alone: a key has 256 random bits, so there is nothing to guess that a slow or salted hash would slow down."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _good_name(session: Session, name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise ConfigError("Give the key a name that says who will use it.")
    if len(name) > LONGEST_NAME:
        raise ConfigError(f"The name is longer than {LONGEST_NAME} characters: choose a shorter one.")
    in_use = session.scalars(select(ApiKey.name).where(ApiKey.revoked_at.is_(None)))
    if name.casefold() in {one.casefold() for one in in_use}:  # compared here: SQLite's lower() knows ASCII alone
        raise ConfigError(f"There is a key named {name} already: choose another name, or revoke that one.")
    return name


def _check_businesses(session: Session, business_ids: Collection[int] | None) -> None:
    if business_ids is None:
        return
    if not business_ids:
        raise ConfigError("Choose the businesses that the key opens.")
    known = set(session.scalars(select(Business.id).where(Business.id.in_(business_ids))))
    missing = sorted(set(business_ids) - known)
    if missing:
        raise ConfigError(f"There is no business {missing[0]}.")
