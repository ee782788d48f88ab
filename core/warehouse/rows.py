"""How do our values become the warehouse's? Instants without a zone, and rows as an Arrow table."""

from collections.abc import Sequence
from datetime import UTC
from typing import Any

import pyarrow as pa

pa.set_memory_pool(pa.system_memory_pool())  # Arrow's own keeps 57 MB of what a hundred threads have used once

INSTANT = pa.timestamp("us")


def naive(instant: Any) -> Any:
    """The warehouse keeps instants as TIMESTAMP in UTC."""
    return instant.astimezone(UTC).replace(tzinfo=None) if instant else None


def to_table(schema: pa.Schema, rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    columns = [pa.array(column, field.type) for column, field in zip(zip(*rows, strict=True), schema, strict=True)]
    return pa.Table.from_arrays(columns, schema=schema)
