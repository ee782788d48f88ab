"""How much of each limit is used up? What the platforms tell of it, what we count where they do not, and what X has cost."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.orm import Session

from core.domain import Platform, Provider
from core.ops.costs import next_midnight
from core.ops.models import Account, QuotaReading, Token

CALLS, PERCENT, USD = "calls", "percent", "usd"
_Known = Row[int, str, float | None, datetime | None, datetime]
"""What a new word is compared with: id, key, used, resets_at, observed_at of the one before."""

KEEP_READINGS = timedelta(days=30)
_SLOT_S = 600
_OWNER = re.compile(r"^(app|account):([a-z]+):(?:(login|account)-(\d+))?")


@dataclass(frozen=True, slots=True)
class Owner:
    """Who shares a limit: the app (`name` is None), or a login or account with the businesses that it is read for."""

    name: str | None
    business_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Told:
    """One word on a limit. `is_added`: nobody tells, so `used` is added to our own count of the UTC day."""

    key: str
    provider: Provider
    platform: Platform | None
    account_id: int | None
    name: str
    unit: str
    used: float | None
    quota: float | None
    resets_at: datetime | None = None
    is_added: bool = False


def record_readings(session: Session, told: Iterable[Told], *, now: datetime) -> None:
    """Keep what was told. Within ten minutes the newer word on the same window takes the older one's place."""
    words = {one.key: one for one in told}
    known = _newest(session, words)
    new, newer = [], []
    for key, one in words.items():
        before = known.get(key)
        row = _row(one, before, now)
        if before is not None and _is_same_slot(before, row):
            newer.append({"id": before.id, **{name: row[name] for name in ("used", "quota", "observed_at")}})
        else:
            new.append(row)
    if new:  # straight into the table: every step of every account comes by here
        session.execute(insert(QuotaReading), new)
    if newer:
        session.execute(update(QuotaReading), newer)


def newest_readings(session: Session, *, now: datetime, within: timedelta = timedelta(days=8)) -> list[QuotaReading]:
    """The last word on each limit that was heard of lately."""
    newest = (
        select(QuotaReading.key, func.max(QuotaReading.observed_at).label("at"))
        .where(QuotaReading.observed_at > now - within)
        .group_by(QuotaReading.key)
        .subquery()
    )
    query = (
        select(QuotaReading)
        .join(newest, (newest.c.key == QuotaReading.key) & (newest.c.at == QuotaReading.observed_at))
        .order_by(QuotaReading.key, QuotaReading.id)
    )
    return list({reading.key: reading for reading in session.scalars(query)}.values())


def readings_since(session: Session, key: str, since: datetime) -> list[QuotaReading]:
    """What was heard of one limit, oldest first."""
    return list_readings(session, [key], since)[key]


def list_readings(session: Session, keys: Sequence[str], since: datetime) -> dict[str, list[QuotaReading]]:
    """What was heard of each of these limits, oldest first."""
    found: dict[str, list[QuotaReading]] = {key: [] for key in keys}
    query = select(QuotaReading).where(QuotaReading.key.in_(keys), QuotaReading.observed_at >= since)
    for reading in session.scalars(query.order_by(QuotaReading.observed_at, QuotaReading.id)):
        found[reading.key].append(reading)
    return found


def owners_of(session: Session, keys: Iterable[str]) -> dict[str, Owner]:
    """Who shares each limit; what nobody who is connected shares any more is left out."""
    accounts = list(session.scalars(select(Account).where(Account.disconnected_at.is_(None))))
    names = {token.id: token.owner_name for token in session.scalars(select(Token))}
    return {key: owner for key in keys if (owner := _owner_of(key, accounts, names)) is not None}


def prune_readings(session: Session, *, before: datetime) -> None:
    session.execute(delete(QuotaReading).where(QuotaReading.observed_at < before))


def _owner_of(key: str, accounts: Sequence[Account], names: Mapping[int, str]) -> Owner | None:
    match = _OWNER.match(key)
    if match is None:
        return None
    reach, _, kind, number = match.groups()
    if reach == "app":
        return Owner(None)
    column = "id" if kind == "account" else "token_id"
    theirs = [account for account in accounts if number and getattr(account, column) == int(number)]
    if not theirs:
        return None
    login = names.get(int(number), "") if kind == "login" else ""
    name = theirs[0].name if len(theirs) == 1 else login or ", ".join(account.name for account in theirs)
    return Owner(name, frozenset(account.business_id for account in theirs))


def _row(told: Told, before: _Known | None, now: datetime) -> dict[str, Any]:
    row = {**asdict(told), "observed_at": now}
    if row.pop("is_added"):
        row["resets_at"] = next_midnight(now)
        is_same_day = before is not None and before.resets_at == row["resets_at"]
        row["used"] = (told.used or 0.0) + (before.used or 0.0 if before is not None and is_same_day else 0.0)
    return row


def _newest(session: Session, keys: Iterable[str]) -> dict[str, _Known]:
    columns = (QuotaReading.id, QuotaReading.key, QuotaReading.used, QuotaReading.resets_at, QuotaReading.observed_at)
    newest = select(func.max(QuotaReading.id)).where(QuotaReading.key.in_(list(keys))).group_by(QuotaReading.key)
    query = select(*columns).where(QuotaReading.id.in_(newest)).with_for_update()
    return {row.key: row for row in session.execute(query)}


def _is_same_slot(known: _Known, told: Mapping[str, Any]) -> bool:
    slots = {int(at.timestamp() // _SLOT_S) for at in (known.observed_at, told["observed_at"])}
    return len(slots) == 1 and known.resets_at == told["resets_at"]
