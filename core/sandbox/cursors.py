"""Where does the next page begin? Cursors that name a post, so that newer posts never shift a page."""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, datetime

from core.sandbox.world import WorldPost

Position = tuple[datetime, str]

_TAIL = "-"  # what follows tells two cursors to one place apart


def position_of(post: WorldPost) -> Position:
    return post.published_at, post.post_id


def make_cursor(post: WorldPost) -> str:
    """An opaque cursor to the posts older than this one."""
    return f"{post.published_at.isoformat()}|{post.post_id}".encode().hex()


def another_cursor(cursor: str) -> str:
    """Another cursor to the same place ("" = before the newest post)."""
    place, _, number = cursor.partition(_TAIL)
    return f"{place}{_TAIL}{int(number or 0) + 1}"


def read_cursor(cursor: str) -> Position:
    """The position a cursor stands for; ValueError where it is none of ours."""
    published_at, _, post_id = bytes.fromhex(cursor).decode().partition("|")
    return datetime.fromisoformat(published_at).astimezone(UTC), post_id


def newest_before(posts: Sequence[WorldPost], cursor: str | None, count: int) -> tuple[list[WorldPost], bool]:
    """Up to `count` posts older than the cursor, newest first, and whether older ones follow.

    `posts` are sorted oldest first.
    """
    place = (cursor or "").partition(_TAIL)[0]
    end = bisect_left(posts, read_cursor(place), key=position_of) if place else len(posts)
    start = max(0, end - count)
    return list(reversed(posts[start:end])), start > 0


def published_between(
    posts: Sequence[WorldPost], since: datetime | None, until: datetime | None
) -> Sequence[WorldPost]:
    """The posts of [since, until)."""
    first = bisect_left(posts, since, key=lambda post: post.published_at) if since else 0
    last = bisect_left(posts, until, key=lambda post: post.published_at) if until else len(posts)
    return posts[first:last]
