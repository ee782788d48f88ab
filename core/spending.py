"""What may a sync cost? Caps for the platform that bills by what is read (X): one a UTC day, one a business and month.

Both stop before they are passed.
"""

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from core.clock import Clock
from core.domain import Platform
from core.errors import RateLimitedError, Reach
from core.ops.businesses import find_business
from core.ops.costs import looked_today, next_midnight, next_month, record_cost, spent_this_month, spent_today
from core.ops.models import Business, SyncStep
from core.ops.session import OperationsDatabase


class SpendingCap:
    """Lets reading begin only where its highest price still fits under the caps; thread-safe."""

    def __init__(self, database: OperationsDatabase, clock: Clock, *, cap_usd: float) -> None:
        self._database = database
        self._clock = clock
        self._cap_usd = cap_usd
        self._lock = threading.Lock()
        self._reserved_usd: defaultdict[int, float] = defaultdict(float)

    def of(self, business_id: int) -> "Purse":
        """The caps as one business meets them."""
        return Purse(self, business_id)

    @contextmanager
    def reserving(self, business_id: int, platform: Platform, price_usd: float) -> Iterator[None]:
        """Hold `price_usd` while something is read; RateLimitedError where it does not fit, until it may."""
        if price_usd == 0:
            yield
            return
        with self._lock:
            self._check(business_id, platform, price_usd)
            self._reserved_usd[business_id] += price_usd
        try:
            yield
        finally:
            with self._lock:
                self._reserved_usd[business_id] -= price_usd

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

    def _check(self, business_id: int, platform: Platform, price_usd: float) -> None:
        now = self._clock.now()
        with self._database.reading() as session:
            spent = spent_today(session, platform, now=now)
            business = find_business(session, business_id)
            cap = business.x_monthly_cap_usd if business else None
            month = spent_this_month(session, business_id, now=now) if cap is not None else 0.0
        if spent + sum(self._reserved_usd.values()) + price_usd > self._cap_usd:
            raise self._too_much_today(spent, price_usd, now)
        if business is not None and cap is not None and month + self._reserved_usd[business_id] + price_usd > cap:
            raise _too_much_this_month(business, cap, month, price_usd, now=now)

    def _too_much_today(self, spent: float, price_usd: float, now: datetime) -> RateLimitedError:
        return RateLimitedError(
            f"Today's cap of ${self._cap_usd:.2f} for X would be passed (${spent:.2f} are spent, this may cost"
            f" ${price_usd:.2f}): it goes on tomorrow. TIDELINE_X_DAILY_CAP_USD raises the cap.",
            retry_at=next_midnight(now),
            reach=Reach.APP,
        )


class Purse:
    """The caps as one business meets them."""

    def __init__(self, cap: SpendingCap, business_id: int) -> None:
        self._cap = cap
        self._business_id = business_id

    @contextmanager
    def reserving(self, platform: Platform, price_usd: float) -> Iterator[None]:
        """Hold `price_usd` while something is read for the business."""
        with self._cap.reserving(self._business_id, platform, price_usd):
            yield


def _too_much_this_month(
    business: Business, cap: float, spent: float, price_usd: float, *, now: datetime
) -> RateLimitedError:
    begins = next_month(now)
    return RateLimitedError(
        f"This month's cap of ${cap:.2f} for X of {business.name} would be passed (${spent:.2f} are spent, this may cost"
        f" ${price_usd:.2f}): it goes on on {begins.day} {begins:%B}. The settings of the business raise the cap.",
        retry_at=begins,
    )
