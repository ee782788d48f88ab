"""How is one account synced? Token, reading, what is gone, what is retired, loading, and a piece of its past."""

import logging
import threading
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.accounts import Accounts
from core.backfill import Backfill, Past, Target
from core.clock import Clock
from core.depth import Depth, choose_depth, record_depth
from core.domain import AccountIdentity, DataSet, Harvest, LoadCounts, RunTrigger
from core.errors import FetchError, ReconnectNeededError
from core.fetchers import open_fetcher
from core.fetchers.base import Fetcher
from core.fetchers.transport import CallCounts
from core.harvest import HarvestReader
from core.metrics import Grain, Metric
from core.ops import retired
from core.ops.accounts import get_account, identity_of, save_profile
from core.ops.models import Account, SyncRun, SyncStep
from core.ops.retired import Retired
from core.ops.runs import StepOutcome
from core.ops.session import OperationsDatabase
from core.spending import SpendingCap
from core.warehouse.connection import Warehouse
from core.warehouse.events import record_metric_event
from core.warehouse.load import find_days_covered, list_known_posts, load_harvest

log = logging.getLogger(__name__)

REREAD_DAYS = 5
"""Platforms restate their last days: LinkedIn for up to five, Meta for two."""
FIRST_DAYS = 61
"""How far back the first look at an account goes: enough to compare a month with the one before. The rest is back-fill."""
MOST_MISSING = 100
"""How many posts that are no longer listed a sync asks about."""

