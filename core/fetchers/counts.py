"""What has an account's step asked so far, and what may it have cost?"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class CallCounts:
    """What one account's step has asked so far; `waited_s` is the time spent waiting before retries."""

    requests: int = 0
    retries: int = 0
    waited_s: float = 0.0
    cost_usd: float = 0.0
    _charged: set[str] = field(default_factory=set, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, *, requests: int = 0, retries: int = 0, waited_s: float = 0.0) -> None:
        with self._lock:
            self.requests += requests
            self.retries += retries
            self.waited_s += waited_s

    def charge(self, resources: Iterable[str], price_usd: float) -> None:
        """Add the price of each resource that is not charged yet: what is billed once a day costs nothing when read again."""
        with self._lock:
            new = set(resources) - self._charged
            self._charged |= new
            self.cost_usd += len(new) * price_usd
