"""Are the wanted posts taken, each once, and is it told honestly whether that is all?"""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.fetchers.base import PostList
from core.fetchers.listing import take_posts
from core.fetchers.paging import Page
from tests.fetchers.stage import ids_of, listed_post

pytestmark = pytest.mark.unit


def day(number):
    return datetime(2026, 11, number, tzinfo=UTC)


def post(number):
    """A post named after the day of its publication."""
    return listed_post(str(number), published_at=day(number))


def pages(*days, ends=True):
    """Pages of posts by their days; the last has a next cursor where the list does not end."""
    for number, some in enumerate(days, start=1):
        is_last = ends and number == len(days)
        yield Page([post(number) for number in some], None if is_last else str(number))


def taken(found):
    return [int(post_id) for post_id in ids_of(found.listed)], found.is_complete


def test_the_newest_posts_once_each_and_no_page_more_than_needed():
    walk = pages([9, 8], [8, 7], [6], [5])
    assert taken(take_posts(walk, 3)) == ([9, 8, 7], False)
    assert ids_of(next(walk).items) == ["6"]


def test_a_list_that_ends_is_complete_and_one_that_is_cut_is_not():
    assert taken(take_posts(pages([9, 8], [7]), 3)) == ([9, 8, 7], True)
    assert taken(take_posts(pages([9, 8, 7]), 2)) == ([9, 8], False)
    assert taken(take_posts(pages([9, 8, 7]), 0)) == ([], False)


def test_a_walk_that_was_broken_off_is_not_complete():
    assert taken(take_posts(pages([9], [8], ends=False), 5)) == ([9, 8], False)


def test_the_page_with_the_first_older_post_is_read_to_its_end_and_is_the_last():
    walk = pages([9, 3, 8], [7], [6])
    assert taken(take_posts(walk, 10, since=day(5))) == ([9, 8], True)
    assert ids_of(next(walk).items) == ["7"]


def test_posts_that_are_too_new_are_passed_over():
    assert taken(take_posts(pages([9, 8], [7, 6], [5]), 2, until=day(8))) == ([7, 6], False)
    assert taken(take_posts(pages([9], [8]), 2, until=day(8))) == ([], True)


def test_since_is_included_and_until_is_not():
    assert taken(take_posts(pages([9, 8, 7, 6]), 9, since=day(7), until=day(9))) == ([8, 7], True)


@settings(max_examples=50)
@given(
    st.lists(st.lists(st.integers(1, 28), max_size=5), max_size=5),
    st.integers(0, 12),
    st.integers(1, 28),
    st.integers(1, 28),
)
def test_whatever_comes_is_within_the_span_sorted_and_no_more_than_the_limit(days, limit, since, until):
    found = take_posts(pages(*days), limit, since=day(since), until=day(until))
    numbers, _ = taken(found)
    assert isinstance(found, PostList)
    assert numbers == sorted(set(numbers), reverse=True)
    assert len(numbers) <= limit
    assert all(since <= number < until for number in numbers)


@settings(max_examples=50)
@given(st.sets(st.integers(1, 28)), st.integers(1, 5), st.integers(1, 28))
def test_a_sorted_list_loses_nothing(days, size, since):
    newest_first = sorted(days, reverse=True)
    walk = pages(*(newest_first[start : start + size] for start in range(0, len(newest_first), size)))
    assert taken(take_posts(walk, 100, since=day(since)))[0] == [number for number in newest_first if number >= since]
