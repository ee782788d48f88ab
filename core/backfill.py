"""How does an account get its past? Piece by piece, newest first; each piece is loaded and remembered before the next is asked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core.domain import Coverage, DataSet, Harvest
from core.errors import FetchError
from core.fetchers.base import Fetcher, PostList
from core.spending import Purse
from core.stopping import RunStop

DAYS_PER_PIECE = 90
POSTS_PER_PIECE = 100


@dataclass(slots=True)
class Past:
    """How far an account's past is filled: its oldest day and post asked for, how many posts are known, and whether that is all."""

    days_from: date
    posts_from: datetime
    posts: int
    is_filled: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """How far the past is to be filled."""

    first_day: date
    posts: int


class Backfill:
    """Fills one account's past until the target, the platform's end, a refusal, the spending cap or `stop`."""

    def __init__(  # one piece needs all of these
        self,
        fetcher: Fetcher,
        past: Past,
        target: Target,
        *,
        spending: Purse,
        new_harvest: Callable[[], Harvest],
        load: Callable[[Harvest, Past], None],
    ) -> None:
        self._fetcher = fetcher
        self._past = past
        self._target = target
        self._spending = spending
        self._new_harvest = new_harvest
        self._load = load
        self._days = self._posts = 0

    def fill(self, stop: RunStop) -> str | None:
        """Read what is still missing; what was read as a person reads it, None where nothing was missing."""
        reason = ""
        try:
            while not (stop.is_set() or self._past.is_filled):
                self._fill_piece()
        except FetchError as error:  # the sync itself is complete: the past goes on at the next one
            reason = f"; it goes on at the next sync ({error})"
        if not self._days and not self._posts and not reason:
            return None
        return f"history: {self._days} days, {self._posts} posts{reason}"[:200]

    def _fill_piece(self) -> None:
        if self._past.days_from > self._target.first_day:
            self._fill_days()
        elif self._past.posts < self._target.posts:
            self._fill_posts()
        else:
            self._past.is_filled = True
            self._load(self._new_harvest(), self._past)

    def _fill_days(self) -> None:
        first = max(self._target.first_day, self._past.days_from - timedelta(days=DAYS_PER_PIECE))
        last = self._past.days_from - timedelta(days=1)
        harvest = self._new_harvest()
        harvest.days.extend(self._fetcher.fetch_days(first, last))
        self._days += len(harvest.days)
        self._past.days_from = first
        self._load(harvest, self._past)

    def _fill_posts(self) -> None:
        wanted = min(POSTS_PER_PIECE, self._target.posts - self._past.posts)
        with self._spending.reserving(self._fetcher.platform, self._fetcher.plan(wanted, 0).cost_usd):
            older = self._fetcher.fetch_posts(wanted, until=self._past.posts_from, offset_hint=self._past.posts)
            harvest = self._new_harvest()
            harvest.posts.extend(listed.post for listed in older.listed)
            harvest.snapshots.extend(self._fetcher.fetch_snapshots(older.listed) if older.listed else [])
            self._note_posts(older, harvest)
            self._load(harvest, self._past)  # charges it, so the reservation lasts until here

    def _note_posts(self, older: PostList, harvest: Harvest) -> None:
        self._posts += len(harvest.posts)
        self._past.posts += len(harvest.posts)
        if harvest.posts:
            self._past.posts_from = min(post.published_at for post in harvest.posts)
        if older.is_complete or not harvest.posts:
            self._past.posts = self._target.posts  # the platform has no older ones
        covered = Coverage(DataSet.POSTS, self._past.posts_from, harvest.observed_at)
        harvest.coverage.append(covered)
