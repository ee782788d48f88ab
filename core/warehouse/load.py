"""How does a harvest enter the warehouse? In one transaction, change-only, with the unknown carried forward.

What is known is read first and compared here: an hour in which nothing moved costs four small reads and its observations.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from operator import attrgetter
from typing import Any, NamedTuple

import pyarrow as pa

from core.domain import (
    AccountDay,
    AccountIdentity,
    AssumedSnapshot,
    DataSet,
    Harvest,
    LoadCounts,
    Post,
    PostSnapshot,
    RowSource,
)
from core.metrics import ACCOUNT_METRICS, POST_METRICS, Metric
from core.warehouse.connection import Warehouse

_Numbers = tuple[int | None, ...]
_INSTANT = pa.timestamp("us")


@dataclass(frozen=True, slots=True)
class _Series:
    """One of the two metric histories: its table, the table of its newest rows, its key beside the account, its counters."""

    history: str
    latest: str
    key: str
    key_type: pa.DataType
    counters: tuple[Metric, ...]

    @property
    def schema(self) -> pa.Schema:
        """The columns of both tables, in their order."""
        ids = [("account_id", pa.int64()), (self.key, self.key_type), ("observed_at", _INSTANT)]
        counters = [(counter.value, pa.int64()) for counter in self.counters]
        return pa.schema([*ids, *counters, ("run_id", pa.int64()), ("source", pa.string())])


_POSTS = _Series("post_metrics", "post_latest", "post_id", pa.string(), POST_METRICS)
_DAYS = _Series("account_metrics", "account_daily", "day", pa.date32(), ACCOUNT_METRICS)


_SUM = POST_METRICS.index(Metric.ENGAGEMENTS)
_PARTS = [POST_METRICS.index(part) for part in (Metric.LIKES, Metric.COMMENTS, Metric.SHARES, Metric.SAVES)]


class _PostRow(NamedTuple):
    """A row of posts, first_seen_at left out."""

    account_id: int
    post_id: str
    kind: str
    text: str | None
    permalink: str | None
    media_url: str | None
    hashtags: list[str]
    published_at: datetime
    last_seen_at: datetime
    gone_at: datetime | None = None

    @property
    def told(self) -> tuple[object, ...]:
        """What makes it another post when it changes. Not a picture's address: Meta signs it anew in every answer."""
        return (self.kind, self.text, self.permalink, self.media_url is None, self.hashtags, self.published_at)

    def is_news(self, known: "_PostRow | None") -> bool:
        """Whether it has to be written: new, changed, back again, or seen for the first time this day."""
        if known is None:
            return True
        if self.last_seen_at < max(known.last_seen_at, known.gone_at or known.last_seen_at):
            return False  # an older look never overwrites a newer one
        is_seen_today = self.last_seen_at.date() == known.last_seen_at.date()
        return self.told != known.told or known.gone_at is not None or not is_seen_today


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
        ("last_seen_at", _INSTANT),
        ("gone_at", _INSTANT),
    ]
)


_KNOWN_POSTS_SQL = """
    SELECT account_id, post_id, kind, text, permalink, media_url, hashtags, published_at, last_seen_at, gone_at
    FROM posts WHERE account_id = ? AND post_id BETWEEN ? AND ?
"""
_INSERT_POSTS_SQL = (  # half the price of the merge, where nothing is known that it could meet
    "INSERT INTO posts SELECT * EXCLUDE (last_seen_at, gone_at), last_seen_at, last_seen_at, gone_at FROM news"
)
_MERGE_POSTS_SQL = """
    MERGE INTO posts AS p USING news AS n ON p.account_id = n.account_id AND p.post_id = n.post_id
    WHEN MATCHED THEN UPDATE SET
        kind = n.kind, text = n.text, permalink = n.permalink, media_url = n.media_url, hashtags = n.hashtags,
        published_at = n.published_at, last_seen_at = n.last_seen_at, gone_at = n.gone_at
    WHEN NOT MATCHED THEN INSERT VALUES (
        n.account_id, n.post_id, n.kind, n.text, n.permalink, n.media_url, n.hashtags, n.published_at,
        n.last_seen_at, n.last_seen_at, n.gone_at
    )
"""


def load_harvest(warehouse: Warehouse, account: AccountIdentity, harvest: Harvest) -> LoadCounts:
    """Load all that one sync read of one account. Loading the same harvest twice adds no metric row."""
    if _is_empty(harvest):
        return LoadCounts()
    listed = {post.post_id: _post_row(harvest, post) for post in harvest.posts}
    snapshots, days = _numbers_by_key(_POSTS, harvest.snapshots), _numbers_by_key(_DAYS, harvest.days)
    assumed = {snapshot.post_id for snapshot in harvest.snapshots if isinstance(snapshot, AssumedSnapshot)}
    with warehouse.transaction() as connection:  # everybody waits for it: whatever needs no answer of it is done before
        _load_names(connection, account, harvest)
        _load_posts(connection, listed)
        _mark_gone(connection, harvest, [post_id for post_id in harvest.gone if post_id not in listed])
        of_posts = _load_series(connection, _POSTS, harvest, snapshots, assumed)
        of_days = _load_series(connection, _DAYS, harvest, days)
        _load_observations(connection, harvest)
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
    sql = (
        "SELECT account_id, max(covered_to), max(observed_at) FROM observations WHERE data_set = ? GROUP BY account_id"
    )
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
    return max((instant for instant in (known, _naive(told)) if instant is not None), default=None)


