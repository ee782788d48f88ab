"""What is the made-up world like at an instant? Accounts whose posts follow from seed, account and day alone."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import exp
from zoneinfo import ZoneInfo

from core.domain import AccountDay, Platform, PostSnapshot
from core.sandbox.brands import Brand, brand_at, compose
from core.sandbox.chance import Chance, digits
from core.sandbox.days import DayBook, each_day
from core.sandbox.followers import FollowerCurve
from core.sandbox.identifiers import make_post_id, permalink_of, published_at_of
from core.sandbox.traits import TRAITS, settled, shown
from core.sandbox.world import Login, World, WorldPost, day_zone

_MONTHS_LISTED = 13
_POSTS_BY_WEEKDAY = (1.2, 1.25, 1.25, 1.2, 1.1, 0.55, 0.45)
_HOURS = (8, 9, 10, 11, 12, 12, 13, 15, 16, 17, 18, 19, 20)
_COUNTERS = ("impressions", "reach", "likes", "comments", "shares", "saves", "clicks", "video_views")
_ACTIONS = ("likes", "comments", "shares", "saves", "clicks")
_MAY_FALL = ("likes", "shares", "comments")


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowingPost(WorldPost):
    """A post whose counters grow towards `final`; on some, likes are taken back `falls_after_h` hours later."""

    final: PostSnapshot
    settles_in_h: float
    falls_after_h: float | None = None
    fall: float = 0.0

    def counters(self, now: datetime) -> PostSnapshot:
        age_h = (now - self.published_at) / timedelta(hours=1)
        share = 1 - exp(-min(age_h / self.settles_in_h, 10.0))
        grown = {name: round(value * share) for name in _COUNTERS if (value := getattr(self.final, name)) is not None}
        if self.falls_after_h is not None and age_h >= self.falls_after_h:
            grown |= {name: _fallen(grown[name], self.fall) for name in _MAY_FALL}
        return PostSnapshot(self.post_id, **grown, engagements=sum(grown.get(name, 0) for name in _ACTIONS))


def _fallen(value: int, share: float) -> int:
    return max(0, value - max(1, round(value * share)))


@dataclass(frozen=True, slots=True)
class _Listing:
    """The posts to be seen, and the instants between which nothing changes about that."""

    since: datetime
    until: datetime
    posts: tuple[WorldPost, ...]


class BrandAccount:
    """A brand's account on one platform."""

    def __init__(self, *, seed: int, brand: Brand, platform: Platform) -> None:
        self.platform = platform
        self.name = brand.name
        self.handle = brand.slug.replace("-", "")
        self.external_id = _external_id(seed, brand.slug, platform)
        self._brand = brand
        self._key = f"{seed}|{brand.slug}|{platform}"
        self._traits = TRAITS[platform]
        self._zone = ZoneInfo(brand.timezone)
        base = round(brand.followers * self._traits.audience * Chance(self._key, "size").between(0.7, 1.4))
        self._curve = FollowerCurve(base=base, yearly_growth=brand.yearly_growth, key=self._key)
        self._book = DayBook(
            key=self._key, zone=ZoneInfo(day_zone(platform)), curve=self._curve, settled_on=self._settled_on
        )
        self._by_day: dict[date, tuple[GrowingPost, ...]] = {}
        self._listing: _Listing | None = None

    def posts(self, now: datetime) -> Sequence[WorldPost]:
        listing = self._listing
        if listing is None or not listing.since <= now < listing.until:
            listing = self._listing = self._look_around(now)
        return listing.posts

    def find_post(self, post_id: str, now: datetime) -> WorldPost | None:
        post = self._find_ever(post_id)
        return post if post and post.is_public(now) else None

    def has_post(self, post_id: str, now: datetime) -> bool:
        post = self._find_ever(post_id)
        return post is not None and post.published_at <= now

    def followers(self, now: datetime) -> int | None:
        return self._book.followers(now)

    def days(self, first: date, last: date, now: datetime) -> list[AccountDay]:
        last = min(last, now.date() + timedelta(days=1))
        return [day for each in each_day(first, last) if (day := self._book.find(each, now))]

    def _look_around(self, now: datetime) -> _Listing:
        today = now.astimezone(self._zone).date()
        known = [post for day in each_day(_first_listed(today), today) for post in self._on(day)]
        known.sort(key=lambda post: (post.published_at, post.post_id))
        changes = [moment for post in known for moment in (post.published_at, post.deleted_at) if moment]
        changes.append(datetime.combine(today + timedelta(days=1), time(), self._zone).astimezone(UTC))
        until = min(moment for moment in changes if moment > now)
        published = known[: bisect_right(known, now, key=lambda post: post.published_at)]
        return _Listing(now, until, tuple(post for post in published if post.is_public(now)))

    def _find_ever(self, post_id: str) -> GrowingPost | None:
        published_at = published_at_of(self.platform, post_id)
        if published_at is None:
            return None
        day = published_at.astimezone(self._zone).date()
        return next((post for post in self._on(day) if post.post_id == post_id), None)

    def _settled_on(self, day: date) -> list[PostSnapshot]:
        return [post.final for post in self._on(day)]

    def _on(self, day: date) -> tuple[GrowingPost, ...]:
        if day not in self._by_day:
            expected = self._brand.posts_per_week * self._traits.volume / 7 * _POSTS_BY_WEEKDAY[day.weekday()]
            many = int(expected + Chance(self._key, "count", day).unit())
            self._by_day[day] = tuple(self._write(day, number) for number in range(many))
        return self._by_day[day]

    def _write(self, day: date, number: int) -> GrowingPost:
        chance = Chance(self._key, "post", day, number)
        kind = chance.pick_weighted(self._traits.kinds)
        moment = time(chance.pick(_HOURS), int(chance.between(0, 60)), int(chance.between(0, 60)))
        published_at = datetime.combine(day, moment, self._zone).astimezone(UTC)
        post_id = make_post_id(self.platform, self.external_id, kind, published_at, chance)
        text, link = compose(self._brand, self.platform, kind, chance)
        impressions = shown(
            self._traits,
            kind,
            followers=self._curve.at_end(day),
            weekday=day.weekday(),
            hour=moment.hour,
            chance=chance,
        )
        return GrowingPost(
            post_id=post_id,
            kind=kind,
            published_at=published_at,
            text=text,
            link=link,
            permalink=permalink_of(self.platform, self.handle, post_id),
            deleted_at=_deletion(published_at, chance),
            hides_likes=self.platform is Platform.INSTAGRAM and chance.unit() < 0.08,
            final=settled(post_id, self._traits, kind, impressions, chance),
            settles_in_h=self._traits.settles_in_h * chance.between(0.7, 1.3),
            falls_after_h=chance.between(120, 480) if chance.unit() < 0.12 else None,
            fall=chance.between(0.02, 0.08),
        )


