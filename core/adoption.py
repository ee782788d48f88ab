"""How does a history that was made elsewhere become this installation's own? Runs and numbers together, safe to be done again."""

from pathlib import Path

from core.errors import AppError
from core.ops import history, requests
from core.ops.businesses import list_all_businesses
from core.ops.session import OperationsDatabase
from core.warehouse.adoption import adopt
from core.warehouse.connection import Warehouse, find_published


def adopt_history(database: OperationsDatabase, warehouse: Warehouse, folder: Path) -> str | None:
    """Take over the history in the folder; what was taken over, None where a sync has to end first.

    The numbers are kept before the runs: a crash in between leaves numbers whose runs come with the next try.
    """
    published = find_published(folder / "published" / "warehouse.duckdb")
    if published is None:
        raise AppError(f"{folder} holds no history: start the demo again to have it made.")
    past = OperationsDatabase(f"sqlite:///{folder / 'operations.db'}")
    try:
        with past.reading() as theirs, database.transaction() as ours:
            if requests.is_being_synced(ours, [business.id for business in list_all_businesses(ours)]):
                return None
            pairs = history.pair_accounts(ours, theirs)
            runs = history.take_over_runs(ours, theirs, pairs)
            history.take_over_story(ours, theirs, pairs)
            rows = adopt(warehouse, published, pairs)
    finally:
        past.close()
    return f"Took over {runs:,} syncs of {len(pairs):,} accounts and {rows:,} rows of numbers."
