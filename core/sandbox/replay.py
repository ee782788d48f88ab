"""What did real accounts look like? Recorded posts and days, each account moved to the present by whole weeks."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from core.domain import AccountDay, Platform, PostSnapshot
from core.errors import ConfigError
from core.sandbox.chance import digits
from core.sandbox.cursors import position_of
from core.sandbox.days import day_start
from core.sandbox.replay_rows import AccountKey, PostRow, read_days, read_posts
from core.sandbox.world import Login, World, WorldPost, day_zone

_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedPost(WorldPost):
    """A recorded post: its counters are what the file says, whenever they are asked for."""

    recorded: PostSnapshot

    def counters(self, now: datetime) -> PostSnapshot:  # noqa: ARG002  # recorded once, for good
        return self.recorded


class ReplayAccount:
    """One account of the files."""

    def __init__(self, key: AccountKey, posts: Sequence[ReplayedPost], days: Sequence[AccountDay]) -> None:
        self.platform, self.name = key
        self.handle = self.name
        self.external_id = external_id(key)
        self._posts = tuple(sorted(posts, key=position_of))
        self._by_id = {post.post_id: post for post in posts}
        self._days = sorted(days, key=lambda day: day.day)
        self._zone = ZoneInfo(day_zone(self.platform))

    def posts(self, now: datetime) -> Sequence[WorldPost]:
        return self._posts[: bisect_right(self._posts, now, key=lambda post: post.published_at)]

    def find_post(self, post_id: str, now: datetime) -> WorldPost | None:
        post = self._by_id.get(post_id)
        return post if post and post.is_public(now) else None

    def has_post(self, post_id: str, now: datetime) -> bool:
        return self.find_post(post_id, now) is not None

    def followers(self, now: datetime) -> int | None:
        begun = self._days[: bisect_right(self._days, self._today(now), key=lambda day: day.day)]
        return next((day.followers for day in reversed(begun) if day.followers is not None), None)

    def days(self, first: date, last: date, now: datetime) -> list[AccountDay]:
        end = min(last, self._today(now))
        return [day for day in self._days if first <= day.day <= end and day_start(day.day, self._zone) <= now]

    def _today(self, now: datetime) -> date:
        return now.astimezone(self._zone).date()


def load_replay(folder: Path, now: datetime, *, seed: int = 1) -> World:
    """The world of `folder`, or ConfigError naming the file, row and column that is wrong."""
    posts, days = read_posts(folder), read_days(folder)
    keys = list(dict.fromkeys([row.account for row in posts] + list(days)))
    if not keys:
        raise ConfigError("posts.csv and account_days.csv are empty; add a row to one of them.")
    by_account: dict[AccountKey, list[PostRow]] = {key: [] for key in keys}
    for row in posts:
        by_account[row.account].append(row)
    names = [key[1] for key in keys]
    logins = [_login(key, by_account[key], days.get(key, []), now, is_alone=names.count(key[1]) == 1) for key in keys]
    return World(seed, tuple(logins), limited=False)


def _login(key: AccountKey, rows: list[PostRow], days: list[AccountDay], now: datetime, *, is_alone: bool) -> Login:
    shift = _shift(rows, days, now)
    account = ReplayAccount(
        key,
        [_replayed(row, shift) for row in rows],
        [replace(day, day=day.day + shift) for day in days],
    )
    platform, name = key
    hosts = (ReplayAccount((Platform.FACEBOOK, name), [], []),) if platform is Platform.INSTAGRAM else ()
    return Login(name if is_alone else f"{name} ({platform})", name, "UTC", (account,), hosts)


def _shift(rows: list[PostRow], days: list[AccountDay], now: datetime) -> timedelta:
    """The whole weeks that bring the newest post into the week before `now`."""
    if rows:
        return (now - max(row.published_at for row in rows)) // _WEEK * _WEEK
    return (now.date() - max(day.day for day in days)) // _WEEK * _WEEK


def _replayed(row: PostRow, shift: timedelta) -> ReplayedPost:
    post_id = platform_id(row.account, row.counters.post_id)
    return ReplayedPost(
        post_id=post_id,
        kind=row.kind,
        published_at=row.published_at + shift,
        text=row.text,
        permalink=row.permalink,
        recorded=replace(row.counters, post_id=post_id),
    )


def external_id(key: AccountKey) -> str:
    """The number under which the platform would know the account."""
    platform, name = key
    if platform is Platform.INSTAGRAM:
        return "17841" + digits(12, "replay", platform, name)
    return digits(9 if platform is Platform.LINKEDIN else 15, "replay", platform, name)


def platform_id(key: AccountKey, post_id: str) -> str:
    """The post's id in the platform's shape; X's are kept as they are."""
    platform, name = key
    if platform is Platform.X:
        return post_id
    number = digits(17, "replay", platform, name, post_id)
    return {
        Platform.LINKEDIN: f"urn:li:share:{digits(19, 'replay', platform, name, post_id)}",
        Platform.FACEBOOK: f"{external_id(key)}_{number}",
    }.get(platform, number)
