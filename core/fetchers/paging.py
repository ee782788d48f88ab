"""How are pages and batches walked? One generator for every platform's pages, one bisection for every platform's batches."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from core.errors import GoneError, MalformedAnswerError

T = TypeVar("T")

MOST_PAGES = 500


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page: its items, and the cursor of the next page or None at the end."""

    items: list[T]
    next_cursor: str | None


def iterate_pages(fetch_page: Callable[[str | None], Page[T]], *, most_pages: int = MOST_PAGES) -> Iterator[Page[T]]:
    """Every page; ends at the last page, at a cursor seen before, or after `most_pages`."""
    cursor: str | None = None
    seen: set[str] = set()
    for _ in range(most_pages):
        page = fetch_page(cursor)
        yield page
        cursor = page.next_cursor
        if cursor is None or cursor in seen:
            return
        seen.add(cursor)


def walk_pages(fetch_page: Callable[[str | None], Page[T]], *, most_pages: int = MOST_PAGES) -> Iterator[T]:
    """Every item of every page."""
    return (item for page in iterate_pages(fetch_page, most_pages=most_pages) for item in page.items)


class TooMuchAskedError(MalformedAnswerError):
    """The answer would be too big: ask for fewer objects."""


def fetch_halving(ids: Sequence[str], fetch_batch: Callable[[Sequence[str]], dict[str, T]]) -> dict[str, T]:
    """What `fetch_batch` gives for `ids`; a refused batch is halved, so that one gone id costs only itself."""
    if not ids:
        return {}
    try:
        return fetch_batch(ids)
    except (GoneError, TooMuchAskedError) as error:
        if len(ids) == 1 and isinstance(error, GoneError):
            return {}
        if len(ids) == 1:
            raise
    middle = len(ids) // 2
    return fetch_halving(ids[:middle], fetch_batch) | fetch_halving(ids[middle:], fetch_batch)
