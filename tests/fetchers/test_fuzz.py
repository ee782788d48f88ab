"""Whatever a platform answers: does reading it give records or a FetchError, and never a number that nobody gave?"""

import copy
import dataclasses
import json
from datetime import date, timedelta

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.domain import AccountDay, Platform, Post, PostSnapshot, Profile
from core.errors import FetchError, MalformedAnswerError
from core.fetchers import (
    facebook_answers,
    facebook_reels,
    graph_errors,
    graph_insights,
    graph_pages,
    instagram,
    linkedin_answers,
    linkedin_errors,
    linkedin_statistics,
    x,
    x_answers,
)
from core.fetchers.answers import build_days, build_snapshot
from core.fetchers.base import ListedPost
from core.fetchers.dialect import Answer, quote_answer
from core.metrics import ACCOUNT_METRICS, POST_METRICS
from tests.conftest import NOW
from tests.fetchers.stage import listed_post, read_fixture

pytestmark = pytest.mark.unit

EXAMPLES = settings(
    max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
LINKEDIN, X, FACEBOOK, INSTAGRAM = Platform.LINKEDIN, Platform.X, Platform.FACEBOOK, Platform.INSTAGRAM
OLD = NOW - timedelta(days=800)  # an old post that LinkedIn leaves out has no zeros
URNS = ("urn:li:share:7211111111111111111", "urn:li:ugcPost:7222222222222222222", "urn:li:share:7233333333333333333")
TWEETS = ("1800000000000000004", "1800000000000000003")
DAYS = [date(2026, 11, 1) + timedelta(days=number) for number in range(30)]


def snapshots_of(table, offers):
    return [build_snapshot(key, numbers, offers) for key, numbers in table.items() if numbers is not None]


PARSERS = {
    "linkedin posts": (
        lambda body: linkedin_answers.parse_posts(body).items,
        [(LINKEDIN, "posts_page_1"), (LINKEDIN, "posts_of_every_kind")],
    ),
    "linkedin profile": (
        lambda body: [linkedin_answers.parse_profile(body, {"firstDegreeSize": 5}, "1")],
        [(LINKEDIN, "profile")],
    ),
    "linkedin followers": (
        lambda body: [linkedin_answers.parse_profile({"id": 1, "localizedName": "A"}, body, "1")],
        [(LINKEDIN, "followers")],
    ),
    "linkedin roles": (lambda body: linkedin_answers.parse_roles(body).items, [(LINKEDIN, "roles")]),
    "linkedin names": (linkedin_answers.parse_organizations, [(LINKEDIN, "organizations_one_forbidden")]),
    "linkedin gone": (lambda body: linkedin_answers.parse_gone(body, URNS), [(LINKEDIN, "posts_batch_one_deleted")]),
    "linkedin statistics": (
        lambda body: snapshots_of(
            linkedin_statistics.parse_statistics(body, [listed_post(urn, published_at=OLD).post for urn in URNS], NOW),
            linkedin_statistics.OFFERS,
        ),
        [(LINKEDIN, "post_statistics")],
    ),
    "linkedin days": (
        lambda body: build_days(linkedin_statistics.parse_days(body), DAYS),
        [(LINKEDIN, "share_statistics_by_day"), (LINKEDIN, "follower_gains_by_day"), (LINKEDIN, "page_views_by_day")],
    ),
    "linkedin video views": (
        lambda body: [PostSnapshot("1", video_views=linkedin_statistics.parse_video_views(body))],
        [(LINKEDIN, "video_views")],
    ),
    "x posts": (
        lambda body: x_answers.parse_posts(body).items,
        [(X, "timeline_page_1"), (X, "timeline_renamed_fields"), (X, "timeline_of_every_kind")],
    ),
    "x profile": (lambda body: [x_answers.parse_profile(body)], [(X, "me")]),
    "x private metrics": (
        lambda body: x_answers.parse_snapshots([listed_post(post_id, likes=5) for post_id in TWEETS], [body]),
        [(X, "private_metrics"), (X, "private_metrics_one_deleted")],
    ),
    "x gone": (lambda body: x_answers.parse_gone(body, TWEETS), [(X, "lookup_one_deleted_one_protected")]),
    "x billed": (x_answers.find_billed, [(X, "timeline_page_1")]),
    "facebook posts": (facebook_answers.parse_posts, [(FACEBOOK, "posts_page_1"), (FACEBOOK, "posts_of_every_kind")]),
    "facebook profile": (lambda body: [facebook_answers.parse_profile(body)], [(FACEBOOK, "profile")]),
    "facebook days": (
        lambda body: build_days(facebook_answers.parse_days(body, facebook_answers.PAGE_INSIGHTS), DAYS),
        [(FACEBOOK, "page_insights_by_day")],
    ),
    "facebook insights": (
        lambda body: snapshots_of(
            graph_insights.parse_batch(body, facebook_answers.POST_INSIGHTS), facebook_answers.OFFERS
        ),
        [(FACEBOOK, "insights_batch")],
    ),
    "facebook reels": (
        lambda body: [reel.listed for reel in facebook_reels.parse_reels(body, "1001")],
        [(FACEBOOK, "reels_known_and_new")],
    ),
    "facebook names": (lambda body: sorted(facebook_answers.names_in(body)), [(FACEBOOK, "posts_page_1")]),
    "instagram posts": (instagram.parse_posts, [(INSTAGRAM, "media_of_every_kind"), (INSTAGRAM, "media_page_1")]),
    "instagram profile": (lambda body: [instagram.parse_profile(body)], [(INSTAGRAM, "profile")]),
    "instagram insights": (
        lambda body: snapshots_of(graph_insights.parse_batch(body, instagram.MEDIA_INSIGHTS), instagram.OFFERS),
        [(INSTAGRAM, "insights_batch")],
    ),
    "instagram days": (
        lambda body: build_days({DAYS[0]: instagram.parse_days(body, instagram.ACCOUNT_INSIGHTS)}, DAYS),
        [(INSTAGRAM, "account_totals_of_a_day")],
    ),
    "pages of a login": (
        lambda body: [page.problem for page in graph_pages.parse_pages(body)],
        [(FACEBOOK, "pages_of_login_page_1"), (FACEBOOK, "pages_of_business")],
    ),
}
"""Every parse function, as records out of a body, with the good answers that are spoiled for it."""

SEEDS = {name: [read_fixture(platform, fixture) for platform, fixture in seeds] for name, (_, seeds) in PARSERS.items()}
EVERY_PARSER = pytest.mark.parametrize("name", PARSERS)


def walk(node, path=()):
    """Every place in a body."""
    yield path
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield from walk(child, (*path, key))


def nested(depth):
    node = "deep"
    for _ in range(depth):
        node = [node]
    return node


KEYS = sorted({str(path[-1]) for bodies in SEEDS.values() for body in bodies for path in walk(body) if path})
SPOILT = [None, "", "text", "٣", True, [], [None], {"a": "b"}, 2**53 + 1, -(2**70), 10**400, 1.5]
SPOILT += [float("nan"), float("inf"), nested(30), "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-1200", -62135596800000]


@st.composite
def spoilt_bodies(draw, bodies):
    """A good answer whose zeros are made other numbers, with up to three places dropped, replaced or swapped."""
    body = without_zeros(copy.deepcopy(draw(st.sampled_from(bodies))))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from([path for path in walk(body) if path] or [()]))
        if not path:
            return draw(st.sampled_from(SPOILT))
        parent = body
        for key in path[:-1]:
            parent = parent[key]
        spoil(parent, path[-1], draw)
    return body


