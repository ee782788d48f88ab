"""How is a business synced? Its accounts side by side, each step recorded, the warehouse published at the end."""

import logging
import threading
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from core.account_sync import AccountSync, Synced
from core.clock import Clock
from core.domain import Platform, Provider, RunState, StepState
from core.errors import AppError, WarehouseError
from core.fetchers.counts import CallCounts
from core.looking import Limits, Task
from core.ops import runs, steps
from core.ops.accounts import list_ids_of_platform
from core.ops.models import SyncRun, SyncStep
from core.ops.session import OperationsDatabase
from core.ops.timings import record_published
from core.step_costs import cost_of
from core.stopping import RunStop
from core.warehouse.connection import Warehouse
from core.warehouse.retention import forget_texts

log = logging.getLogger(__name__)

ACCOUNTS_PER_PROVIDER = 10
FILLS_PER_PROVIDER = 2
"""So many accounts have their past filled in beside the syncs: those must not wait for it."""
LISTENING_S = 0.5
PUBLISH_EVERY = timedelta(minutes=1)
FORGET_EVERY = timedelta(days=1)


class _Lane:
    """Threads by provider, and a lock an account: nobody reads one twice at once within a lane."""

    def __init__(self, width: int, name: str) -> None:
        self.locks: defaultdict[int, threading.Lock] = defaultdict(threading.Lock)
        self.pools = {provider: ThreadPoolExecutor(width, f"{name} {provider.value}") for provider in Provider}


class SyncEngine:
    """Syncs runs account by account, side by side, bounded per provider; an account that fails leaves the others alone."""

    def __init__(
        self,
        *,
        database: OperationsDatabase,
        warehouse: Warehouse,
        account_sync: AccountSync,
        clock: Clock,
        limits: Limits,
    ) -> None:
        self._limits = limits
        self._database = database
        self._warehouse = warehouse
        self._account_sync = account_sync
        self._clock = clock
        self._syncs, self._fills = _Lane(ACCOUNTS_PER_PROVIDER, "sync"), _Lane(FILLS_PER_PROVIDER, "fill")
        self._publishing = threading.Lock()
        self._published_at = self._forgot_at = datetime.min.replace(tzinfo=UTC)

    def sync_run(self, run: SyncRun, stop: RunStop) -> RunState:
        """Carry out a claimed run and record its end. `stop` keeps accounts from starting; a cancelled run stops those that have."""
        lane = self._lane_of(run)
        futures = [
            lane.pools[step.account.platform.provider].submit(self._sync_step, run, step, stop) for step in run.steps
        ]
        states = _wait_for(futures, stop)
        began = self._clock.monotonic()
        error = self._publish() if states else "No account is connected to this business yet."
        published_s = self._clock.monotonic() - began
        self.forget_texts()
        state = _final_state(states, is_cancelled=stop.is_cancelled) if error is None else RunState.FAILED
        with self._database.transaction() as session:
            record_published(session, run.id, published_s)
            runs.record_finished(session, run.id, state, now=self._clock.now(), error=error)
        return state

    def _lane_of(self, run: SyncRun) -> _Lane:
        return self._fills if runs.fill_of(run) is not None else self._syncs

    @property
    def is_usable(self) -> bool:
        return self._warehouse.is_usable

    def publish_if_missing(self) -> None:
        """Where nothing is published (a restored backup, a removed folder): show what the warehouse holds."""
        if not self._warehouse.is_published:
            self._publish()

    def close(self) -> None:
        for pool in (*self._syncs.pools.values(), *self._fills.pools.values()):
            pool.shutdown(wait=False, cancel_futures=True)

    def _sync_step(self, run: SyncRun, step: SyncStep, stop: RunStop) -> StepState:
        """One account's step; it never raises, for the run must not end while others are still at work."""
        try:
            with _held(self._lane_of(run).locks[step.account_id], stop) as is_ours:  # two runs of one account may meet
                if not is_ours:
                    return StepState.PENDING
                with self._database.transaction() as session:
                    task = self._account_sync.begin(session, run, step)
                state = self._record(task, self._sync_account(task, stop))
            self._publish_if_old()
        except Exception:
            log.exception("step %s could not be recorded", step.id)
            return StepState.INTERRUPTED
        return state

    def _sync_account(self, task: Task, stop: RunStop) -> Synced:
        counts = CallCounts(self._clock, lambda: stop.is_cancelled)
        try:
            return self._account_sync.sync(task, counts, stop)
        except AppError as error:
            return Synced(replace(cost_of(counts, task.account), error=error))
        except Exception as error:
            log.exception("account %s: a fault of Tideline's own", task.step.account_id)
            return Synced(replace(cost_of(counts, task.account), error=_fault(error)))

    def _record(self, task: Task, synced: Synced) -> StepState:
        """A step's end and what its look has taught, in one transaction; where the latter cannot be kept, the step says so."""
        try:
            with self._database.transaction() as session:
                if synced.look:
                    self._account_sync.record(session, synced.look)
                return steps.record_step(session, task.step.id, synced.outcome, now=self._clock.now())
        except Exception as error:
            if synced.look is None:
                raise
            log.exception("account %s: what the look has taught could not be kept", task.step.account_id)
            return self._record(task, Synced(replace(synced.outcome, error=synced.outcome.error or _fault(error))))

    def forget_texts(self) -> None:
        """Once a day: text and media of posts that have grown older than a platform's rules let us keep, here and in the copy."""
        now = self._clock.now()
        if abs(now - self._forgot_at) < FORGET_EVERY:  # a clock may be set back
            return
        forgotten = 0
        for platform in Platform:
            keep_from = self._limits.keep_texts_from(platform, now)
            if keep_from is not None:
                with self._database.reading() as session:
                    account_ids = list_ids_of_platform(session, platform)
                forgotten += forget_texts(self._warehouse, account_ids, published_before=keep_from)
        self._forgot_at = now
        if forgotten:
            self._publish()

    def _publish_if_old(self) -> None:
        """Publish where the last copy is a minute old; whoever comes meanwhile goes on."""
        with self._publishing:
            if abs(self._clock.now() - self._published_at) < PUBLISH_EVERY:
                return
            self._published_at = self._clock.now()
        self._publish()

    def _publish(self) -> str | None:
        """Publish now; the error's sentence where that could not be. Runs that end together share a copy."""
        try:
            self._warehouse.publish()
        except WarehouseError as error:
            log.exception("the warehouse could not be published")
            return str(error)
        self._published_at = self._clock.now()
        return None


