"""How are some days of an account's past asked for again? Newest first, piece by piece; each is loaded and remembered before the next.

It asks whether the days were asked for before or not, and leaves alone how far the account's syncs have come: what it reads is
told by its step, not by an observation, which would make old numbers look like a fresh look.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from core import step_costs
from core.backfill import DAYS_PER_PIECE, POSTS_PER_PIECE
from core.clock import Clock
from core.domain import Harvest, LoadCounts
from core.errors import FetchError, RateLimitedError, ReconnectNeededError, StoppedError
from core.fetchers.base import Fetcher
from core.fetchers.counts import CallCounts
from core.fetchers.stopwatch import Part
from core.harvest import offers_days
from core.looking import Limits, Looker, Task
from core.ops import steps
from core.ops.accounts import identity_of
from core.ops.run_requests import Fill
from core.ops.session import OperationsDatabase
from core.ops.steps import StepOutcome
from core.spending import SpendingCap
from core.stopping import RunStop
from core.warehouse.connection import Warehouse
from core.warehouse.load import list_known_posts, load_harvest

ONE_DAY = timedelta(days=1)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FillParts:
    """What filling in works with."""

    database: OperationsDatabase
    warehouse: Warehouse
    looker: Looker
    spending: SpendingCap
    clock: Clock
    limits: Limits


@dataclass(slots=True)
class _Told:
    """What came of it so far: the first day asked for and the first one given, and where a list of posts broke off."""

    days: int = 0
    posts: int = 0
    first_asked: date | None = None
    first_given: date | None = None
    broke_off_at: datetime | None = None
    counts: LoadCounts = field(default_factory=LoadCounts)

    def sentence(self, days: Fill, *, has_days: bool) -> str:
        numbers = f"{self.days} days, {self.posts} posts" if has_days else f"{self.posts} posts"
        return f"{days[0]} to {days[1]}: {numbers}{self._limits(has_days=has_days)}"[:200]

    def _limits(self, *, has_days: bool) -> str:
        """What the platform does not give, as far as it shows."""
        told = "" if has_days else "; this platform gives no numbers of days that are over"
        if self.first_asked is not None and self.first_given is None:
            told = "; the platform gave none of these days"
        elif self.first_asked is not None and self.first_given is not None and self.first_given > self.first_asked:
            told = f"; the platform gave no day before {self.first_given}"
        if self.broke_off_at is not None:
            told += f"; its list of posts ended at {self.broke_off_at:%Y-%m-%d}"
        return told


class RangeFill:
    """Fills in days of one account's past, from where the step before has left it."""

    def __init__(self, parts: FillParts, task: Task, days: Fill, counts: CallCounts) -> None:
        self._parts = parts
        self._task = task
        self._days = days
        self._counts = counts
        self._fetcher = parts.looker.open(task, counts)
        self._may_renew = True
        self._charged_usd = counts.cost_usd
        self._began_at = parts.clock.now()
        self._told = _Told()

    def fill(self, stop: RunStop) -> StepOutcome:
        """Ask for the days and the posts of the days; what ends it early is told in the outcome."""
        error: FetchError | None = None
        try:
            self._fill_days(stop)
            self._fill_posts(stop)
        except FetchError as met:
            error = met
        finally:
            self._charge()  # a piece that could not be read to its end
        return replace(
            step_costs.cost_of(self._counts, self._task.account),
            posts=self._told.posts,
            counts=self._told.counts,
            filled=self._told.sentence(self._days, has_days=offers_days(self._fetcher)),
            error=error,
        )

    def _fill_days(self, stop: RunStop) -> None:
        today = self._parts.clock.now().astimezone(ZoneInfo(self._fetcher.day_zone)).date()
        first, last = self._days
        reached = self._task.step.days_filled_from or min(last + ONE_DAY, today)
        while offers_days(self._fetcher) and reached > first:
            self._check(stop)
            reached = self._fill_days_before(reached, max(first, reached - timedelta(days=DAYS_PER_PIECE)))

    def _fill_days_before(self, until: date, first: date) -> date:
        harvest = self._new_harvest()
        harvest.days.extend(self._ask(lambda fetcher: fetcher.fetch_days(first, until - ONE_DAY)))
        given = min((day.day for day in harvest.days), default=None)
        self._told.first_asked, self._told.first_given = first, given or self._told.first_given
        self._told.days += len(harvest.days)
        self._keep(harvest, days_from=first)
        return first

    def _fill_posts(self, stop: RunStop) -> None:
        zone = ZoneInfo(self._task.account.business.timezone)
        start, end = (datetime.combine(day, time(), zone) for day in (self._days[0], self._days[1] + ONE_DAY))
        reached = self._task.step.posts_filled_from or min(end, self._parts.clock.now())
        while reached > start:
            self._check(stop)
            reached = self._fill_posts_before(reached, start)

    def _fill_posts_before(self, until: datetime, start: datetime) -> datetime:
        """The newest posts of [start, until); returns from when on all are read."""
        price = self._fetcher.plan(POSTS_PER_PIECE, 0).cost_usd
        with self._parts.spending.of(self._task.account.business_id).reserving(self._fetcher.platform, price):
            newer = len(self._list_known(until))
            found = self._ask(
                lambda fetcher: fetcher.fetch_posts(POSTS_PER_PIECE, since=start, until=until, offset_hint=newer)
            )
            harvest = self._new_harvest()
            harvest.posts.extend(item.post for item in found.listed)
            if found.listed:
                harvest.snapshots.extend(self._ask(lambda fetcher: fetcher.fetch_snapshots(found.listed)))
            elif not found.is_complete:
                self._told.broke_off_at = until
            oldest = min((post.published_at for post in harvest.posts), default=start)
            self._told.posts += len(harvest.posts)
            reached = start if found.is_complete else oldest
            self._keep(harvest, posts_from=reached)  # charges it, so the reservation lasts until here
        return reached

    def _list_known(self, since: datetime) -> list[str]:
        return list_known_posts(self._parts.warehouse, self._task.account.id, since, self._parts.clock.now())

    def _check(self, stop: RunStop) -> None:
        """Raise where nothing more is to be asked: a stop, or a new day, whose cap counts what is spent by steps of its own."""
        if stop.is_set():
            raise StoppedError(is_cancelled=stop.is_cancelled)
        now = self._parts.clock.now()
        if self._charged_usd and now.date() > self._began_at.date():
            raise RateLimitedError("A new day has begun, with a cap of its own: it goes on at once.", retry_at=now)

    def _ask(self, ask: Callable[[Fetcher], T]) -> T:
        """Ask, once more after a refusal that a fresh token may mend."""
        try:
            return ask(self._fetcher)
        except ReconnectNeededError:
            fresh = self._parts.looker.open_renewed(self._task, self._counts) if self._may_renew else None
            if fresh is None:
                raise
        self._fetcher, self._may_renew = fresh, False
        return ask(fresh)

    def _new_harvest(self) -> Harvest:
        account, now = self._task.account, self._parts.clock.now()
        keep_from = self._parts.limits.keep_texts_from(account.platform, now)
        return Harvest(account.id, self._task.step.run_id, observed_at=now, keep_texts_from=keep_from)

    def _keep(self, harvest: Harvest, *, days_from: date | None = None, posts_from: datetime | None = None) -> None:
        """Load a piece, and remember how far it goes; a crash in between reads it again, which changes nothing."""
        self._charge()
        with self._counts.watch.timing(Part.LOADING):
            loaded = load_harvest(self._parts.warehouse, identity_of(self._task.account), harvest)
        step_costs.note_loaded(self._counts.log, harvest, loaded)
        before = self._told.counts
        self._told.counts = LoadCounts(
            before.new + loaded.new, before.changed + loaded.changed, before.unchanged + loaded.unchanged
        )
        with self._parts.database.transaction() as session:
            steps.record_reached(session, self._task.step.id, days_from=days_from, posts_from=posts_from)

    def _charge(self) -> None:
        spent = self._counts.cost_usd - self._charged_usd
        self._charged_usd = self._counts.cost_usd
        self._parts.spending.charge_fill(self._task.step, spent)
