"""Who syncs? The sidecar: it asks for runs on the hour, claims what was asked for, and says that it lives."""

import logging
import os
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from core.chores import Chore, Chores
from core.clock import Clock
from core.domain import Platform, RunState
from core.ops import runs, sidecars
from core.ops.activities import prune_activities
from core.ops.models import SyncRun
from core.ops.session import OperationsDatabase
from core.own_schedules import OwnSchedules
from core.self_requests import SelfRequests
from core.stopping import RunStop
from core.sync import SyncEngine
from core.timetable import Timetable

log = logging.getLogger(__name__)

TICK_S = 0.5
BEAT_EVERY = timedelta(seconds=2)
RUNS_AT_ONCE = 16
FILLS_AT_ONCE = 4
"""So many runs that fill in the past, which may take hours, are carried out beside the syncs."""
SHUTDOWN_S = 30.0
MOST_PATIENCE_S = 10.0
KEEP_RUNS = timedelta(days=90)
KEEP_ACTIVITIES = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class _Flight:
    """A run that is being carried out, and the word that ends it."""

    run_id: int
    is_fill: bool
    stop: RunStop


class Sidecar:
    """The loop around the sync engine. One thread loops; runs are carried out in a pool."""

    def __init__(  # noqa: PLR0913  # what it joins
        self,
        *,
        database: OperationsDatabase,
        engine: SyncEngine,
        clock: Clock,
        at_most_every: Mapping[Platform, timedelta] = MappingProxyType({}),
        chores: Sequence[Chore] = (),
        stop: threading.Event | None = None,
        find_lack: Callable[[], str | None] = lambda: None,
    ) -> None:
        """`at_most_every`: platforms whose limits do not bear a look every hour; `chores`: what comes round beside the syncs.

        `find_lack`: the sentence that says what the machine lacks for another sync, None where nothing is lacking.
        """
        self._asking = SelfRequests(database, clock, at_most_every)
        self._database = database
        self._engine = engine
        self._clock = clock
        self._instance = f"{socket.gethostname()}:{os.getpid()}"
        self._pool = ThreadPoolExecutor(RUNS_AT_ONCE + FILLS_AT_ONCE, "run")
        self._active: dict[Future[None], _Flight] = {}
        self._chores = Chores(clock, chores)
        self._find_lack = find_lack
        self._lack: str | None = None
        self._faults = 0
        self._pruned_at = datetime.min.replace(tzinfo=UTC)
        self._stop = stop or threading.Event()
        self.must_restart = False
        self._beaten_at = datetime.min.replace(tzinfo=UTC)
        self._timetable = Timetable(clock, on_missed=self._asking.overdue)
        self._timetable.every_hour(sidecars.ALL_JOB, "Sync Analytics for All Businesses", self._asking.hourly)
        self._own_schedules = OwnSchedules(
            database=database, timetable=self._timetable, clock=clock, request=self._asking.own
        )

    def stop(self) -> None:
        """Leave soon: claim no more, start no account, finish those in flight."""
        self._stop.set()

    def run_forever(self) -> bool:
        """Loop until `stop`. Whether everything in flight had ended when it left."""
        self._start()
        while not self._stop.is_set():
            self._tick()
            self._stop.wait(TICK_S)
        return self._leave()

    def _start(self) -> None:
        with self._database.transaction() as session:
            # The warehouse lets one process write, and that is us: whoever held these runs is dead.
            interrupted = runs.record_interrupted(session, now=self._clock.now())
            runs.request_interrupted_fills(session, now=self._clock.now())
        if interrupted:
            log.warning("%s run(s) of a sidecar that died are marked as interrupted", interrupted)
        self._engine.publish_if_missing()
        self._asking.overdue()
        self._asking.interrupted()
        log.info("the sidecar is running, next sync at %s", self._timetable.jobs()[0].next_run_time)

    def _tick(self) -> None:
        if not self._engine.is_usable:
            log.error("the warehouse cannot be used any more: the sidecar ends, so that it is opened anew")
            self.must_restart = True
            self._stop.set()
            return
        try:
            self._own_schedules.refresh()
            self._timetable.run_due()
            self._asking.retries()
            if self._lacks_nothing():
                self._claim_requested()
                self._chores.begin_due()
            self._cancel_asked()
            self._beat()
            self._prune()
        except SQLAlchemyError:  # a database that is locked or restarting: a later tick tries again, the log says why
            log.exception("the operations database did not answer")
            self._faults += 1
            self._stop.wait(min(2.0**self._faults, MOST_PATIENCE_S))
        else:
            self._faults = 0

    def _lacks_nothing(self) -> bool:
        """Whether another sync can be kept. What a lack has cut short is asked for again as soon as it is over."""
        lacked, self._lack = self._lack, self._find_lack()
        if self._lack and not lacked:
            log.error(self._lack)
        if lacked and not self._lack:
            log.info("there is room again: syncing goes on")
            self._asking.overdue()
        return self._lack is None

    def _prune(self) -> None:
        """Once a day: runs that ended long ago are forgotten; what they measured stays."""
        now = self._clock.now()
        if now - self._pruned_at < timedelta(days=1):
            return
        with self._database.transaction() as session:
            runs.prune(session, before=now - KEEP_RUNS)
            prune_activities(session, before=now - KEEP_ACTIVITIES)
        self._pruned_at = now

    def _claim_requested(self) -> None:
        self._active = {future: flight for future, flight in self._active.items() if not future.done()}
        while not self._stop.is_set():
            fills = sum(flight.is_fill for flight in self._active.values())
            run = self._claim(takes_syncs=len(self._active) - fills < RUNS_AT_ONCE, takes_fills=fills < FILLS_AT_ONCE)
            if run is None:
                return
            flight = _Flight(run.id, runs.fill_of(run) is not None, RunStop(self._stop))
            self._active[self._pool.submit(self._carry_out, run, flight.stop)] = flight

    def _claim(self, *, takes_syncs: bool, takes_fills: bool) -> SyncRun | None:
        with self._database.reading() as session:
            if not runs.has_requested(session, takes_syncs=takes_syncs, takes_fills=takes_fills):
                return None
        with self._database.transaction(is_durable=True) as session:  # the warehouse will name the run
            return runs.claim_run(
                session, self._instance, now=self._clock.now(), takes_syncs=takes_syncs, takes_fills=takes_fills
            )

    def _cancel_asked(self) -> None:
        """Tell the runs that a person has cancelled to end."""
        flights = {flight.run_id: flight for flight in self._active.values() if not flight.stop.is_cancelled}
        if not flights:
            return
        with self._database.reading() as session:
            cancelled = runs.list_cancelled(session, flights.keys())
        for run_id in cancelled:
            log.info("run %s is cancelled", run_id)
            flights[run_id].stop.cancel()

    def _carry_out(self, run: SyncRun, stop: RunStop) -> None:
        log.info("run %s of %s starts, %s account(s)", run.id, run.business.name, len(run.steps))
        try:
            state = self._engine.sync_run(run, stop)
        except Exception as error:
            log.exception("run %s broke", run.id)
            self._record_broken(run, error)
        else:
            log.info("run %s ended: %s", run.id, state.value)

    def _record_broken(self, run: SyncRun, error: Exception) -> None:
        sentence = f"Tideline met a fault of its own ({type(error).__name__}); the sidecar's log has the details."
        with self._database.transaction() as session:
            runs.record_finished(session, run.id, RunState.FAILED, now=self._clock.now(), error=sentence)

    def _beat(self) -> None:
        now = self._clock.now()
        if abs(now - self._beaten_at) < BEAT_EVERY:
            return
        with self._database.transaction() as session:
            jobs = [asdict(job) for job in self._timetable.jobs()]
            job_error = self._lack or self._timetable.last_error or self._chores.last_error
            sidecars.record_heartbeat(session, self._instance, jobs=jobs, job_error=job_error, now=now)
            in_flight = [flight.run_id for flight in self._active.values()]
            runs.renew_leases(session, self._instance, in_flight, now=now)
        self._beaten_at = now

    def _leave(self) -> bool:
        log.info("the sidecar stops: %s run(s) in flight", len(self._active))
        self._record(lambda session: sidecars.record_stopped(session, self._instance, now=self._clock.now()))
        unfinished = wait([*self._active, *self._chores.at_work], timeout=SHUTDOWN_S).not_done
        if not self._active.keys().isdisjoint(unfinished):
            self._record(lambda session: runs.record_interrupted(session, now=self._clock.now()))
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._chores.close()
        return not unfinished

    def _record(self, write: Callable[[Session], object]) -> None:
        """A last word that must not keep us from leaving: where it cannot be written, silence says the same."""
        try:
            with self._database.transaction() as session:
                write(session)
        except SQLAlchemyError:
            log.exception("the operations database did not take our last word")
