"""How do counters enter their histories? Change-only, with the unknown carried forward, and the newest rows kept beside."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from core.domain import AccountDay, Harvest, LoadCounts, PostSnapshot, RowSource
from core.metrics import ACCOUNT_METRICS, POST_METRICS, Metric
from core.warehouse.rows import naive, rows_json, table_sql

Numbers = tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """One of the two metric histories: its table, the table of its newest rows, its key beside the account, its counters."""

    history: str
    latest: str
    key: str
    key_type: str
    counters: tuple[Metric, ...]

    @property
    def types(self) -> dict[str, str]:
        """The columns of both tables, in their order, and their types."""
        ids = {"account_id": "BIGINT", self.key: self.key_type, "observed_at": "TIMESTAMP"}
        return {**ids, **dict.fromkeys(self.counters, "BIGINT"), "run_id": "BIGINT", "source": "VARCHAR"}


POSTS = Series("post_metrics", "post_latest", "post_id", "VARCHAR", POST_METRICS)
DAYS = Series("account_metrics", "account_daily", "day", "DATE", ACCOUNT_METRICS)


_SUM = POST_METRICS.index(Metric.ENGAGEMENTS)
_PARTS = [POST_METRICS.index(part) for part in (Metric.LIKES, Metric.COMMENTS, Metric.SHARES, Metric.SAVES)]


def numbers_by_key(series: Series, records: Iterable[PostSnapshot | AccountDay]) -> dict[Any, Numbers]:
    """The counters by post or day, in that order: of one met twice the later known number counts, one without any is left out."""
    key_of, numbers_of = attrgetter(series.key), attrgetter(*series.counters)
    found: dict[Any, Numbers] = {}
    for record in records:
        numbers = numbers_of(record)
        if any(number is not None for number in numbers):
            key = key_of(record)
            found[key] = _carried(numbers, found.get(key))
    return dict(sorted(found.items()))


def _carried(numbers: Numbers, known: Numbers | None) -> Numbers:
    """These numbers, and where there is none the one known before."""
    if known is None:
        return numbers
    return tuple(before if number is None else number for number, before in zip(numbers, known, strict=True))


def next_numbers(numbers: Numbers, known: Numbers | None, is_assumed: bool) -> Numbers:  # of one key
    """The row that follows from an answer and the last one known."""
    if known is None:
        return numbers
    if is_assumed:
        return _carried(known, numbers)
    return _with_parts_followed(_carried(numbers, known), numbers, known)


def _with_parts_followed(carried: Numbers, numbers: Numbers, known: Numbers) -> Numbers:
    """Engagements that were not answered move with their parts that were: a sum must not contradict its own row."""
    if len(carried) != len(POST_METRICS) or numbers[_SUM] is not None or known[_SUM] is None:
        return carried
    moved = sum((carried[part] or 0) - (known[part] or 0) for part in _PARTS if known[part] is not None)
    return (*carried[:_SUM], known[_SUM] + moved, *carried[_SUM + 1 :])  # type: ignore[operator]  # known, as asked above


def load_series(
    connection: Any, series: Series, harvest: Harvest, seen: Mapping[Any, Numbers], assumed: Container[Any] = ()
) -> LoadCounts:
    """Add a row to the history where a known counter differs from the last one seen; keep the newest rows beside it.

    What is only `assumed` of a key never takes the place of a known number.
    """
    if not seen:
        return LoadCounts()
    found = _find_known(connection, series, harvest, seen)
    known = found or {}
    carried = {key: next_numbers(numbers, known.get(key), key in assumed) for key, numbers in seen.items()}
    changed = {key: numbers for key, numbers in carried.items() if numbers != known.get(key)}
    if changed:
        latest = _insert_sql(series, series.latest) if found is None else _merge_latest_sql(series)
        _append(connection, series, harvest, changed, latest)
    new = sum(key not in known for key in changed)
    return LoadCounts(new=new, changed=len(changed) - new, unchanged=len(seen) - len(changed))


# The names in the statements come from Series and the Metric enum, never from data.
def _find_known(connection: Any, series: Series, harvest: Harvest, keys: Iterable[Any]) -> dict[Any, Numbers] | None:
    """The last numbers seen before this harvest; those of the history where something newer has been loaded already.

    None where nothing is known between the first and the last key.
    """
    columns = ", ".join([series.key, "observed_at", *series.counters])
    wanted = f"account_id = ? AND {series.key} BETWEEN ? AND ?"
    bounds = [harvest.account_id, min(keys), max(keys)]
    rows = connection.execute(f"SELECT {columns} FROM {series.latest} WHERE {wanted}", bounds).fetchall()  # noqa: S608
    if not rows:
        return None
    observed_at = naive(harvest.observed_at)
    if any(row[1] > observed_at for row in rows):
        rows = connection.execute(
            f"""
            SELECT {columns} FROM {series.history} WHERE {wanted} AND observed_at <= ?
            QUALIFY row_number() OVER (PARTITION BY {series.key} ORDER BY observed_at DESC) = 1
            """,  # noqa: S608
            [*bounds, observed_at],
        ).fetchall()
    return {row[0]: row[2:] for row in rows}


def _append(connection: Any, series: Series, harvest: Harvest, changed: Mapping[Any, Numbers], latest_sql: str) -> None:
    observed_at, run = naive(harvest.observed_at), (harvest.run_id, RowSource.API.value)
    rows = [(harvest.account_id, key, observed_at, *numbers, *run) for key, numbers in changed.items()]
    told = [rows_json(list(series.types), rows)]
    connection.execute(_insert_sql(series, series.history), told)
    connection.execute(latest_sql, told)


def _insert_sql(series: Series, table: str) -> str:
    return f"INSERT INTO {table} {table_sql(series.types)}"


def _merge_latest_sql(series: Series) -> str:
    columns = list(series.types)
    updates = ", ".join(f"{column} = c.{column}" for column in columns[2:])
    values = ", ".join(f"c.{column}" for column in columns)
    return f"""
        MERGE INTO {series.latest} AS l
        USING ({table_sql(series.types)}) AS c ON l.account_id = c.account_id AND l.{series.key} = c.{series.key}
        WHEN MATCHED AND c.observed_at >= l.observed_at THEN UPDATE SET {updates}
        WHEN NOT MATCHED THEN INSERT VALUES ({values})
    """
