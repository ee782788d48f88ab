"""What may a sync cost? A cap per UTC day for the platform that bills by what is read (X), which stops before it is passed."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta

from core.clock import Clock
from core.domain import Platform
from core.errors import RateLimitedError, Reach
from core.ops.costs import looked_today, record_cost, spent_today
from core.ops.models import SyncStep
from core.ops.session import OperationsDatabase


class SpendingCap:
    """Lets reading begin only where its highest price still fits under the day's cap; thread-safe."""

    def __init__(self, database: OperationsDatabase, clock: Clock, *, cap_usd: float) -> None:
        self._database = database
        self._clock = clock
        self._cap_usd = cap_usd
        self._lock = threading.Lock()
        self._reserved_usd = 0.0

    @contextmanager
    def reserving(self, platform: Platform, price_usd: float) -> Iterator[None]:
        """Hold `price_usd` while something is read; RateLimitedError until midnight UTC where it does not fit."""
        with self._lock:
            self._check(platform, price_usd)
            self._reserved_usd += price_usd
        try:
            yield
        finally:
            with self._lock:
                self._reserved_usd -= price_usd

    def charge_look(self, step: SyncStep, gross_usd: float) -> None:
        """Record a look's price; X charges a post or profile once per UTC day, however often it is read."""
        if gross_usd == 0:
            return
        now = self._clock.now()
        with self._database.transaction() as session:
            before = looked_today(session, step.account_id, now=now)
            record_cost(session, step.id, cost_usd=max(0.0, gross_usd - before), fill_usd=0.0)

    def charge_fill(self, step: SyncStep, gross_usd: float) -> None:
        """Record the price of a piece of the past, whose posts nobody has read before."""
        if gross_usd == 0:
            return
        with self._database.transaction() as session:
            record_cost(session, step.id, cost_usd=gross_usd, fill_usd=gross_usd)

    def _check(self, platform: Platform, price_usd: float) -> None:
        if price_usd == 0:
            return
        now = self._clock.now()
        with self._database.reading() as session:
            spent = spent_today(session, platform, now=now)
        if spent + self._reserved_usd + price_usd <= self._cap_usd:
            return
        raise RateLimitedError(
            f"Today's cap of ${self._cap_usd:.2f} for X would be passed (${spent:.2f} are spent, this may cost"
            f" ${price_usd:.2f}): it goes on tomorrow. TIDELINE_X_DAILY_CAP_USD raises the cap.",
            retry_at=_next_midnight(now),
            reach=Reach.APP,
        )


def _next_midnight(now: datetime) -> datetime:
    return datetime.combine(now.date() + timedelta(days=1), time(), now.tzinfo)
