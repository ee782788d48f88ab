"""How many follow on a given day? A curve in closed form: trend, weekday, noise, and a purge now and then."""

from datetime import date
from itertools import accumulate

from core.sandbox.chance import Chance

_MONDAY = date(2025, 1, 6).toordinal()  # the curve's zero
_WEEKDAY_GAIN = (1.15, 1.2, 1.2, 1.1, 1.0, 0.7, 0.65)
_GAIN_SO_FAR = tuple(accumulate(_WEEKDAY_GAIN))
_PURGE_EVERY_DAYS = 91


class FollowerCurve:
    """One account's followers at the end of any day, and who came and went."""

    def __init__(self, *, base: int, yearly_growth: float, key: str) -> None:
        self._base = base
        self._rate = yearly_growth / 365
        self._key = key
        self._known: dict[int, int] = {}

    def at_end(self, day: date) -> int:
        return self._at_end(day.toordinal())

    def gained_and_lost(self, day: date) -> tuple[int, int]:
        """Those who came and those who left: their difference is the day's step of the curve."""
        net = self.at_end(day) - self._at_end(day.toordinal() - 1)
        usual_loss = round(self._base * 0.0004 * Chance(self._key, "lost", day).unit())
        lost = max(usual_loss, -net)
        return net + lost, lost

    def _at_end(self, ordinal: int) -> int:
        if ordinal not in self._known:
            self._known[ordinal] = max(25, round(self._trend(ordinal) + self._noise(ordinal) - self._purged(ordinal)))
        return self._known[ordinal]

    def _trend(self, ordinal: int) -> float:
        weeks, weekday = divmod(ordinal - _MONDAY, 7)
        return self._base * (1 + self._rate * (7 * weeks + _GAIN_SO_FAR[weekday]))

    def _noise(self, ordinal: int) -> float:
        return Chance(self._key, "noise", ordinal).unit() * max(3.0, self._base * 0.0008)

    def _purged(self, ordinal: int) -> float:
        """Spam accounts removed on one day of a quarter, grown back by its end."""
        quarter, into = divmod(ordinal, _PURGE_EVERY_DAYS)
        chance = Chance(self._key, "purge", quarter)
        happens, at = chance.unit() < 0.6, int(chance.between(10, 70))
        if not happens or into < at:
            return 0.0
        size = self._base * chance.between(0.004, 0.012)
        return size * (_PURGE_EVERY_DAYS - into) / (_PURGE_EVERY_DAYS - at)
