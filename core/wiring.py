"""How do the parts fit together? Opens what a sidecar, or a single sync without one, works with."""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from core.account_sync import AccountSync
from core.accounts import Accounts
from core.backup import Backup
from core.chores import Chore
from core.clock import Clock
from core.daily_backup import daily_backups
from core.domain import Platform
from core.errands import Errands
from core.fetchers.pauses import Pause, PauseBook
from core.fetchers.transport import Transport
from core.looking import Limits, Looker
from core.ops.notices import record_grant_notices
from core.ops.pauses import StoredPause, list_pauses, save_pause
from core.ops.pending import remove_expired
from core.ops.quotas import KEEP_READINGS, prune_readings
from core.ops.session import OperationsDatabase, open_operations
from core.ops.step_logs import KEEP_LOGS, prune_logs
from core.settings import Settings
from core.spending import SpendingCap
from core.sync import SyncEngine
from core.vault import Vault
from core.warehouse.connection import Warehouse


@dataclass(frozen=True, slots=True)
class Workplace:
    """Everything that syncing needs, open and joined."""

    database: OperationsDatabase
    accounts: Accounts
    engine: SyncEngine
    chores: tuple[Chore, ...]


@contextmanager
def open_accounts(
    settings: Settings, clock: Clock, *, transport: Transport | None = None
) -> Iterator[tuple[OperationsDatabase, Accounts]]:
    """The operations database and the use case that connects accounts."""
    database = open_operations(settings)
    transport = transport or Transport(clock, timeout_s=settings.http_timeout_s)
    try:
        accounts = Accounts(
            database=database,
            vault=Vault.open(settings),
            transport=transport,
            settings=settings,
            clock=clock,
            pauses=_pauses_of(database, clock),
        )
        yield database, accounts
    finally:
        transport.close()
        database.close()


@contextmanager
def open_workplace(
    settings: Settings, clock: Clock, *, transport: Transport | None = None, stop: threading.Event | None = None
) -> Iterator[Workplace]:
    """The sync engine with all it stands on; the warehouse is open for writing, so only one process may be here.

    `stop`: set when the sidecar leaves, for what it does beside the syncs.
    """
    with (
        open_accounts(settings, clock, transport=transport) as (database, accounts),
        Warehouse(settings.warehouse_path, settings.published_dir) as warehouse,
    ):
        spending = SpendingCap(database, clock, cap_usd=settings.x_daily_cap_usd)
        limits = Limits(
            settings.posts_per_sync,
            settings.backfill_days,
            settings.backfill_posts,
            keep_text_days={
                Platform.LINKEDIN: settings.linkedin_keep_text_days,
                Platform.X: settings.x_keep_text_days,
            },
        )
        looker = Looker(
            database=database, warehouse=warehouse, accounts=accounts, spending=spending, clock=clock, limits=limits
        )
        account_sync = AccountSync(
            database=database, warehouse=warehouse, looker=looker, spending=spending, clock=clock, limits=limits
        )
        engine = SyncEngine(
            database=database,
            warehouse=warehouse,
            account_sync=account_sync,
            clock=clock,
            limits=limits,
        )
        errands = Errands(database=database, warehouse=warehouse, accounts=accounts, clock=clock, stop=stop)
        gc.collect()
        gc.freeze()  # what was imported stays: a sync's many small objects must not make it be searched again and again
        try:
            chores = _chores(database, accounts, engine, errands, clock, stop=stop)
            keeping = daily_backups(Backup(settings, database, clock, warehouse.publish))
            yield Workplace(database, accounts, engine, (*chores, *keeping))
        finally:
            engine.close()
            gc.unfreeze()


def _chores(
    database: OperationsDatabase,
    accounts: Accounts,
    engine: SyncEngine,
    errands: Errands,
    clock: Clock,
    *,
    stop: threading.Event | None,
) -> tuple[Chore, ...]:
    """What the sidecar does beside the syncs."""

    def watch_grants() -> None:
        with database.transaction() as session:
            record_grant_notices(session, now=clock.now())

    def remove_expired_logins() -> None:
        with database.transaction() as session:
            remove_expired(session, now=clock.now())

    def forget_measurements() -> None:
        now = clock.now()
        with database.transaction() as session:
            prune_logs(session, before=now - KEEP_LOGS)
            prune_readings(session, before=now - KEEP_READINGS)

    return (
        Chore("carry_out_requests", timedelta(seconds=1), errands.carry_out_all),
        Chore("refresh_tokens", timedelta(minutes=10), partial(accounts.grants.refresh_due, stop)),
        Chore("watch_grants", timedelta(minutes=1), watch_grants),
        Chore("remove_expired_logins", timedelta(minutes=10), remove_expired_logins),
        Chore("forget_measurements", timedelta(hours=6), forget_measurements),
        Chore("forget_texts", timedelta(hours=1), engine.forget_texts),
    )


def _pauses_of(database: OperationsDatabase, clock: Clock) -> PauseBook:
    """The pauses that hold, those of before a restart included; each new one is stored as it begins."""

    def store(pause: Pause) -> None:
        with database.transaction() as session:
            save_pause(session, StoredPause(pause.key, pause.until, pause.reason, pause.needs_operator))

    book = PauseBook(clock, on_new=store)
    if database.is_current:
        with database.transaction() as session:
            stored = list_pauses(session, now=clock.now())
        book.load(Pause(pause.key, pause.until, pause.reason, pause.needs_operator) for pause in stored)
    return book
