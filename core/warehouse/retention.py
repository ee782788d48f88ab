"""What has to be forgotten? Text and media of posts, where a platform's rules bind; the numbers stay."""

from collections.abc import Sequence
from datetime import datetime

from core.warehouse.connection import Warehouse
from core.warehouse.rows import naive


def forget_texts(warehouse: Warehouse, account_ids: Sequence[int], published_before: datetime) -> int:
    """Remove text, media and hashtags of these accounts' posts published before an instant. Returns how many."""
    with warehouse.transaction() as connection:
        rows = connection.execute(
            """
            UPDATE posts SET text = NULL, media_url = NULL, hashtags = []
            WHERE published_at < ? AND (text IS NOT NULL OR media_url IS NOT NULL)
              AND account_id IN (SELECT unnest(?::BIGINT[]))
            """,
            [naive(published_before), list(account_ids)],
        ).fetchone()
    return int(rows[0]) if rows else 0
