"""What would a sync now take? Requests and money per account, printed before anything is asked."""

from collections.abc import Callable
from datetime import UTC, datetime

from core.clock import Clock
from core.commands import check_set_up
from core.depth import choose_depth
from core.domain import Platform
from core.fetchers import FETCHERS
from core.fetchers.base import Plan
from core.looking import FIRST_DAYS, REREAD_DAYS
from core.ops.accounts import list_connected
from core.ops.businesses import get_business
from core.ops.costs import spent_today
from core.ops.migrate import wait_for_schema
from core.ops.models import Account
from core.ops.session import open_operations
from core.settings import Settings
from core.warehouse import queries
from core.warehouse.connection import PublishedWarehouse, find_published

LIKELY_NEW_POSTS = 10


def print_plan(settings: Settings, name: str | None, clock: Clock, echo: Callable[[str], None]) -> None:
    """Print a line per account of one business, or of all, and the sums; asks the platforms nothing."""
    check_set_up(settings)
    database = open_operations(settings)
    wait_for_schema(database, clock, patience_s=0)
    now = clock.now()
    with database.reading() as session:
        accounts = list_connected(session, get_business(session, name).id if name else None)
        spent = spent_today(session, Platform.X, now=now)
    plans = [(account, _plan(account, settings, now)) for account in accounts]
    database.close()
    for account, (posts, plan) in plans:
        where = f"{account.business.name}: {account.name} ({account.platform.value})"
        echo(f"{where:<60} up to {posts:>4} posts {plan.requests:>4} requests {_money(plan.cost_usd)}")
    cost = sum(plan.cost_usd for _, (_, plan) in plans)
    echo(f"In all {sum(plan.requests for _, (_, plan) in plans)} requests, {_money(cost)}.")
    echo(f"X has cost {_money(spent)} today of the cap of {_money(settings.x_daily_cap_usd)}.")


def _plan(account: Account, settings: Settings, now: datetime) -> tuple[int, Plan]:
    depth = choose_depth(account, now=now, reads_days=True)
    limit = account.business.posts_per_sync or settings.posts_per_sync
    known = _count_posts(account, settings, depth.since, now) if depth.since else limit
    posts = min(limit, known + LIKELY_NEW_POSTS)
    days = REREAD_DAYS if account.days_read_at else min(FIRST_DAYS, settings.backfill_days)
    return posts, FETCHERS[account.platform].plan(posts, days)


def _count_posts(account: Account, settings: Settings, since: datetime, now: datetime) -> int:
    path = find_published(settings.published_link)
    if path is None:
        return settings.posts_per_sync
    published = PublishedWarehouse(path)
    naive = (moment.astimezone(UTC).replace(tzinfo=None) for moment in (since, now))
    found = len(queries.posts_published(published, [account.id], *naive))
    published.close()
    return found


def _money(usd: float) -> str:
    return f"${usd:.2f}"