def _fault(error: Exception) -> AppError:
    return AppError(f"Tideline met a fault of its own ({type(error).__name__}); the sidecar's log has the details.")


@contextmanager
def _held(lock: threading.Lock, stop: RunStop) -> Iterator[bool]:
    """Hold a lock; False where the run was told to stop before it was free."""
    while not stop.is_set():
        if lock.acquire(timeout=LISTENING_S):
            try:
                yield not stop.is_set()
            finally:
                lock.release()
            return
    yield False


def _wait_for(futures: Sequence[Future[StepState]], stop: RunStop) -> list[StepState]:
    """How every step ended: all have before the run does. After a stop, those that no thread has taken up are left out."""
    waiting: Collection[Future[StepState]] = futures
    while waiting:
        waiting = wait(waiting, timeout=LISTENING_S).not_done
        if stop.is_set():
            for future in waiting:
                future.cancel()
    return [StepState.PENDING if future.cancelled() else future.result() for future in futures]


def _final_state(states: list[StepState], *, is_cancelled: bool) -> RunState:
    if StepState.CANCELLED in states or (is_cancelled and StepState.PENDING in states):
        return RunState.CANCELLED
    if StepState.PENDING in states or StepState.INTERRUPTED in states:
        return RunState.INTERRUPTED
    if all(state is StepState.SUCCEEDED for state in states):
        return RunState.SUCCEEDED
    return RunState.FAILED if all(state is StepState.FAILED for state in states) else RunState.PARTIAL
