"""How deep does this sync read an account? Young posts at every sync, older ones daily, the rest weekly; days a few times a day."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.ops.models import Account

DAYS_EVERY = timedelta(hours=6)
"""How often the account's days are asked for: platforms close and restate them a few times a day at most."""
GRACE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Depth:
    """`since`: posts published before it are left for another sync (None = all within the limit)."""

    since: datetime | None
    reads_days: bool
    is_daily: bool
    is_weekly: bool


def choose_depth(account: Account, *, now: datetime, reads_days: bool = False) -> Depth:
    """The depth that is due; `reads_days` asks for the days whether they are due or not."""
    business = account.business
    is_weekly = _is_due(account.weekly_read_at, timedelta(days=7), now)
    is_daily = is_weekly or _is_due(account.daily_read_at, timedelta(days=1), now)
    span = business.daily_days if is_daily else business.fresh_days
    since = None if is_weekly else now - timedelta(days=span)
    return Depth(since, reads_days or _is_due(account.days_read_at, DAYS_EVERY, now), is_daily, is_weekly)


def record_depth(account: Account, depth: Depth, *, now: datetime) -> None:
    """Remember what has been read now."""
    account.days_read_at = now if depth.reads_days else account.days_read_at
    account.daily_read_at = now if depth.is_daily else account.daily_read_at
    account.weekly_read_at = now if depth.is_weekly else account.weekly_read_at


def _is_due(last: datetime | None, every: timedelta, now: datetime) -> bool:
    return last is None or now - last >= every - GRACE
