"""What happens to the demo's brands? Their past as a script of troubles and sign-ins, and what of it still holds today."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core.domain import Provider
from core.metrics import Aim, GoalMetric
from core.sandbox.brands import brand_at

DAYS = 90
"""For so long the demo's brands have been connected, and looked at once a day."""
HOURS = 48
"""For so long until now they have been looked at every hour."""
NEW_SINCE = timedelta(days=7)
_LEAST_AGO = timedelta(minutes=10)
"""The past ends before the present begins: the first syncs of a demo that starts at a full hour are none of it."""

_ENDING, _TROUBLED, _NEW = range(3)
"""Whose login ends soon, who has had troubles, and who was connected a week ago: the brands by their place."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A fault of the sandbox in its short form, and how long ago it began and ended (None = it goes on)."""

    fault: str
    began: timedelta
    ended: timedelta | None = None

    def is_met(self, ago: timedelta) -> bool:
        return self.began >= ago and (self.ended is None or self.ended < ago)


@dataclass(frozen=True, slots=True)
class SignIn:
    """A login of the sandbox signs in at a provider, so long ago; `provider` None = wherever it owns an account."""

    login: str
    ago: timedelta
    provider: Provider | None = None


@dataclass(frozen=True, slots=True)
class Remark:
    """What somebody has written about a day of a business."""

    business: str
    day: date
    text: str


@dataclass(frozen=True, slots=True)
class Story:
    """What happens to the first `businesses` brands in the `days` before `now`, of which the last `hours` are seen hourly."""

    now: datetime
    businesses: int
    days: int = DAYS
    hours: int = HOURS

    @property
    def moments(self) -> list[datetime]:
        """When everything is synced, oldest first."""
        newest = (self.now - _LEAST_AGO).replace(minute=0, second=0, microsecond=0)
        by_day = [timedelta(days=ago) for ago in range(self.days, 0, -1)]
        by_hour = [timedelta(hours=ago) for ago in range(self.hours, -1, -1)]
        return [newest - ago for ago in [*(ago for ago in by_day if ago > by_hour[0]), *by_hour]]

    @property
    def sign_ins(self) -> list[SignIn]:
        """Who signs in when: everybody at first, one brand a week ago, and one again after its login had ended."""
        began = timedelta(days=self.days)
        first = [
            SignIn(brand_at(place).slug, min(began, NEW_SINCE) if place == _NEW else began)
            for place in range(self.businesses)
        ]
        again = [SignIn(_troubled(), trouble.ended, Provider.X) for trouble in self._ended_logins() if trouble.ended]
        return first + again

    @property
    def troubles(self) -> list[Trouble]:
        """What goes wrong on the way."""
        outage = Trouble(f"facebook/{_troubled()}:unavailable", timedelta(hours=4), timedelta(hours=3))
        return [_RETIRED, *self._ended_logins(), *([outage] if self.businesses > _TROUBLED else [])]

    @property
    def remarks(self) -> list[Remark]:
        """What people have noted of it."""
        today = self.now.date()
        found = [
            Remark(
                _name(_TROUBLED),
                today - timedelta(days=20),
                "Signed in at X again. It had signed us out with the new password, and nobody saw it for four days.",
            ),
            Remark(_name(_ENDING), today - timedelta(days=11), "Winter menu: the campaign begins."),
        ]
        return [one for one in found if one.business in map(_name, range(self.businesses))]

    @property
    def aims(self) -> list[tuple[str, Aim]]:
        """What is aimed at, by business: a number for this month."""
        first = self.now.date().replace(day=1)
        last = first.replace(day=monthrange(first.year, first.month)[1])
        engagements = Aim(GoalMetric.ENGAGEMENTS, 16_000, first, last)
        return [(_name(_ENDING), engagements)] if self.businesses > _ENDING else []

    def _ended_logins(self) -> list[Trouble]:
        """Whose login ended without anybody's noticing for days: X tells nothing of the past, so the gap stays."""
        ended = Trouble(f"x/{_troubled()}:revoked_token", timedelta(days=24), timedelta(days=20))
        return [ended] if self.businesses > _TROUBLED and self.days > 24 else []


def present_faults(businesses: int) -> list[str]:
    """What of it holds today, and one login that ends in five days: faults of the sandbox that the demo's accounts live in."""
    ending = f"linkedin/{brand_at(_ENDING).slug}"
    until_renewed = [f"{ending}:no_refresh_token:times=1", f"{ending}:short_lived:times=1:days=5"]
    return [_RETIRED.fault, *(until_renewed if businesses > _ENDING else [])]


def _name(place: int) -> str:
    return brand_at(place).name


def _troubled() -> str:
    return brand_at(_TROUBLED).slug


_RETIRED = Trouble("facebook/*:metric_retired:metric=page_video_views", timedelta(days=12))
