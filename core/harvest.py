"""What does one sync read of one account? Profile, posts, their counters, days: a data set that fails costs itself alone."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.domain import AccountDay, Coverage, DataSet, Harvest, PostSnapshot
from core.errors import FetchError, RateLimitedError, ReconnectNeededError
from core.fetchers.base import Fetcher, ListedPost
from core.metrics import ACCOUNT_METRICS, POST_METRICS, Grain, Metric

_ENDS_THE_READING = (RateLimitedError, ReconnectNeededError)


class HarvestReader:
    """Reads one account into a Harvest; `error` keeps the first thing that went wrong."""

    def __init__(self, fetcher: Fetcher, *, account_id: int, run_id: int, now: datetime) -> None:
        self.error: FetchError | None = None
        self._fetcher = fetcher
        self._now = now
        self._today = now.astimezone(ZoneInfo(fetcher.day_zone)).date()
        self._listed: list[ListedPost] | None = None
        self._harvest = Harvest(account_id=account_id, run_id=run_id, observed_at=now)

    def read(self, posts: int, *, first_day: date | None, since: datetime | None = None) -> Harvest:
        """All that could be read. A lost login or a rate limit ends the reading, any other error only its data set.

        `first_day`: the days from then on, None for no days; `since`: only posts published since then.
        """
        steps: list[Callable[[], None]] = [
            self._read_profile,
            lambda: self._read_posts(posts, since),
            self._read_snapshots,
            lambda: self._read_days(first_day),
        ]
        for step in steps:
            if not self._succeeds_or_may_go_on(step):
                break
        return self._harvest

    def _succeeds_or_may_go_on(self, step: Callable[[], None]) -> bool:
        try:
            step()
        except FetchError as error:
            self.error = self.error or error
            return not isinstance(error, _ENDS_THE_READING)
        return True

    def _read_profile(self) -> None:
        profile = self._fetcher.fetch_profile()
        self._harvest.profile = profile
        if profile.followers is not None:
            self._harvest.days.append(AccountDay(self._today, followers=profile.followers))
        answered = ("followers",) if profile.followers is not None else ()
        self._cover(DataSet.PROFILE, self._now, self._now, answered)

    def _read_posts(self, limit: int, since: datetime | None) -> None:
        found = self._fetcher.fetch_posts(limit, since=since)
        self._listed = found.listed
        self._harvest.posts.extend(item.post for item in found.listed)
        oldest = min((item.post.published_at for item in found.listed), default=None)
        self._cover(DataSet.POSTS, since if since and found.is_complete else oldest, self._now)

    def _read_snapshots(self) -> None:
        if self._listed is None:  # the posts could not be read: nobody has looked at their numbers
            return
        snapshots = self._fetcher.fetch_snapshots(self._listed) if self._listed else []
        self._harvest.snapshots.extend(snapshots)
        self._cover(DataSet.POST_METRICS, self._now, self._now, _answered(snapshots, POST_METRICS))

    def _read_days(self, first_day: date | None) -> None:
        """The days the platform has closed: from `first_day` to yesterday in its own zone."""
        if first_day is None or not _offers_days(self._fetcher):
            return
        days = self._fetcher.fetch_days(first_day, self._today - timedelta(days=1))
        self._harvest.days.extend(days)
        newest = max((day.day for day in days), default=None)
        self._cover(DataSet.ACCOUNT_DAYS, _midnight(first_day), _midnight(newest), _answered(days, ACCOUNT_METRICS))

    def _cover(
        self, data_set: DataSet, first: datetime | None, last: datetime | None, metrics: tuple[str, ...] = ()
    ) -> None:
        self._harvest.coverage.append(Coverage(data_set, first, last, metrics))


def _offers_days(fetcher: Fetcher) -> bool:
    """Whether the platform gives numbers per day; today's followers alone come with the profile."""
    return any(grain is Grain.ACCOUNT_DAY and metric is not Metric.FOLLOWERS for grain, metric in fetcher.offers)


def _answered(records: Sequence[PostSnapshot | AccountDay], metrics: Sequence[Metric]) -> tuple[str, ...]:
    """The metrics that at least one record has a number for."""
    return tuple(m.value for m in metrics if any(getattr(record, m.value) is not None for record in records))


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), UTC) if day else None
