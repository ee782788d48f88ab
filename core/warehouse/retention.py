"""What has to be forgotten? Text and media of posts, where a platform's rules bind; the numbers stay."""

from datetime import UTC, datetime

from core.domain import Platform
from core.warehouse.connection import Warehouse


def forget_texts(warehouse: Warehouse, platform: Platform, published_before: datetime) -> int:
    """Remove text, media and hashtags of the platform's posts published before an instant. Returns how many."""
    with warehouse.transaction() as connection:
        rows = connection.execute(
            """
            UPDATE posts SET text = NULL, media_url = NULL, hashtags = []
            WHERE published_at < ? AND (text IS NOT NULL OR media_url IS NOT NULL)
              AND account_id IN (SELECT account_id FROM accounts WHERE platform = ?)
            """,
            [published_before.astimezone(UTC).replace(tzinfo=None), platform.value],
        ).fetchone()
    return int(rows[0]) if rows else 0
