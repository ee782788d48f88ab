"""What does the page Limits and speed read? The limits with whose they are, what X has cost, and how long syncs took."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from core.analytics import quotas as pace
from core.analytics.quotas import Level
from core.domain import Platform, Provider
from core.ops import costs, pauses, quotas, timings
from core.ops.models import Business, QuotaReading
from core.ops.pauses import StoredPause
from core.ops.quotas import CALLS, Owner
from core.ui import data

TREND = timedelta(hours=24)
SPEED = timedelta(days=7)
NEWEST_RUNS = 40

_WINDOWS = {Provider.X: timedelta(minutes=15), Provider.LINKEDIN: timedelta(days=1)}
"""How long the windows are that begin with nothing used."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit: who shares it, how it stands, how it went lately, and when it is used up at this pace."""

    sharing: str
    """The key of those who share it, and all their other limits."""
    provider: Provider
    owner: str | None
    """None: the app's, so everybody's."""
    name: str
    unit: str
    newest: Level
    share: float | None
    """How much is used up now; None where that is not known, or the window that was told of is over."""
    trend: list[float]
    runs_out_at: datetime | None


@dataclass(frozen=True, slots=True)
class MonthOfX:
    """What X has cost a business since the UTC month began, day by day, and what comes of it at this pace."""

    business_id: int
    business: str
    spent_usd: float
    cap_usd: float | None
    by_day: list[float]
    by_month_end_usd: float | None
    reached_at: datetime | None


def limits(business_id: int | None) -> list[Limit]:
    """The limits that the accounts in scope share, the fullest first."""
    now = data.now()
    with data.operations().reading() as session:
        newest = {reading.key: reading for reading in quotas.newest_readings(session, now=now)}
        owners = quotas.owners_of(session, newest)
        keys = [key for key, owner in owners.items() if _is_in_scope(newest[key], owner, business_id)]
        history = quotas.list_readings(session, keys, now - TREND)
    found = [_limit(newest[key], owners[key], history[key], now) for key in keys]
    return sorted(found, key=_fullness)


def fullest(found: Sequence[Limit]) -> list[Limit]:
    """Of each one who shares limits, the fullest; `found` in that order."""
    first = {one.sharing: one for one in reversed(found)}
    return [one for one in found if first[one.sharing] is one]


def resting(business_id: int | None) -> list[tuple[StoredPause, Owner]]:
    """What is not asked for now because a limit was met, and by whom; of the accounts in scope."""
    with data.operations().reading() as session:
        held = pauses.find_pauses(session, now=data.now())
        owners = quotas.owners_of(session, [pause.key for pause in held])
    return [(pause, owners[pause.key]) for pause in held if _shares(owners.get(pause.key), business_id)]


def months_of_x(business_id: int | None) -> list[MonthOfX]:
    """Of every business in scope that X has cost something this month, that has a cap, or an X account."""
    now = data.now()
    with data.operations().reading() as session:
        spending = costs.list_spending(session, since=costs.month_began(now), business_id=business_id)
    with_x = {account.business_id for account in data.accounts() if account.platform is Platform.X}
    with_x |= {spent.business_id for spent in spending}
    chosen = [one for one in data.businesses() if business_id in (None, one.id)]
    return [
        _month(one, [spent for spent in spending if spent.business_id == one.id], now)
        for one in chosen
        if one.id in with_x or one.x_monthly_cap_usd is not None
    ]


def spent_this_month(business_id: int) -> float:
    """What X has cost a business since the UTC month began, in USD, as estimated."""
    with data.operations().reading() as session:
        return costs.spent_this_month(session, business_id, now=data.now())


def run_times(business_id: int | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The runs of the last days, and the accounts' parts of them."""
    since = data.now() - SPEED
    with data.operations().reading() as session:
        runs = timings.list_run_times(session, since=since, business_id=business_id)
        steps = timings.list_step_times(session, since=since, business_id=business_id)
    return _frame(runs), _frame(steps)


def _fullness(limit: Limit) -> tuple[float, float, str, str]:
    """The fullest first; where a window is over, the one that was fullest in it."""
    level = limit.newest
    last = level.used / level.quota if level.used is not None and level.quota else -1.0
    return (1.0 if limit.share is None else -limit.share, -last, limit.owner or "", limit.name)


def _is_in_scope(reading: QuotaReading, owner: Owner, business_id: int | None) -> bool:
    """An app's limit is in scope where an account of its provider is."""
    if owner.name is not None:
        return _shares(owner, business_id)
    accounts = [account for account in data.accounts() if business_id in (None, account.business_id)]
    return any(reading.provider in _providers_of(account.platform) for account in accounts)


def _providers_of(platform: Platform) -> set[Provider]:
    return {platform.provider} | ({Provider.INSTAGRAM} if platform is Platform.INSTAGRAM else set())


def _shares(owner: Owner | None, business_id: int | None) -> bool:
    return owner is not None and (owner.name is None or business_id is None or business_id in owner.business_ids)


def _limit(reading: QuotaReading, owner: Owner, history: Sequence[QuotaReading], now: datetime) -> Limit:
    levels = [_level(one) for one in history] or [_level(reading)]
    window = _WINDOWS.get(reading.provider) if reading.unit == CALLS else None
    began_at = reading.resets_at - window if reading.resets_at and window else None
    shares = [one.used / one.quota for one in levels if one.used is not None and one.quota]
    return Limit(
        sharing=reading.key.partition("/")[0],
        provider=reading.provider,
        owner=owner.name,
        name=reading.name,
        unit=reading.unit,
        newest=levels[-1],
        share=pace.used_share(levels[-1], now=now),
        trend=shares if len(shares) > 1 else [],
        runs_out_at=pace.runs_out_at(levels, now=now, began_at=began_at),
    )


def _level(reading: QuotaReading) -> Level:
    return Level(reading.observed_at, reading.used, reading.quota, reading.resets_at)


def _month(business: Business, spending: Sequence[costs.Spent], now: datetime) -> MonthOfX:
    began_at, ends_at = costs.month_began(now), costs.next_month(now)
    total = sum(one.cost_usd for one in spending)
    by_day = [0.0] * now.day
    for one in spending:
        by_day[min(one.at.day, now.day) - 1] += one.cost_usd  # a clock that was set back has seen later days
    level = Level(now, total, business.x_monthly_cap_usd, ends_at)
    return MonthOfX(
        business_id=business.id,
        business=business.name,
        spent_usd=total,
        cap_usd=business.x_monthly_cap_usd,
        by_day=by_day,
        by_month_end_usd=pace.used_by(level, ends_at, began_at=began_at),
        reached_at=pace.runs_out_at([level], now=now, began_at=began_at),
    )


def _frame(rows: Sequence[Any]) -> pd.DataFrame:
    return pd.DataFrame([asdict(row) for row in rows])
