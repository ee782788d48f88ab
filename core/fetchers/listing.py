"""Which posts of a platform's pages are wanted? Those of a span of time, each once, no more than a limit."""

from collections.abc import Iterator
from datetime import datetime

from core.fetchers.base import ListedPost, PostList
from core.fetchers.paging import Page


def take_posts(
    pages: Iterator[Page[ListedPost]], limit: int, *, since: datetime | None = None, until: datetime | None = None
) -> PostList:
    """The newest `limit` posts published in [since, until); no page is asked that is not needed.

    The page that holds the first post older than `since` is read to its end: platforms order by creation, and a planned post
    is published later than created.
    """
    found: dict[str, ListedPost] = {}
    has_all = False
    while len(found) < limit and not has_all:
        page = next(pages, None)
        if page is None:  # the walk was broken off, so more may follow
            break
        for item in page.items:
            if _is_within(item, since, until):
                found.setdefault(item.post.post_id, item)
        has_all = page.next_cursor is None or any(since and item.post.published_at < since for item in page.items)
    newest = sorted(found.values(), key=lambda item: item.post.published_at, reverse=True)
    return PostList(newest[: max(limit, 0)], has_all and len(newest) <= limit)


def _is_within(item: ListedPost, since: datetime | None, until: datetime | None) -> bool:
    published_at = item.post.published_at
    return (since is None or published_at >= since) and (until is None or published_at < until)