def spoil(parent, key, draw):
    """Never into an empty dict, which is Meta's way to say that nothing happened."""
    kind = draw(st.sampled_from(["drop", "swap", "replace", "replace", "replace"]))
    if kind == "drop" and len(parent) > 1:
        del parent[key]
    elif kind == "swap" and isinstance(parent[key], dict):
        parent[key] = list(parent[key].values())
    elif kind == "swap" and isinstance(parent[key], list) and parent[key]:
        parent[key] = {str(number): child for number, child in enumerate(parent[key])}
    else:
        parent[key] = copy.deepcopy(draw(st.sampled_from(SPOILT)))


def without_zeros(node):
    if isinstance(node, dict):
        return {key: without_zeros(child) for key, child in node.items()} or {"made up": 4}
    if isinstance(node, list):
        return [without_zeros(child) for child in node]
    return 1000 if node in (0, -1) and not isinstance(node, bool) else node


ANY_JSON = st.recursive(
    st.sampled_from(SPOILT) | st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=4), inner, max_size=6)
    ),
    max_leaves=25,
)


def read(name, body):
    """The records, or None where a FetchError was raised; any other exception fails the test."""
    try:
        return list(PARSERS[name][0](body))
    except FetchError:
        return None


def check(record):
    """A record that may be loaded as it is."""
    if isinstance(record, ListedPost):
        check(record.post)
        check(record.counters)
    elif isinstance(record, Post):
        assert isinstance(record.post_id, str)
        assert record.post_id
        assert record.published_at.utcoffset() == timedelta(0)
    elif isinstance(record, PostSnapshot | AccountDay | Profile):
        for value in dataclasses.astuple(record):
            assert not isinstance(value, bool | float)
            assert not isinstance(value, int) or -(2**63) <= value < 2**63


