"""How is a business synced? Fetch, load, record: the only place that sees both HTTP and storage."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from core.accounts import Accounts
from core.clock import Clock
from core.domain import AccountIdentity, DataSet, Harvest, Provider, RunState, StepState
from core.errors import AppError, WarehouseError
from core.fetchers import open_fetcher
from core.fetchers.base import Fetcher
from core.fetchers.transport import CallCounts
from core.harvest import HarvestReader
from core.ops import runs
from core.ops.accounts import get_account, identity_of, save_profile
from core.ops.models import SyncRun, SyncStep
from core.ops.runs import StepOutcome
from core.ops.session import OperationsDatabase
from core.warehouse.connection import Warehouse
from core.warehouse.load import find_days_covered, load_harvest

log = logging.getLogger(__name__)

ACCOUNTS_PER_PROVIDER = 10
REREAD_DAYS = 5
"""Platforms restate their last days: LinkedIn for up to five, Meta for two."""
PUBLISH_EVERY = timedelta(minutes=1)


class SyncEngine:
    """Syncs runs account by account, side by side, bounded per provider; an account that fails leaves the others alone."""

    def __init__(  # the one place where everything meets
        self,
        *,
        database: OperationsDatabase,
        warehouse: Warehouse,
        accounts: Accounts,
        clock: Clock,
        posts_per_sync: int,
        backfill_days: int,
    ) -> None:
        self._database = database
        self._warehouse = warehouse
        self._accounts = accounts
        self._clock = clock
        self._posts_per_sync = posts_per_sync
        self._backfill_days = backfill_days
        self._pools = {provider: ThreadPoolExecutor(ACCOUNTS_PER_PROVIDER, provider.value) for provider in Provider}
        self._publishing = threading.Lock()
        self._published_at = datetime.min.replace(tzinfo=UTC)

    def sync_run(self, run: SyncRun, stop: threading.Event) -> RunState:
        """Carry out a claimed run and record its end. `stop` keeps accounts from starting, never one that has started."""
        futures = [
            self._pools[step.account.platform.provider].submit(self._sync_step, run.id, step, stop)
            for step in run.steps
        ]
        states = [future.result() for future in futures]
        error = self._publish(at_once=True) if states else "No account is connected to this business yet."
        state = _final_state(states) if error is None else RunState.FAILED
        with self._database.transaction() as session:
            runs.record_finished(session, run.id, state, now=self._clock.now(), error=error)
        return state

    def close(self) -> None:
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)

    def _sync_step(self, run_id: int, step: SyncStep, stop: threading.Event) -> StepState:
        if stop.is_set():
            return StepState.PENDING
        with self._database.transaction() as session:
            runs.record_step_started(session, step.id, now=self._clock.now())
        outcome = self._sync_account(run_id, step.account_id)
        with self._database.transaction() as session:
            state = runs.record_step(session, step.id, outcome, now=self._clock.now())
        self._publish(at_once=False)
        return state

    def _sync_account(self, run_id: int, account_id: int) -> StepOutcome:
        counts = CallCounts()
        try:
            return self._fetch_and_load(run_id, account_id, counts)
        except AppError as error:
            return replace(_cost(counts), error=error)
        except Exception as error:
            log.exception("account %s: a fault of Tideline's own", account_id)
            fault = AppError(
                f"Tideline met a fault of its own ({type(error).__name__}); the sidecar's log has the details."
            )
            return replace(_cost(counts), error=fault)

    def _fetch_and_load(self, run_id: int, account_id: int, counts: CallCounts) -> StepOutcome:
        with self._database.reading() as session:
            identity = identity_of(get_account(session, account_id))
        api = self._accounts.open_account(account_id)
        api.counts = counts
        fetcher = open_fetcher(identity.platform, api, identity.external_id)
        reader = HarvestReader(fetcher, account_id=account_id, run_id=run_id, now=self._clock.now())
        harvest = reader.read(self._posts_per_sync, first_day=self._first_day(identity, fetcher))
        loaded = load_harvest(self._warehouse, identity, harvest)
        if harvest.profile is not None:
            with self._database.transaction() as session:
                save_profile(session, account_id, harvest.profile)
        return replace(
            _cost(counts), posts=len(harvest.posts), counts=loaded, covered_to=_covered_to(harvest), error=reader.error
        )

    def _first_day(self, identity: AccountIdentity, fetcher: Fetcher) -> date:
        """The first day to ask for: some days before the last one known, or as far back as the settings say."""
        today = self._clock.now().astimezone(ZoneInfo(fetcher.day_zone)).date()
        known = find_days_covered(self._warehouse, identity.account_id)
        return known - timedelta(days=REREAD_DAYS - 1) if known else today - timedelta(days=self._backfill_days)

    def _publish(self, *, at_once: bool) -> str | None:
        """Publish now, or where the last copy is a minute old; the error's sentence where it could not be."""
        with self._publishing:
            if not at_once and self._clock.now() - self._published_at < PUBLISH_EVERY:
                return None
            try:
                self._warehouse.publish()
            except WarehouseError as error:
                log.exception("the warehouse could not be published")
                return str(error)
            self._published_at = self._clock.now()
            return None


def _cost(counts: CallCounts) -> StepOutcome:
    return StepOutcome(requests=counts.requests, retries=counts.retries, waited_s=counts.waited_s)


def _covered_to(harvest: Harvest) -> datetime | None:
    """Up to when the account is known: its newest closed day, or this moment where its platform has no days."""
    by_set = {coverage.data_set: coverage.covered_to for coverage in harvest.coverage}
    return by_set.get(DataSet.ACCOUNT_DAYS, by_set.get(DataSet.PROFILE))


def _final_state(states: list[StepState]) -> RunState:
    if StepState.PENDING in states:
        return RunState.INTERRUPTED
    if all(state is StepState.SUCCEEDED for state in states):
        return RunState.SUCCEEDED
    return RunState.FAILED if all(state is StepState.FAILED for state in states) else RunState.PARTIAL
