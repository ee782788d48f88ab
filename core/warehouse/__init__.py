"""The warehouse: what was measured, in DuckDB. One writer, immutable published copies for everyone else."""
