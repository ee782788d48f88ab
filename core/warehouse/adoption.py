"""How does a warehouse take over what another one has seen before it? As if it had been seen here: change-only, nothing twice."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from core.errors import WarehouseError
from core.warehouse.connection import SCHEMA_VERSION, Warehouse
from core.warehouse.rows import rows_json, table_sql
from core.warehouse.series import DAYS, POSTS, Numbers, Series, next_numbers

_ALTERNATING = ("retired", "returned")

_ADOPT_POSTS_SQL = """
    MERGE INTO posts AS p USING (
        SELECT pairs.ours AS account_id, seen.* EXCLUDE (account_id)
        FROM past.posts AS seen JOIN pairs ON pairs.theirs = seen.account_id
    ) AS n ON p.account_id = n.account_id AND p.post_id = n.post_id
    WHEN MATCHED THEN UPDATE SET first_seen_at = least(p.first_seen_at, n.first_seen_at)
    WHEN NOT MATCHED THEN INSERT
"""
_ADOPT_LOOKS_SQL = """
    INSERT INTO observations
    SELECT pairs.ours AS account_id, seen.* EXCLUDE (account_id)
    FROM past.observations AS seen JOIN pairs ON pairs.theirs = seen.account_id
    WHERE NOT EXISTS (
        SELECT 1 FROM observations AS known
        WHERE known.account_id = pairs.ours AND known.data_set = seen.data_set AND known.observed_at = seen.observed_at
    )
    ORDER BY seen.observed_at
"""
_FORGET_SUMS_SQL = "DELETE FROM covered WHERE account_id IN (SELECT ours FROM pairs)"
_ADD_UP_SQL = """
    INSERT INTO covered
    SELECT account_id, data_set, max(observed_at), min(covered_from), max(covered_to)
    FROM observations WHERE account_id IN (SELECT ours FROM pairs) GROUP BY account_id, data_set ORDER BY account_id, data_set
"""
_ADOPT_CONNECTIONS_SQL = """
    UPDATE accounts SET connected_at = least(accounts.connected_at, seen.connected_at)
    FROM past.accounts AS seen JOIN pairs ON pairs.theirs = seen.account_id
    WHERE accounts.account_id = pairs.ours
"""


def adopt(warehouse: Warehouse, past: Path, pairs: Mapping[int, int]) -> int:
    """Take over what the warehouse in the file `past` has seen of these accounts (its id to ours), all of it or nothing.

    Done again it adds nothing. Returns how many rows the two metric histories have more.
    """
    with _attached(warehouse, past), warehouse.transaction() as connection:
        before = _count(connection)
        for theirs, ours in sorted(pairs.items()):
            for series in (POSTS, DAYS):
                _adopt_series(connection, series, theirs, ours)
        connection.execute("CREATE OR REPLACE TEMP TABLE pairs (theirs BIGINT, ours BIGINT)")
        connection.execute("INSERT INTO pairs SELECT unnest(?::BIGINT[]), unnest(?::BIGINT[])", _columns(pairs))
        for statement in (_ADOPT_POSTS_SQL, _ADOPT_LOOKS_SQL, _FORGET_SUMS_SQL, _ADD_UP_SQL, _ADOPT_CONNECTIONS_SQL):
            connection.execute(statement)
        _adopt_events(connection)
        connection.execute("DROP TABLE pairs")
        warehouse.forget_remembered()
        return _count(connection) - before


@contextmanager
def _attached(warehouse: Warehouse, past: Path) -> Iterator[None]:
    """The other warehouse beside ours as `past`, to be read."""
    quoted = str(past).replace("'", "''")
    warehouse.read(f"ATTACH '{quoted}' AS past (READ_ONLY)")
    try:
        ((found,),) = warehouse.read("SELECT max(version) FROM past.schema_version")
        if found != SCHEMA_VERSION:
            raise WarehouseError(f"{past} has schema {found}, not {SCHEMA_VERSION}: nothing was taken over.")
        yield
    finally:
        warehouse.read("DETACH past")


# The names in the statements come from Series and the Metric enum, never from data.
def _adopt_series(connection: Any, series: Series, theirs: int, ours: int) -> None:
    """Both histories of an account as one: every row is what follows from it and the one before it."""
    columns = ", ".join([*series.types][1:])
    select = "SELECT {} FROM {} WHERE account_id = ?"
    own = connection.execute(f"{select.format(columns, series.history)}", [ours]).fetchall()
    past = connection.execute(f"{select.format(columns, f'past.{series.history}')}", [theirs]).fetchall()
    if not past:
        return
    in_order = sorted([*past, *own], key=itemgetter(0, 1))
    kept = [(ours, *row) for row in _replayed(in_order)]
    newest = [rows[-1] for rows in (list(group) for _, group in groupby(kept, itemgetter(1)))]
    for table, rows in ((series.history, kept), (series.latest, newest)):
        connection.execute(f"DELETE FROM {table} WHERE account_id = ?", [ours])  # noqa: S608
        connection.execute(f"INSERT INTO {table} {table_sql(series.types)}", [rows_json([*series.types], rows)])


def _replayed(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """The rows (key, observed_at, counters, run, source; in order) that change something, with the unknown carried forward."""
    for key, of_key in groupby(rows, itemgetter(0)):
        known: Numbers | None = None
        for _, observed_at, *numbers, run_id, source in of_key:
            now_known = next_numbers(tuple(numbers), known, is_assumed=False)
            if now_known != known:
                yield (key, observed_at, *now_known, run_id, source)
            known = now_known


def _adopt_events(connection: Any) -> None:
    """What became of metrics, by day: a retirement that both have met was met when the first of them did."""
    own = connection.execute("SELECT * FROM metric_events").fetchall()
    past = connection.execute("SELECT * FROM past.metric_events").fetchall()
    newest: dict[tuple[Any, ...], str] = {}
    kept = []
    for row in sorted({*own, *past}, key=itemgetter(2)):
        platform, metric, _, event, note = row
        key = (platform, metric, note)
        if event not in _ALTERNATING or newest.get(key) != event:
            kept.append(row)
            newest[key] = event
    if kept != own:
        connection.execute("DELETE FROM metric_events")
        connection.executemany("INSERT INTO metric_events VALUES (?, ?, ?, ?, ?)", kept)


def _count(connection: Any) -> int:
    tables = " UNION ALL ".join(f"SELECT count(*) AS rows FROM {series.history}" for series in (POSTS, DAYS))  # noqa: S608
    ((count,),) = connection.execute(f"SELECT sum(rows) FROM ({tables})").fetchall()  # noqa: S608
    return int(count)


def _columns(pairs: Mapping[int, int]) -> list[list[int]]:
    return [list(pairs.keys()), list(pairs.values())]
