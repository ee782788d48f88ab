"""How does a harvest enter the warehouse? In one transaction, change-only, with the unknown carried forward."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa

from core.domain import AccountIdentity, DataSet, Harvest, LoadCounts, RowSource
from core.metrics import ACCOUNT_METRICS, POST_METRICS, Metric
from core.warehouse.connection import Warehouse


@dataclass(frozen=True, slots=True)
class _Series:
    """One of the two metric histories: its table, the table of its newest rows, its key beside the account, its counters."""

    history: str
    latest: str
    key: str
    key_type: pa.DataType
    counters: tuple[Metric, ...]


_POSTS = _Series("post_metrics", "post_latest", "post_id", pa.string(), POST_METRICS)
_DAYS = _Series("account_metrics", "account_daily", "day", pa.date32(), ACCOUNT_METRICS)

_INSTANT = pa.timestamp("us")
_POST_SCHEMA = pa.schema(
    [
        ("account_id", pa.int64()),
        ("post_id", pa.string()),
        ("kind", pa.string()),
        ("text", pa.string()),
        ("permalink", pa.string()),
        ("media_url", pa.string()),
        ("hashtags", pa.list_(pa.string())),
        ("published_at", _INSTANT),
        ("seen_at", _INSTANT),
    ]
)
_OBSERVATION_SCHEMA = pa.schema(
    [
        ("account_id", pa.int64()),
        ("data_set", pa.string()),
        ("observed_at", _INSTANT),
        ("covered_from", _INSTANT),
        ("covered_to", _INSTANT),
        ("metrics", pa.list_(pa.string())),
        ("run_id", pa.int64()),
        ("source", pa.string()),
    ]
)


def load_harvest(warehouse: Warehouse, account: AccountIdentity, harvest: Harvest) -> LoadCounts:
    """Load all that one sync read of one account. Loading the same harvest twice adds no metric row."""
    with warehouse.transaction() as connection:
        _load_account(connection, account, harvest)
        _load_posts(connection, harvest)
        posts = _load_series(connection, _POSTS, harvest, (asdict(snapshot) for snapshot in harvest.snapshots))
        days = _load_series(connection, _DAYS, harvest, (asdict(day) for day in harvest.days))
        _load_observations(connection, harvest)
    return LoadCounts(posts.new + days.new, posts.changed + days.changed, posts.unchanged + days.unchanged)


def find_days_covered(warehouse: Warehouse, account_id: int) -> date | None:
    """The newest day known of an account, the day it was last looked at where none was given, or None before the first look."""
    with warehouse.transaction() as connection:
        row = connection.execute(
            "SELECT coalesce(max(covered_to), max(observed_at))::DATE FROM observations WHERE account_id = ? AND data_set = ?",
            [account_id, DataSet.ACCOUNT_DAYS.value],
        ).fetchone()
    return row[0] if row else None


def _load_account(connection: Any, account: AccountIdentity, harvest: Harvest) -> None:
    """The names for analysts; rows that say the same already are left alone."""
    connection.execute(
        """
        MERGE INTO businesses AS b USING (SELECT ? AS business_id, ? AS name, ? AS timezone) AS i ON b.business_id = i.business_id
        WHEN MATCHED AND (b.name, b.timezone) IS DISTINCT FROM (i.name, i.timezone) THEN UPDATE SET name = i.name, timezone = i.timezone
        WHEN NOT MATCHED THEN INSERT VALUES (i.business_id, i.name, i.timezone)
        """,
        [account.business_id, account.business_name, account.business_timezone],
    )
    profile = harvest.profile
    if profile is None:
        return
    row: list[Any] = [account.account_id, account.business_id, account.platform.value, account.external_id]
    row += [profile.name, profile.handle, profile.url, profile.avatar_url, _naive(account.connected_at)]
    known = connection.execute("SELECT * FROM accounts WHERE account_id = ?", [account.account_id]).fetchall()
    if known != [tuple(row)]:
        connection.execute("DELETE FROM accounts WHERE account_id = ?", [account.account_id])
        connection.execute("INSERT INTO accounts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)


def _load_posts(connection: Any, harvest: Harvest) -> None:
    rows = [
        {
            **asdict(post),
            "kind": post.kind.value,
            "hashtags": list(post.hashtags),
            "published_at": _naive(post.published_at),
            "account_id": harvest.account_id,
            "seen_at": _naive(harvest.observed_at),
        }
        for post in harvest.posts
    ]
    if not rows:
        return
    connection.register("incoming_posts", pa.Table.from_pylist(rows, schema=_POST_SCHEMA))
    # last_seen_at is written once a day, so that an hour in which nothing changed rewrites nothing
    connection.execute(
        """
        MERGE INTO posts AS p
        USING (SELECT * FROM incoming_posts ORDER BY post_id) AS i ON p.account_id = i.account_id AND p.post_id = i.post_id
        WHEN MATCHED AND (
            p.kind, p.text, p.permalink, p.media_url, p.hashtags, p.published_at, p.last_seen_at::DATE, p.gone_at
        ) IS DISTINCT FROM (i.kind, i.text, i.permalink, i.media_url, i.hashtags, i.published_at, i.seen_at::DATE, NULL)
        THEN UPDATE SET
            kind = i.kind, text = i.text, permalink = i.permalink, media_url = i.media_url, hashtags = i.hashtags,
            published_at = i.published_at, last_seen_at = i.seen_at, gone_at = NULL
        WHEN NOT MATCHED THEN INSERT VALUES (
            i.account_id, i.post_id, i.kind, i.text, i.permalink, i.media_url, i.hashtags, i.published_at, i.seen_at, i.seen_at, NULL
        )
        """
    )
    connection.unregister("incoming_posts")


def _load_series(connection: Any, series: _Series, harvest: Harvest, records: Iterable[dict[str, Any]]) -> LoadCounts:
    """Add a row to the history where a known counter differs from the last one seen; keep the newest rows beside it."""
    rows = [record for record in records if any(record[counter.value] is not None for counter in series.counters)]
    if not rows:
        return LoadCounts()
    connection.register("incoming", _incoming_table(series, harvest, rows))
    connection.execute(_changed_rows_sql(series))
    connection.execute(f"INSERT INTO {series.history} SELECT * EXCLUDE (is_new) FROM changed ORDER BY {series.key}")  # noqa: S608
    connection.execute(_merge_latest_sql(series))
    new, all_changed = connection.execute("SELECT count(*) FILTER (is_new), count(*) FROM changed").fetchone()
    connection.execute("DROP TABLE changed")
    connection.unregister("incoming")
    return LoadCounts(new=new, changed=all_changed - new, unchanged=len(rows) - all_changed)


def _incoming_table(series: _Series, harvest: Harvest, rows: Sequence[dict[str, Any]]) -> pa.Table:
    schema = pa.schema([(series.key, series.key_type), *((counter.value, pa.int64()) for counter in series.counters)])
    table = pa.Table.from_pylist(list(rows), schema=schema)
    count = len(rows)
    return (
        table.append_column("account_id", pa.array([harvest.account_id] * count, pa.int64()))
        .append_column("observed_at", pa.array([_naive(harvest.observed_at)] * count, _INSTANT))
        .append_column("run_id", pa.array([harvest.run_id] * count, pa.int64()))
    )


# The names in the two statements come from _Series and the Metric enum, never from data.
def _changed_rows_sql(series: _Series) -> str:
    carried = ", ".join(f"coalesce(i.{counter}, l.{counter}) AS {counter}" for counter in series.counters)
    differs = " OR ".join(
        f"(i.{counter} IS NOT NULL AND i.{counter} IS DISTINCT FROM l.{counter})" for counter in series.counters
    )
    return f"""
        CREATE OR REPLACE TEMP TABLE changed AS
        SELECT i.account_id, i.{series.key}, i.observed_at, {carried}, i.run_id, '{RowSource.API}' AS source, l.account_id IS NULL AS is_new
        FROM incoming AS i
        LEFT JOIN {series.latest} AS l ON l.account_id = i.account_id AND l.{series.key} = i.{series.key}
        WHERE {differs}
    """  # noqa: S608


def _merge_latest_sql(series: _Series) -> str:
    columns = ["observed_at", *(counter.value for counter in series.counters), "run_id", "source"]
    updates = ", ".join(f"{column} = c.{column}" for column in columns)
    values = ", ".join(f"c.{column}" for column in ["account_id", series.key, *columns])
    return f"""
        MERGE INTO {series.latest} AS l
        USING changed AS c ON l.account_id = c.account_id AND l.{series.key} = c.{series.key}
        WHEN MATCHED THEN UPDATE SET {updates}
        WHEN NOT MATCHED THEN INSERT VALUES ({values})
    """


def _load_observations(connection: Any, harvest: Harvest) -> None:
    rows = [
        {
            "account_id": harvest.account_id,
            "data_set": coverage.data_set.value,
            "observed_at": _naive(harvest.observed_at),
            "covered_from": _naive(coverage.covered_from),
            "covered_to": _naive(coverage.covered_to),
            "metrics": list(coverage.metrics),
            "run_id": harvest.run_id,
            "source": RowSource.API.value,
        }
        for coverage in harvest.coverage
    ]
    if rows:
        connection.register("incoming_observations", pa.Table.from_pylist(rows, schema=_OBSERVATION_SCHEMA))
        connection.execute("INSERT INTO observations SELECT * FROM incoming_observations")
        connection.unregister("incoming_observations")


def _naive(instant: datetime | None) -> datetime | None:
    """The warehouse keeps instants as TIMESTAMP in UTC."""
    return instant.astimezone(UTC).replace(tzinfo=None) if instant else None