def list_known_posts(warehouse: Warehouse, account_id: int, from_at: datetime, to_at: datetime) -> list[str]:
    """The ids of an account's posts published in the interval, both ends included, that are not gone; newest first."""
    rows = warehouse.read(
        """
        SELECT post_id FROM posts
        WHERE account_id = ? AND published_at BETWEEN ? AND ? AND gone_at IS NULL
        ORDER BY published_at DESC, post_id
        """,
        [account_id, _naive(from_at), _naive(to_at)],
    )
    return [post_id for (post_id,) in rows]


def _load_names(connection: Any, account: AccountIdentity, harvest: Harvest) -> None:
    """The names for analysts."""
    business = (account.business_id, account.business_name, account.business_timezone)
    _load_row(connection, "businesses", "business_id", business)
    profile = harvest.profile
    if profile is not None:
        ids = (account.account_id, account.business_id, account.platform.value, account.external_id)
        names = (profile.name, profile.handle, profile.url, profile.avatar_url)
        _load_row(connection, "accounts", "account_id", (*ids, *names, _naive(account.connected_at)))


def _load_row(connection: Any, table: str, key: str, row: tuple[Any, ...]) -> None:
    """Put a row in the place of the one with its key, the first column; one that says the same already is left alone."""
    known = connection.execute(f"SELECT * FROM {table} WHERE {key} = ?", row[:1]).fetchall()  # noqa: S608  # our own names
    if known == [row]:
        return
    connection.execute(f"DELETE FROM {table} WHERE {key} = ?", row[:1])  # noqa: S608
    connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608


def _load_posts(connection: Any, listed: Mapping[str, _PostRow]) -> None:
    """The posts of which something is new; one that was listed twice counts as it came last."""
    if not listed:
        return
    account_id = next(iter(listed.values())).account_id
    found = connection.execute(_KNOWN_POSTS_SQL, [account_id, min(listed), max(listed)]).fetchall()
    known = {row.post_id: row for row in map(_PostRow._make, found)}
    news = [row for post_id, row in sorted(listed.items()) if row.is_news(known.get(post_id))]
    if news:
        connection.register("news", _table(_POST_SCHEMA, news))
        connection.execute(_MERGE_POSTS_SQL if found else _INSERT_POSTS_SQL)
        connection.unregister("news")


def _post_row(harvest: Harvest, post: Post) -> _PostRow:
    return _PostRow(
        harvest.account_id,
        post.post_id,
        post.kind.value,
        post.text,
        post.permalink,
        post.media_url,
        list(post.hashtags),
        _naive(post.published_at),
        _naive(harvest.observed_at),
    )


def _mark_gone(connection: Any, harvest: Harvest, gone: Sequence[str]) -> None:
    """The posts that the platform says are deleted."""
    if not gone:
        return
    forgotten = ", text = NULL, media_url = NULL, hashtags = []" if harvest.forget_gone else ""
    at = _naive(harvest.observed_at)
    connection.execute(
        f"""
        UPDATE posts SET gone_at = coalesce(gone_at, ?){forgotten}
        WHERE account_id = ? AND last_seen_at <= ? AND post_id IN (SELECT unnest(?::VARCHAR[]))
        """,  # noqa: S608  # a constant of ours
        [at, harvest.account_id, at, gone],
    )


def _numbers_by_key(series: _Series, records: Iterable[PostSnapshot | AccountDay]) -> dict[Any, _Numbers]:
    """The counters by post or day, in that order: of one met twice the later known number counts, one without any is left out."""
    key_of, numbers_of = attrgetter(series.key), attrgetter(*series.counters)
    found: dict[Any, _Numbers] = {}
    for record in records:
        numbers = numbers_of(record)
        if any(number is not None for number in numbers):
            key = key_of(record)
            found[key] = _carried(numbers, found.get(key))
    return dict(sorted(found.items()))


def _carried(numbers: _Numbers, known: _Numbers | None) -> _Numbers:
    """These numbers, and where there is none the one known before."""
    if known is None:
        return numbers
    return tuple(before if number is None else number for number, before in zip(numbers, known, strict=True))


def _next_numbers(numbers: _Numbers, known: _Numbers | None, is_assumed: bool) -> _Numbers:  # of one key
    """The row that follows from an answer and the last one known."""
    if known is None:
        return numbers
    if is_assumed:
        return _carried(known, numbers)
    return _with_parts_followed(_carried(numbers, known), numbers, known)


