"""How is one account looked at? With a token that works, within the spending cap, as deep as is due, and what is gone asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from core.accounts import Accounts
from core.clock import Clock
from core.depth import Depth
from core.domain import DataSet, Harvest, Platform
from core.errors import FetchError, ReconnectNeededError
from core.fetchers import open_fetcher
from core.fetchers.base import Fetcher
from core.fetchers.counts import CallCounts
from core.harvest import HarvestReader
from core.ops.accounts import get_account
from core.ops.models import Account, SyncStep
from core.ops.retired import Retired
from core.ops.session import OperationsDatabase
from core.spending import SpendingCap
from core.warehouse.connection import Warehouse
from core.warehouse.load import find_days_covered, list_known_posts

REREAD_DAYS = 5
"""Platforms restate their last days: LinkedIn for up to five, Meta for two."""
FIRST_DAYS = 61
"""How far back the first look at an account goes: enough to compare a month with the one before. The rest is back-fill."""
MOST_MISSING = 100
"""How many posts that are no longer listed a sync asks about."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a sync reads, and for how long it may be kept: posts of a look, days and posts of the past, days of texts."""

    posts_per_sync: int
    backfill_days: int
    backfill_posts: int
    keep_text_days: Mapping[Platform, int]
    """For how long a platform's rules let us keep text and media of posts; 0 = for ever."""

    def keep_texts_from(self, platform: Platform, now: datetime) -> datetime | None:
        """Of posts published before it only the numbers are kept; None where all is kept."""
        days = self.keep_text_days.get(platform, 0)
        return now - timedelta(days=days) if days else None


@dataclass(frozen=True, slots=True)
class Task:
    """One account as a run finds it: what is known of it, how deep to look, and what its platform no longer gives."""

    account: Account
    step: SyncStep
    depth: Depth
    retired: Retired
    fill: tuple[date, date] | None = None
    """The days of the past that are asked for in place of the present, both ends included."""


@dataclass(slots=True)
class Look:
    """What came of looking at an account."""

    task: Task
    fetcher: Fetcher
    harvest: Harvest
    error: FetchError | None = None

    @property
    def account(self) -> Account:
        return self.task.account


class Looker:
    """Looks at accounts, one call each; thread-safe, and never at the same account twice at once."""

    def __init__(  # a look joins all of these
        self,
        *,
        database: OperationsDatabase,
        warehouse: Warehouse,
        accounts: Accounts,
        spending: SpendingCap,
        clock: Clock,
        limits: Limits,
    ) -> None:
        self._database = database
        self._warehouse = warehouse
        self._accounts = accounts
        self._spending = spending
        self._clock = clock
        self._limits = limits

    def look(self, task: Task, counts: CallCounts) -> Look:
        """Read the account and ask what is gone; its price is held back until what was read is charged."""
        fetcher = self.open(task, counts)
        purse = self._spending.of(task.account.business_id)
        with purse.reserving(task.account.platform, self._price_of(task, fetcher)):
            try:
                found = self._read_and_renew(task, fetcher, counts)
                found.harvest.gone = self._find_gone(found)
            finally:  # the platform bills what was read, whatever came of it
                self._spending.charge_look(task.step, counts.cost_usd)
        return found

    def open(self, task: Task, counts: CallCounts) -> Fetcher:
        """A conversation about the account, with a token that works; ReconnectNeededError where there is none."""
        return self._open(task.account, task, counts)

    def open_renewed(self, task: Task, counts: CallCounts) -> Fetcher | None:
        """After a refusal: a conversation with a fresh token; None where the grant allows none."""
        if not self._accounts.renew(task.account.id):
            return None
        return self._open(self._reload(task.account.id), task, counts)

    def _read_and_renew(self, task: Task, fetcher: Fetcher, counts: CallCounts) -> Look:
        """Read the account, once more after a refusal that a fresh token may mend."""
        found = self._read(task, fetcher)
        fresh = self.open_renewed(task, counts) if isinstance(found.error, ReconnectNeededError) else None
        if fresh is not None:
            found = self._read(task, fresh)
            if isinstance(found.error, ReconnectNeededError):
                found.error = self._accounts.record_refused(task.account.id, found.error)
        return found

    def _price_of(self, task: Task, fetcher: Fetcher) -> float:
        """The most that this look may cost, in USD."""
        if fetcher.plan(1, 0).cost_usd == 0:
            return 0.0
        return fetcher.plan(self._posts_to_read(task.account, task.depth), 0).cost_usd

    def _reload(self, account_id: int) -> Account:
        with self._database.reading() as session:
            return get_account(session, account_id)

    def _open(self, account: Account, task: Task, counts: CallCounts) -> Fetcher:
        api = self._accounts.open_account(account)
        api.counts = counts
        return open_fetcher(account.platform, api, account.external_id, skip=task.retired.untried)

    def _read(self, task: Task, fetcher: Fetcher) -> Look:
        account, depth = task.account, task.depth
        reader = HarvestReader(fetcher, account_id=account.id, run_id=task.step.run_id, now=self._clock.now())
        first_day = self._first_day(account.id, fetcher) if depth.reads_days else None
        harvest = reader.read(self._limit(account), first_day=first_day, since=depth.since)
        return Look(task, fetcher, harvest, reader.error)

    def _limit(self, account: Account) -> int:
        return account.business.posts_per_sync or self._limits.posts_per_sync

    def _posts_to_read(self, account: Account, depth: Depth) -> int:
        """How many posts this look will read at most, judging by those known: a few new ones may have come."""
        if depth.since is None:
            return self._limit(account)
        known = list_known_posts(self._warehouse, account.id, depth.since, self._clock.now())
        return min(self._limit(account), len(known) + 10)

    def _first_day(self, account_id: int, fetcher: Fetcher) -> date:
        today = self._clock.now().astimezone(ZoneInfo(fetcher.day_zone)).date()
        known = find_days_covered(self._warehouse, account_id)
        if known is not None:
            return known - timedelta(days=REREAD_DAYS - 1)
        return today - timedelta(days=min(FIRST_DAYS, self._limits.backfill_days))

    def _find_gone(self, look: Look) -> list[str]:
        """Ask about known posts that are no longer listed: only the platform's own word makes a post gone."""
        posts = covered(look.harvest, DataSet.POSTS)
        if posts is None or posts[0] is None:
            return []
        listed = {post.post_id for post in look.harvest.posts}
        known = list_known_posts(self._warehouse, look.account.id, posts[0], look.harvest.observed_at)
        missing = [post_id for post_id in known if post_id not in listed][:MOST_MISSING]
        try:
            return sorted(look.fetcher.find_gone(missing)) if missing else []
        except FetchError as error:
            look.error = look.error or error
            return []


def covered(harvest: Harvest, data_set: DataSet) -> tuple[datetime | None, datetime | None] | None:
    """From and to when a data set was covered by this look; None where it was not read."""
    return next(
        ((found.covered_from, found.covered_to) for found in harvest.coverage if found.data_set is data_set), None
    )
