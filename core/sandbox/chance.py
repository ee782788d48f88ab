"""How does the sandbox roll dice that always fall the same? Numbers that follow from a key alone."""

import struct
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import count
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """Repeatable luck: the same key gives the same draws, in every process and on every machine."""

    def __init__(self, *key: object) -> None:
        self._draws = _draws("|".join(map(str, key)))

    def unit(self) -> float:
        """A number in [0, 1)."""
        return next(self._draws) / 2**32

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self.unit()

    def bell(self) -> float:
        """A number around 0, mostly within ±0.5, never beyond ±1.5."""
        return self.unit() + self.unit() + self.unit() - 1.5

    def pick(self, options: Sequence[T]) -> T:
        return options[int(self.unit() * len(options))]

    def pick_weighted(self, weights: dict[T, float]) -> T:
        left = self.unit() * sum(weights.values())
        for option, weight in weights.items():
            left -= weight
            if left < 0:
                return option
        return option


def digits(length: int, *key: object) -> str:
    """A number of exactly `length` digits that follows from the key."""
    number = int.from_bytes(blake2b("|".join(map(str, key)).encode(), digest_size=16).digest())
    lowest = 10 ** (length - 1)
    return str(lowest + number % (9 * lowest))


def _draws(key: str) -> Iterator[int]:
    for block in count():
        yield from struct.unpack("<16I", blake2b(f"{key}|{block}".encode(), digest_size=64).digest())
