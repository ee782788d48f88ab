"""How is a table written as Parquet? Every column in its own type, unknown as NULL."""

import pyarrow as pa
import pyarrow.parquet as pq

from core.export.tables import Table


def parquet_file(table: Table) -> bytes:
    """The table for whoever goes on computing."""
    out = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pandas(table.frame, preserve_index=False), out, compression="zstd")
    return bytes(out.getvalue())
