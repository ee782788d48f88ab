"""How does a harvest enter the warehouse? In one transaction, change-only, with the unknown carried forward.

What is known is read first and compared here: an hour in which nothing moved costs four small reads and its observations.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from core.domain import (
    AccountIdentity,
    AssumedSnapshot,
    DataSet,
    Harvest,
    LoadCounts,
    RowSource,
)
from core.warehouse.connection import Warehouse
from core.warehouse.posts import load_posts, mark_gone, post_row
from core.warehouse.rows import naive
from core.warehouse.series import DAYS, POSTS, load_series, numbers_by_key

_KEYS = {"businesses": "business_id", "accounts": "account_id"}


def load_harvest(warehouse: Warehouse, account: AccountIdentity, harvest: Harvest) -> LoadCounts:
    """Load all that one sync read of one account. Loading the same harvest twice adds no metric row."""
    if _is_empty(harvest):
        return LoadCounts()
    listed = {post.post_id: post_row(harvest, post) for post in harvest.posts}
    snapshots, days = numbers_by_key(POSTS, harvest.snapshots), numbers_by_key(DAYS, harvest.days)
    assumed = {snapshot.post_id for snapshot in harvest.snapshots if isinstance(snapshot, AssumedSnapshot)}
    known_names = warehouse.remember("names", dict[str, tuple[Any, ...]])
    names = {
        table: row for table, row in _names(account, harvest).items() if known_names.get(f"{table} {row[0]}") != row
    }
    with warehouse.transaction() as connection:  # everybody waits for it: whatever needs no answer of it is done before
        _load_names(connection, names)
        load_posts(connection, listed)
        mark_gone(connection, harvest, [post_id for post_id in harvest.gone if post_id not in listed])
        of_posts = load_series(connection, POSTS, harvest, snapshots, assumed)
        of_days = load_series(connection, DAYS, harvest, days)
        _load_observations(connection, harvest)
        known_names.update({f"{table} {row[0]}": row for table, row in names.items()})  # in the order of the commits
    _note_days_covered(warehouse, harvest)
    return LoadCounts(
        of_posts.new + of_days.new, of_posts.changed + of_days.changed, of_posts.unchanged + of_days.unchanged
    )


def _is_empty(harvest: Harvest) -> bool:
    return not any(
        (harvest.profile, harvest.posts, harvest.snapshots, harvest.days, harvest.coverage, harvest.gone),
    )


def find_days_covered(warehouse: Warehouse, account_id: int) -> date | None:
    """The newest day known of an account, the day it was last looked at where none was given, or None before the first look."""
    newest, looked_at = _days_covered(warehouse).get(account_id, (None, None))
    instant = newest or looked_at
    return instant.date() if instant else None


def _days_covered(warehouse: Warehouse) -> dict[int, tuple[datetime | None, datetime | None]]:
    """By account, the newest day known and the last look. Read once: observations grow with every sync."""
    sql = "SELECT account_id, covered_to, observed_at FROM covered WHERE data_set = ?"
    return warehouse.remember(
        "days covered",
        lambda: {row[0]: row[1:] for row in warehouse.read(sql, [DataSet.ACCOUNT_DAYS.value])},
    )


def _note_days_covered(warehouse: Warehouse, harvest: Harvest) -> None:
    for coverage in harvest.coverage:
        if coverage.data_set is DataSet.ACCOUNT_DAYS:
            covered = _days_covered(warehouse)
            newest, looked_at = covered.get(harvest.account_id, (None, None))
            newest, looked_at = _later(newest, coverage.covered_to), _later(looked_at, harvest.observed_at)
            covered[harvest.account_id] = (newest, looked_at)


def _later(known: datetime | None, told: datetime | None) -> datetime | None:
    return max((instant for instant in (known, naive(told)) if instant is not None), default=None)


def list_known_posts(warehouse: Warehouse, account_id: int, from_at: datetime, to_at: datetime) -> list[str]:
    """The ids of an account's posts published in the interval, both ends included, that are not gone; newest first.

    Stories left out: they end by themselves after a day, which is no deletion.
    """
    rows = warehouse.read(
        """
        SELECT post_id FROM posts
        WHERE account_id = ? AND published_at BETWEEN ? AND ? AND gone_at IS NULL AND kind <> 'story'
        ORDER BY published_at DESC, post_id
        """,
        [account_id, naive(from_at), naive(to_at)],
    )
    return [post_id for (post_id,) in rows]


def find_oldest_post(warehouse: Warehouse, account_id: int) -> datetime | None:
    """When the oldest post known of an account was published, stories left out; None where none is known."""
    sql = "SELECT min(published_at) FROM posts WHERE account_id = ? AND kind <> 'story'"
    oldest: datetime | None = warehouse.read(sql, [account_id])[0][0]
    return oldest and oldest.replace(tzinfo=UTC)


def _names(account: AccountIdentity, harvest: Harvest) -> dict[str, tuple[Any, ...]]:
    """The names for analysts: by table, the row with its key first."""
    business = (account.business_id, account.business_name, account.business_timezone)
    profile = harvest.profile
    if profile is None:
        return {"businesses": business}
    ids = (account.account_id, account.business_id, account.platform.value, account.external_id)
    told = (profile.name, profile.handle, profile.url, profile.avatar_url)
    return {"businesses": business, "accounts": (*ids, *told, naive(account.connected_at))}


def _load_names(connection: Any, names: Mapping[str, tuple[Any, ...]]) -> None:
    for table, row in names.items():
        known = connection.execute(f"SELECT * FROM {table} WHERE {_KEYS[table]} = ?", row[:1]).fetchall()  # noqa: S608  # our own names
        if known != [row]:
            connection.execute(f"DELETE FROM {table} WHERE {_KEYS[table]} = ?", row[:1])  # noqa: S608
            connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608


def _load_observations(connection: Any, harvest: Harvest) -> None:
    rows = [
        (
            harvest.account_id,
            coverage.data_set.value,
            naive(harvest.observed_at),
            naive(coverage.covered_from),
            naive(coverage.covered_to),
            list(coverage.metrics),
            harvest.run_id,
            RowSource.API.value,
        )
        for coverage in harvest.coverage
    ]
    if rows:
        places = ", ".join(f"({', '.join('?' * len(row))})" for row in rows)
        connection.execute(f"INSERT INTO observations VALUES {places}", [value for row in rows for value in row])  # noqa: S608  # placeholders
        _add_up_observations(connection, [row[:5] for row in rows])


def _add_up_observations(connection: Any, rows: list[tuple[Any, ...]]) -> None:
    """Keep what pages ask of all observations: the widest span and the newest look of each data set."""
    places = ", ".join(["(?::BIGINT, ?, ?::TIMESTAMP, ?::TIMESTAMP, ?::TIMESTAMP)"] * len(rows))
    connection.execute(
        f"""
        MERGE INTO covered AS c USING (
            SELECT account_id, data_set, max(observed_at), min(covered_from), max(covered_to)
            FROM (VALUES {places}) AS seen(account_id, data_set, observed_at, covered_from, covered_to) GROUP BY ALL
        ) AS o(account_id, data_set, observed_at, covered_from, covered_to)
        ON c.account_id = o.account_id AND c.data_set = o.data_set
        WHEN MATCHED THEN UPDATE SET observed_at = greatest(c.observed_at, o.observed_at),
            covered_from = least(c.covered_from, o.covered_from), covered_to = greatest(c.covered_to, o.covered_to)
        WHEN NOT MATCHED THEN INSERT VALUES (o.account_id, o.data_set, o.observed_at, o.covered_from, o.covered_to)
        """,  # noqa: S608  # placeholders
        [value for row in rows for value in row],
    )
