"""What does one sync read of one account? Profile, posts, their counters, days: a data set that fails costs itself alone.

Only the counters need an answer that came before, the list of posts; everything else is asked side by side.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from core.domain import AccountDay, Coverage, DataSet, Harvest, PostSnapshot, Profile
from core.errors import FetchError, RateLimitedError, ReconnectNeededError, StoppedError
from core.fetchers.base import Fetcher, PostList
from core.metrics import ACCOUNT_METRICS, POST_METRICS, Grain, Metric

_ENDS_THE_READING = (RateLimitedError, ReconnectNeededError, StoppedError)


class HarvestReader:
    """Reads one account into a Harvest; `error` keeps the first thing that went wrong, in the order of the data sets."""

    def __init__(self, fetcher: Fetcher, *, account_id: int, run_id: int, now: datetime) -> None:
        self.error: FetchError | None = None
        self._fetcher = fetcher
        self._now = now
        self._today = now.astimezone(ZoneInfo(fetcher.day_zone)).date()
        self._harvest = Harvest(account_id=account_id, run_id=run_id, observed_at=now)

    def read(self, posts: int, *, first_day: date | None, since: datetime | None = None) -> Harvest:
        """All that could be read. A lost login, a rate limit or a stop ends the reading, any other error only its data set.

        `first_day`: the days from then on, None for no days; `since`: only posts published since then. What is asked side by
        side is kept in the order of the data sets, so that the harvest is what one request after the other would have brought.
        """
        with ThreadPoolExecutor(4, thread_name_prefix="harvest") as pool:
            profile = pool.submit(self._fetcher.fetch_profile)
            found = pool.submit(self._fetcher.fetch_posts, posts, since=since)
            snapshots = pool.submit(self._fetch_snapshots, found)
            days = pool.submit(self._fetch_days, first_day)
            self._keep_in_order(
                (profile, self._keep_profile),
                (found, partial(self._keep_posts, since=since)),
                (snapshots, self._keep_snapshots),
                (days, partial(self._keep_days, first_day=first_day)),
            )
        return self._harvest

    def _keep_in_order(self, *answers: tuple[Future[Any], Callable[[Any], None]]) -> None:
        for answer, keep in answers:
            try:
                keep(answer.result())
            except FetchError as error:
                self.error = self.error or error
                if isinstance(error, _ENDS_THE_READING):
                    return

    def _fetch_snapshots(self, found: Future[PostList]) -> list[PostSnapshot] | None:
        """The counters of the posts; None where the posts could not be read: nobody has looked at their numbers."""
        if found.exception() is not None or isinstance(self.error, _ENDS_THE_READING):
            return None
        listed = found.result().listed
        return self._fetcher.fetch_snapshots(listed) if listed else []

    def _fetch_days(self, first_day: date | None) -> list[AccountDay] | None:
        """The days the platform has closed, from `first_day` to yesterday in its own zone; None where none are asked."""
        if first_day is None or not offers_days(self._fetcher):
            return None
        return self._fetcher.fetch_days(first_day, self._today - timedelta(days=1))

    def _keep_profile(self, profile: Profile) -> None:
        self._harvest.profile = profile
        if profile.followers is not None:
            self._harvest.days.append(AccountDay(self._today, followers=profile.followers))
        answered = ("followers",) if profile.followers is not None else ()
        self._cover(DataSet.PROFILE, self._now, self._now, answered)

    def _keep_posts(self, found: PostList, *, since: datetime | None) -> None:
        self._harvest.posts.extend(item.post for item in found.listed)
        oldest = min((item.post.published_at for item in found.listed), default=None)
        self._cover(DataSet.POSTS, since if since and found.is_complete else oldest, self._now)

    def _keep_snapshots(self, snapshots: list[PostSnapshot] | None) -> None:
        if snapshots is None:
            return
        self._harvest.snapshots.extend(snapshots)
        self._cover(DataSet.POST_METRICS, self._now, self._now, _answered(snapshots, POST_METRICS))

    def _keep_days(self, days: list[AccountDay] | None, *, first_day: date | None) -> None:
        if days is None:
            return
        self._harvest.days.extend(days)
        newest = max((day.day for day in days), default=None)
        self._cover(DataSet.ACCOUNT_DAYS, _midnight(first_day), _midnight(newest), _answered(days, ACCOUNT_METRICS))

    def _cover(
        self, data_set: DataSet, first: datetime | None, last: datetime | None, metrics: tuple[str, ...] = ()
    ) -> None:
        self._harvest.coverage.append(Coverage(data_set, first, last, metrics))


def offers_days(fetcher: Fetcher) -> bool:
    """Whether the platform gives numbers per day; today's followers alone come with the profile."""
    return any(grain is Grain.ACCOUNT_DAY and metric is not Metric.FOLLOWERS for grain, metric in fetcher.offers)


def _answered(records: Sequence[PostSnapshot | AccountDay], metrics: Sequence[Metric]) -> tuple[str, ...]:
    """The metrics that at least one record has a number for."""
    return tuple(m.value for m in metrics if any(getattr(record, m.value) is not None for record in records))


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), UTC) if day else None
