"""Do pages end, and does one gone id cost only itself?"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import GoneError, TransientError
from core.fetchers.paging import Page, TooMuchAskedError, fetch_halving, walk_pages

pytestmark = pytest.mark.unit


def pages(*given):
    """A page fetcher over (items, next cursor) by cursor, and the cursors asked."""
    book = {None if n == 0 else str(n): Page(list(items), cursor) for n, (items, cursor) in enumerate(given)}
    asked = []

    def fetch_page(cursor):
        asked.append(cursor)
        return book[cursor]

    return fetch_page, asked


def test_every_item_of_every_page_in_order():
    fetch_page, asked = pages(([1, 2], "1"), ([], "2"), ([3], None))
    assert list(walk_pages(fetch_page)) == [1, 2, 3]
    assert asked == [None, "1", "2"]


def test_a_repeated_cursor_ends_the_walk():
    fetch_page, asked = pages(([1], "1"), ([2], "1"))
    assert list(walk_pages(fetch_page)) == [1, 2]
    assert asked == [None, "1"]


def test_a_walk_has_a_most_number_of_pages():
    numbers = iter(range(1000))
    walk = walk_pages(lambda _cursor: Page(["item"], str(next(numbers))), most_pages=7)
    assert len(list(walk)) == 7


def test_a_page_is_asked_only_when_its_items_are_wanted():
    fetch_page, asked = pages(([1, 2], "1"), ([3], None))
    walk = walk_pages(fetch_page)
    assert (next(walk), next(walk)) == (1, 2)
    assert asked == [None]


@settings(max_examples=20)
@given(st.sets(st.integers(0, 40)), st.integers(0, 40))
def test_only_the_gone_ids_are_missing(gone, count):
    ids = [str(number) for number in range(count)]
    calls = []

    def fetch_batch(some):
        calls.append(list(some))
        if any(int(post_id) in gone for post_id in some):
            raise GoneError("one of them is gone")
        return {post_id: int(post_id) for post_id in some}

    found = fetch_halving(ids, fetch_batch)
    assert found == {post_id: int(post_id) for post_id in ids if int(post_id) not in gone}
    assert all(calls)


def test_one_gone_id_of_64_costs_13_calls():
    calls = []

    def fetch_batch(some):
        calls.append(some)
        if "37" in some:
            raise GoneError("gone")
        return dict.fromkeys(some, 1)

    assert len(fetch_halving([str(n) for n in range(64)], fetch_batch)) == 63
    assert len(calls) == 13


def test_a_batch_that_is_too_big_is_halved_but_one_object_too_big_is_an_error():
    def fetch_batch(some):
        if len(some) > 2:
            raise TooMuchAskedError("too big")
        return dict.fromkeys(some, 1)

    assert len(fetch_halving([str(n) for n in range(9)], fetch_batch)) == 9

    def refuse(_some):
        raise TooMuchAskedError("too big")

    with pytest.raises(TooMuchAskedError):
        fetch_halving(["1"], refuse)


def test_any_other_error_is_the_batchs():
    def fetch_batch(_some):
        raise TransientError("down")

    with pytest.raises(TransientError):
        fetch_halving(["1", "2"], fetch_batch)
