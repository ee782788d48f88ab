"""How do posts enter the warehouse? Only those of which something is new; a gone one by the platform's own word."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from core.domain import Harvest, Post
from core.warehouse.rows import naive, rows_json, table_sql


class PostRow(NamedTuple):
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

    def is_news(self, known: "PostRow | None") -> bool:
        """Whether it has to be written: new, changed, back again, or seen for the first time this day."""
        if known is None:
            return True
        if self.last_seen_at < max(known.last_seen_at, known.gone_at or known.last_seen_at):
            return False  # an older look never overwrites a newer one
        is_seen_today = self.last_seen_at.date() == known.last_seen_at.date()
        return self.told != known.told or known.gone_at is not None or not is_seen_today


_NEWS_SQL = table_sql(
    {
        "account_id": "BIGINT",
        "post_id": "VARCHAR",
        "kind": "VARCHAR",
        "text": "VARCHAR",
        "permalink": "VARCHAR",
        "media_url": "VARCHAR",
        "hashtags": ["VARCHAR"],
        "published_at": "TIMESTAMP",
        "last_seen_at": "TIMESTAMP",
        "gone_at": "TIMESTAMP",
    }
)
_KNOWN_POSTS_SQL = """
    SELECT account_id, post_id, kind, text, permalink, media_url, hashtags, published_at, last_seen_at, gone_at
    FROM posts WHERE account_id = ? AND post_id BETWEEN ? AND ?
"""
_INSERT_POSTS_SQL = f"""
    INSERT INTO posts
    SELECT * EXCLUDE (last_seen_at, gone_at), last_seen_at, last_seen_at, gone_at FROM ({_NEWS_SQL})
"""  # noqa: S608  # half the price of the merge, where nothing is known that it could meet
_MERGE_POSTS_SQL = f"""
    MERGE INTO posts AS p USING ({_NEWS_SQL}) AS n ON p.account_id = n.account_id AND p.post_id = n.post_id
    WHEN MATCHED THEN UPDATE SET
        kind = n.kind, text = n.text, permalink = n.permalink, media_url = n.media_url, hashtags = n.hashtags,
        published_at = n.published_at, last_seen_at = n.last_seen_at, gone_at = n.gone_at
    WHEN NOT MATCHED THEN INSERT VALUES (
        n.account_id, n.post_id, n.kind, n.text, n.permalink, n.media_url, n.hashtags, n.published_at,
        n.last_seen_at, n.last_seen_at, n.gone_at
    )
"""


def load_posts(connection: Any, listed: Mapping[str, PostRow]) -> None:
    """The posts of which something is new; one that was listed twice counts as it came last."""
    if not listed:
        return
    account_id = next(iter(listed.values())).account_id
    found = connection.execute(_KNOWN_POSTS_SQL, [account_id, min(listed), max(listed)]).fetchall()
    known = {row.post_id: row for row in map(PostRow._make, found)}
    news = [row for post_id, row in sorted(listed.items()) if row.is_news(known.get(post_id))]
    if news:
        connection.execute(_MERGE_POSTS_SQL if found else _INSERT_POSTS_SQL, [rows_json(PostRow._fields, news)])


def post_row(harvest: Harvest, post: Post) -> PostRow:
    is_kept = harvest.keep_texts_from is None or post.published_at >= harvest.keep_texts_from
    return PostRow(
        harvest.account_id,
        post.post_id,
        post.kind.value,
        post.text if is_kept else None,
        post.permalink,
        post.media_url if is_kept else None,
        list(post.hashtags) if is_kept else [],
        naive(post.published_at),
        naive(harvest.observed_at),
    )


def mark_gone(connection: Any, harvest: Harvest, gone: Sequence[str]) -> None:
    """The posts that the platform says are deleted."""
    if not gone:
        return
    forgotten = ", text = NULL, media_url = NULL, hashtags = []" if harvest.forget_gone else ""
    at = naive(harvest.observed_at)
    connection.execute(
        f"""
        UPDATE posts SET gone_at = coalesce(gone_at, ?){forgotten}
        WHERE account_id = ? AND last_seen_at <= ? AND post_id IN (SELECT unnest(?::VARCHAR[]))
        """,  # noqa: S608  # a constant of ours
        [at, harvest.account_id, at, gone],
    )