def zeros_in(record):
    """The columns that are 0; Facebook leaves out the shares of a post that nobody shared."""
    counters = record.counters if isinstance(record, ListedPost) else record
    columns = {metric.value for metric in (*POST_METRICS, *ACCOUNT_METRICS)} | {"followers"}
    return {name for name in columns if getattr(counters, name, None) == 0}


@EVERY_PARSER
def test_the_good_answers_give_records(name):
    for body in SEEDS[name]:
        assert read(name, body)


@EVERY_PARSER
@EXAMPLES
@given(body=ANY_JSON)
def test_any_json_gives_records_or_a_fetch_error(name, body):
    for record in read(name, body) or ():
        check(record)


@EVERY_PARSER
@EXAMPLES
@given(data=st.data())
def test_a_spoilt_answer_gives_records_or_a_fetch_error_and_no_zero(name, data):
    records = read(name, data.draw(spoilt_bodies(SEEDS[name]))) or ()
    allowed = {"shares"} if name == "facebook posts" else set()
    for record in records:
        check(record)
        assert zeros_in(record) <= allowed


@pytest.mark.parametrize("classify", [linkedin_errors.classify, x.classify, graph_errors.classify])
@EXAMPLES
@given(body=ANY_JSON, status=st.sampled_from([200, 400, 401, 402, 403, 404, 426, 429, 500, 999]), told=ANY_JSON)
def test_any_refusal_is_read(classify, body, status, told):
    header = json.dumps(told)
    headers = {"x-rate-limit-reset": header, "x-business-use-case-usage": header, "x-app-usage": header}
    for refusal in (body, {"error": body}, {"error": {"code": body, "error_subcode": body, "message": body}}):
        error = classify(Answer(status, headers, refusal), NOW)
        assert error is None or isinstance(error, FetchError)
        assert error is not None or status < 300


@EXAMPLES
@given(told=ANY_JSON)
def test_any_usage_header_is_read(told):
    header = json.dumps(told)
    answer = Answer(200, {"x-app-usage": header, "x-business-use-case-usage": header, "x-page-usage": header}, {})
    for usage in graph_errors.measure(answer):
        assert usage.share >= 0
        assert timedelta(0) < usage.rest <= timedelta(days=1)


@EVERY_PARSER
@pytest.mark.parametrize("depth", [100, 900])
def test_a_deeply_nested_answer_is_no_accident(name, depth):
    deep = nested(depth)
    for body in (deep, {"data": deep}, {"elements": deep}, {"data": [{"id": deep}]}, {"elements": [{"content": deep}]}):
        read(name, body)


def test_what_python_cannot_write_down_is_not_quoted():
    assert quote_answer(nested(5000)) == "(nested too deeply to be told)"


@pytest.mark.parametrize("text", ["[" * 100_000, '{"data":' * 5_000 + "1" + "}" * 5_000, "9" * 5_000])
def test_what_python_cannot_read_is_malformed(stage_of, text):
    stage = stage_of(FACEBOOK).on("", httpx.Response(200, text=text))
    with pytest.raises(MalformedAnswerError):
        stage.fetcher().fetch_posts(5)
