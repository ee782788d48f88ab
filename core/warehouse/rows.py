"""How do our values become the warehouse's? Instants without a zone, and rows as JSON that DuckDB reads into typed columns.

Arrow would be as fast, but importing it costs the sidecar 36 MB; a parameter for each value would be four times as slow.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any


def naive(instant: Any) -> Any:
    """The warehouse keeps instants as TIMESTAMP in UTC."""
    return instant.astimezone(UTC).replace(tzinfo=None) if instant else None


def table_sql(types: Mapping[str, str | list[str]]) -> str:
    """The query that gives rows back as a table; its one parameter is `rows_json` of them. `types`: DuckDB's, by column."""
    return f"SELECT unnest(from_json_strict(?, '{json.dumps([types])}'), max_depth := 2)"


def rows_json(columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> str:
    return json.dumps([dict(zip(columns, row, strict=True)) for row in rows], default=str)  # instants and days are text
