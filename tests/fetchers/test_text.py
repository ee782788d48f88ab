"""Is a post's raw text read as people see it?"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.fetchers.text import find_hashtags, read_little_text

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("Hello {hashtag|\\#|news}!", "Hello #news!"),
        ("{hashtag|#|one\\_two}", "#one_two"),
        ("By @[Harbour \\(Bakery\\)](urn:li:organization:1) today", "By Harbour (Bakery) today"),
        ("1 \\* 2 \\_ 3 \\\\ 4", "1 * 2 _ 3 \\ 4"),
        ("a {brace} stays", "a {brace} stays"),
        ("an open @[ stays", "an open @[ stays"),
        ("", ""),
        (None, None),
    ],
)
def test_little_text(raw, shown):
    assert read_little_text(raw) == shown


@settings(max_examples=20)
@given(st.text())
def test_escaped_text_comes_back_as_it_was(text):
    escaped = "".join(f"\\{char}" if char in "\\|{}@[]()<>#*_~" else char for char in text)
    assert read_little_text(escaped) == text


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("#Bread and #rolls, #bread again", ("Bread", "rolls")),
        ("(#Käse) #東京 #no_1", ("Käse", "東京", "no_1")),
        ("we are #1, see https://a.test/#top and a#b &#39;", ()),
        (None, ()),
    ],
)
def test_hashtags(text, tags):
    assert find_hashtags(text) == tags