def _with_parts_followed(carried: _Numbers, numbers: _Numbers, known: _Numbers) -> _Numbers:
    """Engagements that were not answered move with their parts that were: a sum must not contradict its own row."""
    if len(carried) != len(POST_METRICS) or numbers[_SUM] is not None or known[_SUM] is None:
        return carried
    moved = sum((carried[part] or 0) - (known[part] or 0) for part in _PARTS if known[part] is not None)
    return (*carried[:_SUM], known[_SUM] + moved, *carried[_SUM + 1 :])  # type: ignore[operator]  # known, as asked above


def _load_series(
    connection: Any, series: _Series, harvest: Harvest, seen: Mapping[Any, _Numbers], assumed: Container[Any] = ()
) -> LoadCounts:
    """Add a row to the history where a known counter differs from the last one seen; keep the newest rows beside it.

    What is only `assumed` of a key never takes the place of a known number.
    """
    if not seen:
        return LoadCounts()
    found = _find_known(connection, series, harvest, seen)
    known = found or {}
    carried = {key: _next_numbers(numbers, known.get(key), key in assumed) for key, numbers in seen.items()}
    changed = {key: numbers for key, numbers in carried.items() if numbers != known.get(key)}
    if changed:
        latest = _insert_latest_sql(series) if found is None else _merge_latest_sql(series)
        _append(connection, series, harvest, changed, latest)
    new = sum(key not in known for key in changed)
    return LoadCounts(new=new, changed=len(changed) - new, unchanged=len(seen) - len(changed))


# The names in the statements come from _Series and the Metric enum, never from data.
def _find_known(connection: Any, series: _Series, harvest: Harvest, keys: Iterable[Any]) -> dict[Any, _Numbers] | None:
    """The last numbers seen before this harvest; those of the history where something newer has been loaded already.

    None where nothing is known between the first and the last key.
    """
    columns = ", ".join([series.key, "observed_at", *series.counters])
    wanted = f"account_id = ? AND {series.key} BETWEEN ? AND ?"
    bounds = [harvest.account_id, min(keys), max(keys)]
    rows = connection.execute(f"SELECT {columns} FROM {series.latest} WHERE {wanted}", bounds).fetchall()  # noqa: S608
    if not rows:
        return None
    observed_at = _naive(harvest.observed_at)
    if any(row[1] > observed_at for row in rows):
        rows = connection.execute(
            f"""
            SELECT {columns} FROM {series.history} WHERE {wanted} AND observed_at <= ?
            QUALIFY row_number() OVER (PARTITION BY {series.key} ORDER BY observed_at DESC) = 1
            """,  # noqa: S608
            [*bounds, observed_at],
        ).fetchall()
    return {row[0]: row[2:] for row in rows}


def _append(
    connection: Any, series: _Series, harvest: Harvest, changed: Mapping[Any, _Numbers], latest_sql: str
) -> None:
    observed_at, run = _naive(harvest.observed_at), (harvest.run_id, RowSource.API.value)
    rows = [(harvest.account_id, key, observed_at, *numbers, *run) for key, numbers in changed.items()]
    connection.register("changed", _table(series.schema, rows))
    connection.execute(f"INSERT INTO {series.history} SELECT * FROM changed")  # noqa: S608
    connection.execute(latest_sql)
    connection.unregister("changed")


def _insert_latest_sql(series: _Series) -> str:
    return f"INSERT INTO {series.latest} SELECT * FROM changed"  # noqa: S608


def _merge_latest_sql(series: _Series) -> str:
    columns = series.schema.names
    updates = ", ".join(f"{column} = c.{column}" for column in columns[2:])
    values = ", ".join(f"c.{column}" for column in columns)
    return f"""
        MERGE INTO {series.latest} AS l
        USING changed AS c ON l.account_id = c.account_id AND l.{series.key} = c.{series.key}
        WHEN MATCHED AND c.observed_at >= l.observed_at THEN UPDATE SET {updates}
        WHEN NOT MATCHED THEN INSERT VALUES ({values})
    """


def _load_observations(connection: Any, harvest: Harvest) -> None:
    rows = [
        (
            harvest.account_id,
            coverage.data_set.value,
            _naive(harvest.observed_at),
            _naive(coverage.covered_from),
            _naive(coverage.covered_to),
            list(coverage.metrics),
            harvest.run_id,
            RowSource.API.value,
        )
        for coverage in harvest.coverage
    ]
    if rows:
        places = ", ".join(f"({', '.join('?' * len(row))})" for row in rows)
        connection.execute(f"INSERT INTO observations VALUES {places}", [value for row in rows for value in row])  # noqa: S608  # placeholders


def _table(schema: pa.Schema, rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    columns = [pa.array(column, field.type) for column, field in zip(zip(*rows, strict=True), schema, strict=True)]
    return pa.Table.from_arrays(columns, schema=schema)


def _naive(instant: Any) -> Any:
    """The warehouse keeps instants as TIMESTAMP in UTC."""
    return instant.astimezone(UTC).replace(tzinfo=None) if instant else None
