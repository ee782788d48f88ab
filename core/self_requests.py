"""Which syncs does the sidecar ask for by itself? Those whose turn has come, those that are overdue, and those that go on."""

from collections.abc import Mapping
from datetime import timedelta

from core.clock import Clock
from core.domain import Platform, RunTrigger
from core.ops import runs, schedules
from core.ops.session import OperationsDatabase


class SelfRequests:
    """Asks in the operations database, as a person would."""

    def __init__(self, database: OperationsDatabase, clock: Clock, at_most_every: Mapping[Platform, timedelta]) -> None:
        self._database = database
        self._clock = clock
        self._at_most_every = at_most_every

    def hourly(self) -> None:
        """At every full hour: ask for a run of every business without a schedule of its own."""
        with self._database.reading() as session:
            hourly = runs.list_hourly(session)
        for business_id in hourly:
            self._request_due(business_id)

    def own(self, business_id: int) -> None:
        """Ask for a run of a business whose own schedule has come round."""
        self._request_due(business_id)
        with self._database.transaction() as session:
            schedules.record_turn(session, business_id, at=self._clock.now())

    def overdue(self) -> None:
        """After a start or a sleep: ask for one run of every business whose data is older than its schedule."""
        now = self._clock.now()
        with self._database.reading() as session:
            overdue = runs.list_overdue(session, now=now)
        for business_id in overdue:
            runs.request_run(self._database, business_id, RunTrigger.CATCH_UP, now=now)
            with self._database.transaction() as session:
                schedules.record_turn(session, business_id, at=now)

    def interrupted(self) -> None:
        """At the start: what was cut short goes on, also where its business is not overdue."""
        with self._database.reading() as session:
            interrupted = runs.list_interrupted(session)
        for business_id, account_ids in interrupted.items():
            runs.request_run(
                self._database, business_id, RunTrigger.CATCH_UP, now=self._clock.now(), account_ids=account_ids
            )

    def retries(self) -> None:
        """Accounts that had to wait go on by themselves, each in a run of its own."""
        now = self._clock.now()
        with self._database.reading() as session:
            if not runs.has_due_retries(session, now=now):
                return
        with self._database.transaction() as session:
            runs.request_retries(session, now=now)

    def _request_due(self, business_id: int) -> None:
        now = self._clock.now()
        with self._database.reading() as session:
            account_ids = runs.list_due_accounts(session, business_id, self._at_most_every, now=now)
        if account_ids:
            runs.request_run(self._database, business_id, RunTrigger.SCHEDULE, now=now, account_ids=account_ids)
