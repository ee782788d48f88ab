"""How is a table written as Parquet? Every column in its own type, unknown as NULL."""

import pyarrow as pa
import pyarrow.parquet as pq

from core.export.tables import Table


def parquet_file(table: Table) -> bytes:
    """The table for whoever goes on computing."""
    out = pa.BufferOutputStream()
    pq.write_table(_typed(pa.Table.from_pandas(table.frame, preserve_index=False)), out, compression="zstd")
    return bytes(out.getvalue())


def _typed(table: pa.Table) -> pa.Table:
    """Words that nobody knows are words: a column without a type would be read as whole numbers."""
    fields = [field.with_type(pa.string()) if pa.types.is_null(field.type) else field for field in table.schema]
    return table.cast(pa.schema(fields, metadata=table.schema.metadata))
