"""Is a warehouse what it would be had nothing gone wrong? Every table, row by row, as a bag: a doubled row is a difference.

Left out is what tells when we looked, which a disturbed sync does at other moments: `observed_at`, `first_seen_at`,
`last_seen_at`, and the number of the run. `observations` has a row for every look, and a disturbed sync looks more often; of
it the coverage is compared that it stands for: per account and data set from when, up to which day, and which metrics.
"""

import re
from collections import Counter
from datetime import date

import duckdb

_WHEN_LOOKED = "observed_at, run_id"
_TABLES = {
    "businesses": "SELECT * FROM businesses",
    "accounts": "SELECT * FROM accounts",
    "posts": "SELECT * EXCLUDE (first_seen_at, last_seen_at) FROM posts",
    **{
        table: f"SELECT * EXCLUDE ({_WHEN_LOOKED}) FROM {table}"
        for table in ("post_metrics", "post_latest", "account_metrics", "account_daily")
    },
    "metric_events": "SELECT * FROM metric_events",
    "observations": """
        SELECT account_id, data_set, min(covered_from) FILTER (data_set IN ('posts', 'account_days')) AS covered_from,
               max(covered_to) FILTER (data_set = 'account_days') AS covered_to,
               list_sort(list_distinct(flatten(list(metrics)))) AS metrics
        FROM observations GROUP BY ALL
    """,
}
_LATEST = ("businesses", "accounts", "posts", "post_latest", "account_daily")
_TWICE = {
    "posts": "account_id, post_id",
    "post_latest": "account_id, post_id",
    "account_daily": "account_id, day",
    "post_metrics": "account_id, post_id, observed_at",
    "account_metrics": "account_id, day, observed_at",
    "accounts": "account_id",
    "businesses": "business_id",
}


def read_rows(path):
    """Every table of a warehouse that nobody writes."""
    with duckdb.connect(str(path.resolve()), read_only=True) as connection:
        return {table: Counter(map(repr, connection.execute(sql).fetchall())) for table, sql in _TABLES.items()}


def latest_of(rows, *, before=None):
    """Only what is known now: where a disturbed sync looked more often, the history has more rows than that of one look.

    `before`: days from then on are left out.
    """
    latest = {table: rows[table] for table in _LATEST}
    if before is not None:
        days = latest["account_daily"]
        latest["account_daily"] = Counter({row: count for row, count in days.items() if _day_of(row) < before})
    return latest


def _day_of(row):
    """The first date written in a row."""
    return date(*map(int, re.search(r"datetime\.date\((\d+), (\d+), (\d+)\)", row).groups()))


def count_rows(rows):
    return sum(bag.total() for bag in rows.values())


def differences(found, expected):
    """A sentence for each table that is not as it should be."""
    for table, rows in expected.items():
        lost, added = rows - found[table], found[table] - rows
        if lost or added:
            example = next(iter(lost or added))
            yield f"{table}: {lost.total()} rows lost, {added.total()} too many or other, such as {example[:200]}"


def doubled(path):
    """A sentence for each table that holds the same thing twice."""
    with duckdb.connect(str(path.resolve()), read_only=True) as connection:
        for table, key in _TWICE.items():
            sql = f"SELECT count(*) FROM (SELECT 1 FROM {table} GROUP BY {key} HAVING count(*) > 1)"
            found = connection.execute(sql).fetchone()[0]
            if found:
                yield f"{table}: {found} rows are there twice"


def half_loaded(path):
    """Accounts of which a look is there in parts: a look is loaded in one transaction, or not at all."""
    with duckdb.connect(str(path.resolve()), read_only=True) as connection:
        found = connection.execute(
            """
            SELECT account_id, count(DISTINCT data_set) FROM observations
            GROUP BY account_id HAVING count(DISTINCT data_set) < 3
            """
        ).fetchall()
    return [f"account {account_id}: only {count} of its data sets are there" for account_id, count in found]