def build_world(seed: int = 1, businesses: int = 3) -> World:
    """The made-up world: one login per business, owning its page on every platform."""
    return World(seed, tuple(_login(seed, brand_at(index)) for index in range(businesses)))


def _login(seed: int, brand: Brand) -> Login:
    accounts = tuple(BrandAccount(seed=seed, brand=brand, platform=platform) for platform in Platform)
    return Login(brand.slug, brand.name, brand.timezone, accounts)


def _external_id(seed: int, slug: str, platform: Platform) -> str:
    if platform is Platform.INSTAGRAM:
        return "17841" + digits(12, seed, slug, platform)
    length = {Platform.LINKEDIN: 8, Platform.X: 10, Platform.FACEBOOK: 15}[platform]
    return digits(length, seed, slug, platform)


def _first_listed(today: date) -> date:
    """The first of the month 13 months ago: the list loses its oldest month at once, not a post a day."""
    months = today.year * 12 + today.month - 1 - _MONTHS_LISTED
    return date(months // 12, months % 12 + 1, 1)


def _deletion(published_at: datetime, chance: Chance) -> datetime | None:
    """Now and then a post is taken down some days later."""
    happens, days = chance.unit() < 0.025, chance.between(1, 12)
    return published_at + timedelta(days=days) if happens else None
