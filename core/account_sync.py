"""How is one account synced? Looked at, loaded, and given a piece of its past.

Three steps for the engine to call: `begin` and `record` within its own transactions, `sync` between them.
"""

import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from core import step_costs
from core.backfill import Backfill, Past, Target
from core.clock import Clock
from core.depth import choose_depth, record_depth
from core.domain import AccountIdentity, DataSet, Harvest, LoadCounts, RunTrigger
from core.fetchers.counts import CallCounts
from core.fetchers.stopwatch import Part
from core.looking import FIRST_DAYS, Limits, Look, Looker, Task, covered
from core.metrics import Grain, Metric
from core.ops import retired, steps, tokens
from core.ops.accounts import get_account, identity_of, save_profile
from core.ops.models import Account, SyncRun, SyncStep
from core.ops.retired import Key
from core.ops.run_requests import fill_of
from core.ops.session import OperationsDatabase
from core.ops.steps import StepOutcome
from core.range_fill import FillParts, RangeFill
from core.spending import SpendingCap
from core.stopping import RunStop
from core.warehouse.connection import Warehouse
from core.warehouse.events import MetricEvent, record_metric_event
from core.warehouse.load import find_days_covered, find_oldest_post, list_known_posts, load_harvest

log = logging.getLogger(__name__)

_GRAIN_SETS = {DataSet.POST_METRICS: Grain.POST_LIFETIME, DataSet.ACCOUNT_DAYS: Grain.ACCOUNT_DAY}


@dataclass(frozen=True, slots=True)
class Synced:
    """How a task ended: what its step records and, where that is not kept yet, what its look has taught."""

    outcome: StepOutcome
    look: Look | None = None


class AccountSync:
    """Syncs accounts, one call each; thread-safe, and never the same account twice at once."""

    def __init__(  # the use case joins all of these
        self,
        *,
        database: OperationsDatabase,
        warehouse: Warehouse,
        looker: Looker,
        spending: SpendingCap,
        clock: Clock,
        limits: Limits,
    ) -> None:
        self._database = database
        self._warehouse = warehouse
        self._looker = looker
        self._spending = spending
        self._clock = clock
        self._limits = limits
        self._fill_parts = FillParts(database, warehouse, looker, spending, clock, limits)

    def begin(self, session: Session, run: SyncRun, step: SyncStep) -> Task:
        """Take up an account's step, as the account is now."""
        now = self._clock.now()
        steps.record_step_started(session, step.id, now=now)
        account = get_account(session, step.account_id)
        known = retired.list_retired(session, account.platform, now=now)
        depth = choose_depth(account, now=now, reads_days=run.trigger is not RunTrigger.SCHEDULE)
        return Task(account, step, depth, known, fill_of(run))

    def sync(self, task: Task, counts: CallCounts, stop: RunStop) -> Synced:
        """Read and load one account; raises what kept it from being read at all."""
        if task.fill is not None:
            return Synced(RangeFill(self._fill_parts, task, task.fill, counts).fill(stop))
        look = self._looker.look(task, counts)
        look.harvest.forget_gone = look.fetcher.forgets_gone_posts
        look.harvest.keep_texts_from = self._limits.keep_texts_from(task.account.platform, self._clock.now())
        with counts.watch.timing(Part.LOADING):
            loaded = load_harvest(self._warehouse, identity_of(task.account), look.harvest)
        step_costs.note_loaded(counts.log, look.harvest, loaded)
        if look.error is not None or task.account.is_filled:
            return Synced(self._outcome(look, counts, loaded), look)
        with self._database.transaction() as session:  # the past may take an hour, and end badly
            self.record(session, look)
        filled = self._fill(look, counts, stop)
        return Synced(self._outcome(look, counts, loaded, filled))

    def record(self, session: Session, look: Look) -> None:
        """Keep what a look has taught: names, depth, metrics that came and went; the warehouse hears of the latter before we commit."""
        now, platform = self._clock.now(), look.account.platform
        account = look.account
        session.add(account)  # as it was loaded: only what has changed since then is written
        if look.harvest.profile is not None:
            save_profile(account, look.harvest.profile)
        if look.error is None:
            record_depth(account, look.task.depth, now=now)
            tokens.record_accepted(session, account.id)
        refused, answered = self._refused_and_answered(look)
        new = retired.record_refused(session, platform, refused, now=now)
        returned = retired.record_returned(session, platform, answered & look.task.retired.due - refused, now=now)
        events = [("retired", metric) for metric in sorted(new)] + [("returned", metric) for metric in sorted(returned)]
        for event, metric in events:
            record_metric_event(self._warehouse, MetricEvent(platform, *metric, event, now.date()))

    def _refused_and_answered(self, look: Look) -> tuple[set[Key], set[Key]]:
        """The metrics refused now, and those that have answered.

        What has returned is judged by what was retired when the look began: another account may have met a retirement meanwhile.
        """
        answered = {
            (_GRAIN_SETS[coverage.data_set], Metric(name))
            for coverage in look.harvest.coverage
            if coverage.data_set in _GRAIN_SETS
            for name in coverage.metrics
        }
        return set(look.fetcher.retired), answered

    def _fill(self, look: Look, counts: CallCounts, stop: RunStop) -> str | None:
        account, now = look.account, self._clock.now()
        today = now.astimezone(ZoneInfo(look.fetcher.day_zone)).date()
        # of all that is known: after a sync that was cut short this look may have read the youngest posts only
        oldest = find_oldest_post(self._warehouse, account.id) or now
        known = list_known_posts(self._warehouse, account.id, now - timedelta(days=36_500), now)
        past = Past(
            days_from=account.days_filled_from or today - timedelta(days=min(FIRST_DAYS, self._limits.backfill_days)),
            posts_from=account.posts_filled_from or oldest,
            posts=len(known),
        )
        charged = counts.cost_usd

        def charge() -> None:
            nonlocal charged
            self._spending.charge_fill(look.task.step, counts.cost_usd - charged)
            charged = counts.cost_usd

        def load_piece(harvest: Harvest, reached: Past) -> None:
            charge()
            with counts.watch.timing(Part.LOADING):
                self._load_piece(identity_of(account), harvest, reached)

        target = Target(today - timedelta(days=self._limits.backfill_days), self._limits.backfill_posts)
        backfill = Backfill(
            look.fetcher,
            past,
            target,
            spending=self._spending.of(account.business_id),
            new_harvest=lambda: self._new_harvest(look),
            load=load_piece,
        )
        try:
            return backfill.fill(stop)
        finally:
            charge()  # a piece that could not be read to its end

    def _new_harvest(self, look: Look) -> Harvest:
        now = self._clock.now()
        keep_from = self._limits.keep_texts_from(look.account.platform, now)
        return Harvest(look.account.id, look.harvest.run_id, observed_at=now, keep_texts_from=keep_from)

    def _load_piece(self, identity: AccountIdentity, harvest: Harvest, reached: Past) -> None:
        load_harvest(self._warehouse, identity, harvest)
        with self._database.transaction() as session:
            account = session.get_one(Account, identity.account_id)
            account.days_filled_from, account.posts_filled_from = reached.days_from, reached.posts_from
            account.is_filled = reached.is_filled

    def _outcome(self, look: Look, counts: CallCounts, loaded: LoadCounts, filled: str | None = None) -> StepOutcome:
        return replace(
            step_costs.cost_of(counts, look.account),
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
        profile = covered(look.harvest, DataSet.PROFILE)
        return profile[1] if profile else None