_GRAIN_SETS = {DataSet.POST_METRICS: Grain.POST_LIFETIME, DataSet.ACCOUNT_DAYS: Grain.ACCOUNT_DAY}


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a sync reads: posts of a look, and days and posts of the past."""

    posts_per_sync: int
    backfill_days: int
    backfill_posts: int


@dataclass(slots=True)
class Look:
    """One account as this sync looks at it: how deep, and what came of it."""

    account: Account
    run_id: int
    depth: Depth
    retired: Retired
    fetcher: Fetcher
    harvest: Harvest
    error: FetchError | None = None


class AccountSync:
    """Syncs accounts, one call each; thread-safe, and never the same account twice at once."""

    def __init__(  # the use case joins all of these
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

    def sync(self, run: SyncRun, step: SyncStep, counts: CallCounts, stop: threading.Event) -> StepOutcome:
        """Read, load and record one account; raises what kept it from being read at all."""
        now = self._clock.now()
        with self._database.reading() as session:
            account = get_account(session, step.account_id)
            known = retired.list_retired(session, account.platform, now=now)
        depth = choose_depth(account, now=now, reads_days=run.trigger is not RunTrigger.SCHEDULE)
        look = self._look_within_cap(account, run.id, depth, known, counts)
        look.harvest.gone = self._find_gone(look)
        look.harvest.forget_gone = look.fetcher.forgets_gone_posts
        self._spending.charge_look(step, counts.cost_usd)
        loaded = load_harvest(self._warehouse, identity_of(account), look.harvest)
        self._record(look)
        filled = self._fill(look, step, counts, stop) if look.error is None else None
        return self._outcome(look, counts, loaded, filled)

    def _look_within_cap(self, account: Account, run_id: int, depth: Depth, known: Retired, counts: CallCounts) -> Look:
        fetcher = self._open(account, known, counts)
        price = fetcher.plan(self._posts_to_read(account, depth), 0).cost_usd
        with self._spending.reserving(account.platform, price):
            look = self._read(account, run_id, depth, known, fetcher)
            if isinstance(look.error, ReconnectNeededError) and self._accounts.renew(account.id):
                look = self._read(account, run_id, depth, known, self._open(account, known, counts))
                if isinstance(look.error, ReconnectNeededError):
                    look.error = self._accounts.record_refused(account.id, look.error)
        return look

    def _open(self, account: Account, known: Retired, counts: CallCounts) -> Fetcher:
        api = self._accounts.open_account(account)
        api.counts = counts
        return open_fetcher(account.platform, api, account.external_id, skip=known.untried)

    def _read(
        self,
        account: Account,
        run_id: int,
        depth: Depth,
        known: Retired,
        fetcher: Fetcher,
    ) -> Look:
        reader = HarvestReader(fetcher, account_id=account.id, run_id=run_id, now=self._clock.now())
        first_day = self._first_day(account.id, fetcher) if depth.reads_days else None
        harvest = reader.read(self._limit(account), first_day=first_day, since=depth.since)
        return Look(account, run_id, depth, known, fetcher, harvest, reader.error)

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
        covered = _covered(look.harvest, DataSet.POSTS)
        if covered is None or covered[0] is None:
            return []
        listed = {post.post_id for post in look.harvest.posts}
        known = list_known_posts(self._warehouse, look.account.id, covered[0], look.harvest.observed_at)
        missing = [post_id for post_id in known if post_id not in listed][:MOST_MISSING]
        try:
            return sorted(look.fetcher.find_gone(missing)) if missing else []
        except FetchError as error:
            look.error = look.error or error
            return []

    def _record(self, look: Look) -> None:
        """Keep in the operations database what this look has taught: names, depths, metrics that came and went."""
        now = self._clock.now()
        new, returned = self._retired_and_returned(look)
        with self._database.transaction() as session:
            account = get_account(session, look.account.id)
            if look.harvest.profile is not None:
                save_profile(session, account.id, look.harvest.profile)
            if look.error is None:
                record_depth(account, look.depth, now=now)
                if account.token is not None:
                    account.token.refusals = 0
            new = retired.record_refused(session, look.account.platform, new, now=now)
            returned = retired.record_returned(session, look.account.platform, returned, now=now)
        for event, metrics in (("retired", new), ("returned", returned)):
            for metric in sorted(metrics):
                record_metric_event(self._warehouse, look.account.platform, metric, event, day=now.date())

    def _retired_and_returned(self, look: Look) -> tuple[set[tuple[Grain, Metric]], set[tuple[Grain, Metric]]]:
        """The metrics refused now, and those that were retired, were due to be tried again, and have answered.

        Judged by what was retired when the look began: another account may have met a retirement meanwhile.
        """
        refused = set(look.fetcher.retired)
        answered = {
            (_GRAIN_SETS[coverage.data_set], Metric(name))
            for coverage in look.harvest.coverage
            if coverage.data_set in _GRAIN_SETS
            for name in coverage.metrics
        }
        return refused, answered & look.retired.due - refused

    def _fill(self, look: Look, step: SyncStep, counts: CallCounts, stop: threading.Event) -> str | None:
        account, now = look.account, self._clock.now()
        if account.is_filled:
            return None
        today = now.astimezone(ZoneInfo(look.fetcher.day_zone)).date()
        oldest = min((post.published_at for post in look.harvest.posts), default=now)
        known = list_known_posts(self._warehouse, account.id, now - timedelta(days=36_500), now)
        past = Past(
            days_from=account.days_filled_from or today - timedelta(days=min(FIRST_DAYS, self._limits.backfill_days)),
            posts_from=account.posts_filled_from or oldest,
            posts=len(known),
        )
        charged = counts.cost_usd

        def load_piece(harvest: Harvest, reached: Past) -> None:
            nonlocal charged
            self._spending.charge_fill(step, counts.cost_usd - charged)
            charged = counts.cost_usd
            self._load_piece(identity_of(account), harvest, reached)

        target = Target(today - timedelta(days=self._limits.backfill_days), self._limits.backfill_posts)
        backfill = Backfill(
            look.fetcher,
            past,
            target,
            spending=self._spending,
            new_harvest=lambda: Harvest(account_id=account.id, run_id=look.run_id, observed_at=self._clock.now()),
            load=load_piece,
        )
        return backfill.fill(stop)

    def _load_piece(self, identity: AccountIdentity, harvest: Harvest, reached: Past) -> None:
        load_harvest(self._warehouse, identity, harvest)
        with self._database.transaction() as session:
            account = session.get_one(Account, identity.account_id)
            account.days_filled_from, account.posts_filled_from = reached.days_from, reached.posts_from
            account.is_filled = reached.is_filled

    def _outcome(self, look: Look, counts: CallCounts, loaded: LoadCounts, filled: str | None) -> StepOutcome:
        return replace(
            cost_of(counts),
            posts=len(look.harvest.posts),
            counts=loaded,
            filled=filled,
            covered_to=self._covered_to(look),
            error=look.error,
        )

    def _covered_to(self, look: Look) -> datetime | None:
        """Up to when the account is known: its newest closed day, or this look where its platform has no days."""
        day = find_days_covered(self._warehouse, look.account.id)
        if day is not None:
            return datetime.combine(day, time(), UTC)
        profile = _covered(look.harvest, DataSet.PROFILE)
        return profile[1] if profile else None


def cost_of(counts: CallCounts) -> StepOutcome:
    """What a step has asked so far."""
    return StepOutcome(requests=counts.requests, retries=counts.retries, waited_s=counts.waited_s)


def _covered(harvest: Harvest, data_set: DataSet) -> tuple[datetime | None, datetime | None] | None:
    """From and to when a data set was covered by this look; None where it was not read."""
    return next(
        ((found.covered_from, found.covered_to) for found in harvest.coverage if found.data_set is data_set), None
    )
