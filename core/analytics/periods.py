"""Which days does a number cover? Inclusive ranges, counted in one place."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"a period cannot end on {self.last}, before it starts on {self.first}")

    @classmethod
    def ending(cls, last: date, *, days: int) -> Self:
        """The `days` days of which `last` is the last."""
        return cls(last - timedelta(days=days - 1), last)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> "Period | None":
        """What it is compared with, None for nothing: the equal number of days just before, unless it was chosen otherwise."""
        return Period.ending(self.first - timedelta(days=1), days=self.days)

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def __iter__(self) -> Iterator[date]:
        return (self.first + timedelta(days=offset) for offset in range(self.days))

    def days_after(self, day: date) -> int:
        """How many days of this period come after `day`."""
        return min(max((self.last - day).days, 0), self.days)


@dataclass(frozen=True, slots=True)
class Compared(Period):
    """A period with the earlier one that was chosen for it, None where it is compared with nothing."""

    earlier: Period | None = None

    @property
    def before(self) -> Period | None:
        return self.earlier
