"""How do the parts fit together? Opens what a sidecar, or a single sync without one, works with."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from core.accounts import Accounts
from core.clock import Clock
from core.fetchers.transport import Transport
from core.ops.session import OperationsDatabase, open_operations
from core.settings import Settings
from core.sync import SyncEngine
from core.vault import Vault
from core.warehouse.connection import Warehouse


@dataclass(frozen=True, slots=True)
class Workplace:
    """Everything that syncing needs, open and joined."""

    database: OperationsDatabase
    accounts: Accounts
    engine: SyncEngine


@contextmanager
def open_accounts(
    settings: Settings, clock: Clock, *, transport: Transport | None = None
) -> Iterator[tuple[OperationsDatabase, Accounts]]:
    """The operations database and the use case that connects accounts."""
    database = open_operations(settings)
    transport = transport or Transport(clock, timeout_s=settings.http_timeout_s)
    try:
        vault = Vault.open(settings)
        yield (
            database,
            Accounts(database=database, vault=vault, transport=transport, settings=settings, clock=clock),
        )
    finally:
        transport.close()
        database.close()


@contextmanager
def open_workplace(settings: Settings, clock: Clock, *, transport: Transport | None = None) -> Iterator[Workplace]:
    """The sync engine with all it stands on; the warehouse is open for writing, so only one process may be here."""
    with (
        open_accounts(settings, clock, transport=transport) as (database, accounts),
        Warehouse(settings.warehouse_path, settings.published_dir) as warehouse,
    ):
        engine = SyncEngine(
            database=database,
            warehouse=warehouse,
            accounts=accounts,
            clock=clock,
            posts_per_sync=settings.posts_per_sync,
            backfill_days=settings.backfill_days,
        )
        try:
            yield Workplace(database, accounts, engine)
        finally:
            engine.close()
