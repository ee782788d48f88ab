"""What did an account see on a day? Numbers built from its posts and followers, restated until they are final."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.domain import AccountDay, PostSnapshot
from core.sandbox.chance import Chance
from core.sandbox.followers import FollowerCurve

_SPREAD = (0.52, 0.25, 0.12, 0.06, 0.03, 0.02)  # how a post's views fall on its first days
_FINAL_AFTER_H = 48
_FIRST_FIGURE = 0.85  # a day's number at its end, against the final one
_WEEKDAY = (1.0, 1.08, 1.1, 1.05, 0.95, 0.8, 0.85)


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """The UTC instant at which the day begins in the zone."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def each_day(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=step) for step in range((last - first).days + 1))


class DayBook:
    """An account's days: a pure function of the day and of the instant asked at."""

    def __init__(
        self, *, key: str, zone: ZoneInfo, curve: FollowerCurve, settled_on: Callable[[date], list[PostSnapshot]]
    ) -> None:
        self._key = key
        self._zone = zone
        self._curve = curve
        self._settled_on = settled_on
        self._final: dict[date, AccountDay] = {}

    def find(self, day: date, now: datetime) -> AccountDay | None:
        """The day as known at `now`, None before it begins."""
        known = self._share_known(day, now)
        if known <= 0:
            return None
        final = self._final.get(day) or self._final.setdefault(day, self._finished(day))
        return final if known >= 1 else _partly(final, known)

    def followers(self, now: datetime) -> int:
        """Followers between yesterday's end and today's, by the hour."""
        today = now.astimezone(self._zone).date()
        start = day_start(today, self._zone)
        before, after = self._curve.at_end(today - timedelta(days=1)), self._curve.at_end(today)
        return before + round((after - before) * ((now - start) / timedelta(days=1)))

    def _share_known(self, day: date, now: datetime) -> float:
        hours = (now - day_start(day + timedelta(days=1), self._zone)) / timedelta(hours=1)
        if hours < 0:
            return _FIRST_FIGURE * (1 + hours / 24)
        return min(1.0, _FIRST_FIGURE + (1 - _FIRST_FIGURE) * hours / _FINAL_AFTER_H)

    def _from_posts(self, day: date) -> dict[str, float]:
        total = dict.fromkeys(
            ("impressions", "reach", "likes", "comments", "shares", "saves", "clicks", "video_views"), 0.0
        )
        for ago, share in enumerate(_SPREAD):
            for snapshot in self._settled_on(day - timedelta(days=ago)):
                for name in total:
                    total[name] += share * (getattr(snapshot, name) or 0)
        return total

    def _finished(self, day: date) -> AccountDay:
        followers = self._curve.at_end(day)
        gained, lost = self._curve.gained_and_lost(day)
        chance = Chance(self._key, "day", day)
        visits = followers * 0.006 * _WEEKDAY[day.weekday()] * chance.between(0.7, 1.3)
        shown = self._from_posts(day)
        shown["impressions"] += visits * chance.between(2.5, 4.0)
        shown["reach"] = min(shown["impressions"] * 0.9, shown["reach"] + visits * 1.6)
        counts = {name: round(value) for name, value in shown.items()}
        return AccountDay(
            day,
            followers=followers,
            followers_gained=gained,
            followers_lost=lost,
            profile_views=round(visits),
            link_clicks=round(visits * 0.06),
            engagements=counts["likes"] + counts["comments"] + counts["shares"] + counts["saves"],
            **counts | {"clicks": counts["clicks"] + round(visits * 0.12)},
        )


_COUNTED = ("impressions", "reach", "profile_views", "clicks", "link_clicks", "video_views", "engagements", "likes",
            "comments", "shares", "saves")  # fmt: skip


def _partly(final: AccountDay, share: float) -> AccountDay:
    counted = {name: int((getattr(final, name) or 0) * share) for name in _COUNTED}
    return AccountDay(
        final.day,
        followers=final.followers,
        followers_gained=final.followers_gained,
        followers_lost=final.followers_lost,
        **counted,
    )
