"""What does a warehouse's file hold, whichever version wrote it? Asked by backups, before and after."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from core.errors import WarehouseError
from core.warehouse.connection import Warehouse, connect_file, schema_version_of
from core.warehouse.removal import remove_business

_WITH_RUNS = ("post_metrics", "post_latest", "account_metrics", "account_daily", "observations")


@dataclass(frozen=True, slots=True)
class WarehouseFacts:
    """The schema, how many rows each table has, and the newest instant that anything was read at."""

    schema: int
    rows: dict[str, int]
    newest_at: datetime | None


@dataclass(frozen=True, slots=True)
class HighestIds:
    """The highest ids of the operations database that a warehouse names."""

    run: int
    account: int
    business: int


def inspect_warehouse(path: Path) -> WarehouseFacts:
    """Open the file to read it and count; WarehouseError where it is damaged, or is no warehouse."""
    with connect_file(path, read_only=True) as connection:
        try:
            schema = schema_version_of(connection)
            names = [name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
            rows = {name: _one(connection, f'SELECT count(*) FROM "{name}"') for name in sorted(names)}  # noqa: S608  # its own names
            newest = _one(connection, "SELECT max(observed_at) FROM observations") if schema else None
        except duckdb.Error as error:
            raise WarehouseError(f"{path.name} is damaged: {str(error).splitlines()[0]}") from error
    if not schema:
        raise WarehouseError(f"{path.name} is no warehouse of Tideline's.")
    return WarehouseFacts(schema, rows, newest.replace(tzinfo=UTC) if newest else None)


def highest_ids(warehouse: Warehouse) -> HighestIds:
    """Which ids must not be given out again."""
    runs = " UNION ALL ".join(f"SELECT max(run_id) AS id FROM {table}" for table in _WITH_RUNS)  # noqa: S608  # our own names
    (run,) = warehouse.read(f"SELECT coalesce(max(id), 0) FROM ({runs})")[0]  # noqa: S608  # the same
    (account,) = warehouse.read("SELECT coalesce(max(account_id), 0) FROM accounts")[0]
    (business,) = warehouse.read("SELECT coalesce(max(business_id), 0) FROM businesses")[0]
    return HighestIds(run, account, business)


def forget_unknown(warehouse: Warehouse, *, accounts: Collection[int], businesses: Collection[int]) -> int:
    """Remove what belongs to none of these: nobody would ask for it again. Returns how many accounts that were."""
    kept = {account for (account,) in warehouse.read("SELECT account_id FROM accounts")}
    unknown = sorted(kept - set(accounts))
    gone = {business for (business,) in warehouse.read("SELECT business_id FROM businesses")} - set(businesses)
    if unknown:
        remove_business(warehouse, 0, unknown)
    for business in sorted(gone):
        remove_business(warehouse, business, [])
    return len(unknown)


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> Any:
    row = connection.execute(sql).fetchone()
    return row[0] if row else None
