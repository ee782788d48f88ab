"""How are pages walked? One generator for every platform, bounded, with a stop for a repeated cursor."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

MOST_PAGES = 500


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page: its items, and the cursor of the next page or None at the end."""

    items: list[T]
    next_cursor: str | None


def walk_pages(fetch_page: Callable[[str | None], Page[T]], *, most_pages: int = MOST_PAGES) -> Iterator[T]:
    """Every item of every page; ends at the last page, at a cursor seen before, or after `most_pages`."""
    cursor: str | None = None
    seen: set[str] = set()
    for _ in range(most_pages):
        page = fetch_page(cursor)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None or cursor in seen:
            return
        seen.add(cursor)
