"""Does every registered platform keep the promises of a Fetcher? A new platform needs a fixture folder with a contract.json."""

import traceback
from collections import Counter
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest

from core.domain import Platform
from core.errors import FetchError, MalformedAnswerError, RateLimitedError, TransientError
from core.fetchers import day_zone_of, offers_of
from core.fetchers.base import PostList
from core.metrics import ACCOUNT_METRICS, POST_METRICS, Grain, Metric
from tests.conftest import NOW
from tests.fetchers.stage import FIXTURES, PLATFORMS, SECRET, TOKEN, html, ids_of, read_fixture

pytestmark = [pytest.mark.unit, pytest.mark.parametrize("platform", PLATFORMS)]

FIRST, LAST = date(2026, 11, 19), date(2026, 11, 23)


def calls_of(fetcher, listed):
    """Every way to ask, by name; X gives no days and so asks nothing for them."""
    calls = {
        "profile": fetcher.fetch_profile,
        "posts": lambda: fetcher.fetch_posts(10),
        "snapshots": lambda: fetcher.fetch_snapshots(listed),
        "days": lambda: fetcher.fetch_days(FIRST, LAST),
        "gone": lambda: fetcher.find_gone([item.post.post_id for item in listed]),
    }
    return (
        calls
        if any(grain is Grain.ACCOUNT_DAY and metric != "followers" for grain, metric in fetcher.offers)
        else {name: call for name, call in calls.items() if name != "days"}
    )


@pytest.fixture
def listed(stage_of, platform):
    stage = stage_of(platform)
    stage.play_contract()
    return stage.fetcher().fetch_posts(100).listed


def ask_everything(stage_of, platform, listed, answer):
    """The results or errors of every call where the platform always answers `answer`, by the call's name."""
    outcomes = {}
    for name in calls_of(stage_of(platform).fetcher(), listed):
        stage = stage_of(platform).on("", answer)
        try:
            outcomes[name] = calls_of(stage.fetcher(), listed)[name]()
        except FetchError as error:
            outcomes[name] = error
    return outcomes


def others_than(kinds, outcomes):
    return {name: outcome for name, outcome in outcomes.items() if not isinstance(outcome, kinds)}


def test_the_profile_carries_name_and_followers(stage_of, platform):
    stage = stage_of(platform)
    contract = stage.play_contract()
    profile = stage.fetcher().fetch_profile()
    assert (profile.external_id, profile.name, profile.followers) == (
        contract["external_id"],
        contract["name"],
        contract["followers"],
    )


def test_all_pages_are_read_newest_first_and_each_post_once(stage_of, platform, listed):
    assert ids_of(listed) == read_fixture(platform, "contract")["post_ids"]
    instants = [item.post.published_at for item in listed]
    assert instants == sorted(instants, reverse=True)
    assert {instant.utcoffset() for instant in instants} == {timedelta(0)}


@pytest.mark.parametrize("limit", [0, 1, 3])
def test_no_more_posts_than_asked_for(stage_of, platform, limit):
    stage = stage_of(platform)
    contract = stage.play_contract()
    found = stage.fetcher().fetch_posts(limit)
    assert ids_of(found.listed) == contract["post_ids"][:limit]
    assert found.is_complete is (limit >= len(contract["post_ids"]))


def test_a_list_that_was_read_to_its_end_is_complete(stage_of, platform):
    stage = stage_of(platform)
    count = len(stage.play_contract()["post_ids"])
    assert stage.fetcher().fetch_posts(count).is_complete
    assert stage.fetcher().fetch_posts(100).is_complete


def test_posts_from_before_since_are_left_out_and_end_the_reading(stage_of, platform, listed):
    stage = stage_of(platform)
    stage.play_contract()
    assert stage.fetcher().fetch_posts(100, since=listed[1].post.published_at) == PostList(listed[:2], is_complete=True)
    later = NOW - timedelta(hours=1)
    assert stage.fetcher().fetch_posts(100, since=later) == PostList([], is_complete=True)


def test_posts_as_new_as_until_are_skipped(stage_of, platform, listed):
    stage = stage_of(platform)
    stage.play_contract()
    until = listed[0].post.published_at
    assert stage.fetcher().fetch_posts(100, until=until, offset_hint=1) == PostList(listed[1:], is_complete=True)
    cut = stage.fetcher().fetch_posts(1, until=until, offset_hint=1)
    assert cut == PostList(listed[1:2], is_complete=False)


def test_a_span_without_room_has_no_posts(stage_of, platform, listed):
    stage = stage_of(platform)
    stage.play_contract()
    instant = listed[0].post.published_at
    assert stage.fetcher().fetch_posts(100, since=instant, until=instant).listed == []


def test_only_what_the_platform_calls_deleted_is_gone(stage_of, platform):
    stage = stage_of(platform)
    contract = stage.play_contract()
    assert stage.fetcher().find_gone(contract["post_ids"] * 2) == set(contract["gone_ids"])
    stage.requests.clear()
    assert stage.fetcher().find_gone([]) == set()
    assert stage.requests == []


def test_only_x_demands_that_deleted_posts_are_forgotten(stage_of, platform):
    assert stage_of(platform).fetcher().forgets_gone_posts is (platform is Platform.X)


def test_skipped_metrics_do_no_harm_and_are_not_called_retired(stage_of, platform, listed):
    stage = stage_of(platform)
    contract = stage.play_contract()
    fetcher = stage.fetcher(skip=frozenset((grain, Metric.REACH) for grain in Grain))
    assert {snapshot.post_id for snapshot in fetcher.fetch_snapshots(listed)} == set(contract["measured_ids"])
    fetcher.fetch_days(FIRST, LAST)
    assert fetcher.retired == frozenset()


def test_a_sync_takes_no_more_than_its_plan(stage_of, platform):
    stage = stage_of(platform)
    contract = stage.play_contract()
    fetcher = stage.fetcher()
    fetcher.fetch_profile()
    found = fetcher.fetch_posts(100).listed
    fetcher.fetch_snapshots([item for item in found if item.post.post_id not in contract["gone_ids"]])
    fetcher.fetch_days(FIRST, LAST)
    plan, pages = fetcher.plan(len(contract["post_ids"]), 5), 3  # pages of two posts here, of 100 there
    assert len(stage.requests) <= plan.requests - 1 + pages
    assert stage.session.counts.cost_usd <= plan.cost_usd
    assert (plan.cost_usd > 0) is (platform is Platform.X)
    assert fetcher.plan(1000, 90).requests > fetcher.plan(100, 90).requests > fetcher.plan(0, 0).requests > 0


def test_a_limit_that_was_met_is_not_met_again(stage_of, platform):
    stage = stage_of(platform)
    stage.on("", read_fixture(platform, "contract")["throttled"])
    for _ in range(3):
        with pytest.raises(RateLimitedError) as caught:
            stage.fetcher().fetch_posts(5)
        assert caught.value.retry_at > NOW
    assert set(Counter(stage.targets).values()) == {1}
    assert stage.session.counts.requests == len(stage.requests)
    assert {pause.until for pause in stage.told_pauses} == {caught.value.retry_at}


def test_no_page_is_asked_that_is_not_needed(stage_of, platform):
    stage = stage_of(platform)
    stage.play_contract()
    stage.fetcher().fetch_posts(2)
    assert len(stage.requests) == 1


def test_snapshots_only_of_posts_asked_for_that_are_still_there(stage_of, platform, listed):
    stage = stage_of(platform)
    contract = stage.play_contract()
    snapshots = stage.fetcher().fetch_snapshots(listed)
    assert sorted(snapshot.post_id for snapshot in snapshots) == sorted(contract["measured_ids"])
    assert stage.fetcher().fetch_snapshots([]) == []


def test_a_missing_number_is_none_and_a_zero_is_zero(stage_of, platform, listed):
    stage = stage_of(platform)
    contract = stage.play_contract()
    by_id = {snapshot.post_id: snapshot for snapshot in stage.fetcher().fetch_snapshots(listed)}
    told = {
        post_id: {name: getattr(by_id[post_id], name) for name in numbers}
        for post_id, numbers in contract["numbers"].items()
    }
    assert told == contract["numbers"]
    assert any(number is None for numbers in contract["numbers"].values() for number in numbers.values())
    assert any(number == 0 for numbers in contract["numbers"].values() for number in numbers.values())


def test_nothing_that_is_not_offered_is_filled_in(stage_of, platform, listed):
    stage = stage_of(platform)
    stage.play_contract()
    offers = offers_of(platform)
    for snapshot in stage.fetcher().fetch_snapshots(listed):
        filled = {metric for metric in POST_METRICS if getattr(snapshot, metric.value) is not None}
        assert {metric for metric in filled if (Grain.POST_LIFETIME, metric) not in offers} == set()
    for day in stage.fetcher().fetch_days(FIRST, LAST):
        filled = {metric for metric in ACCOUNT_METRICS if getattr(day, metric.value) is not None}
        assert {metric for metric in filled if (Grain.ACCOUNT_DAY, metric) not in offers} == set()


def test_days_carry_what_was_answered(stage_of, platform):
    stage = stage_of(platform)
    expected = stage.play_contract()["days"]
    days = stage.fetcher().fetch_days(FIRST, LAST)
    assert [day.day.isoformat() for day in days] == sorted(expected)
    told = {day.day.isoformat(): {name: getattr(day, name) for name in expected[day.day.isoformat()]} for day in days}
    assert told == expected


def test_days_stay_inside_the_range(stage_of, platform):
    stage = stage_of(platform)
    expected = stage.play_contract()["days"]
    days = stage.fetcher().fetch_days(date(2026, 11, 20), date(2026, 11, 20))
    assert [day.day.isoformat() for day in days] == [day for day in sorted(expected) if day == "2026-11-20"]


def test_neither_today_nor_the_future_is_asked(stage_of, platform):
    stage = stage_of(platform)
    stage.play_contract()
    today = NOW.astimezone(ZoneInfo(day_zone_of(platform))).date()
    assert stage.fetcher().fetch_days(today, today + timedelta(days=30)) == []
    assert stage.requests == []


@pytest.mark.parametrize(
    "body", ["", "<html></html>", '{"data": [{"id": ', "null", "[]", '"text"', "42", '{"what": 1}']
)
def test_a_malformed_answer_gives_an_error_and_no_record(stage_of, platform, listed, body):
    outcomes = ask_everything(stage_of, platform, listed, httpx.Response(200, text=body))
    assert others_than(MalformedAnswerError, outcomes) == {}


@pytest.mark.parametrize("status", [301, 401, 403, 404, 500, 502, 503])
def test_a_web_page_instead_of_data_disconnects_nobody(stage_of, platform, listed, status):
    outcomes = ask_everything(stage_of, platform, listed, html(status))
    assert others_than(TransientError | MalformedAnswerError, outcomes) == {}


def test_no_error_tells_a_token_or_a_secret(stage_of, platform, listed):
    errors = []
    for path in sorted((FIXTURES / platform.value).glob("error_*.json")):
        told = f'"message": "token {TOKEN} and client_secret={SECRET}; '
        body = path.read_text(encoding="utf-8").replace('"message": "', told)
        outcomes = ask_everything(stage_of, platform, listed, httpx.Response(int(path.stem[6:9]), text=body))
        errors += [outcome for outcome in outcomes.values() if isinstance(outcome, FetchError)]
    assert len({type(error) for error in errors}) >= 4
    for error in errors:
        told = "".join(traceback.format_exception(error)) + repr(vars(error))
        assert TOKEN not in told
        assert SECRET not in told


def test_the_token_travels_in_a_header_only(stage_of, platform):
    stage = stage_of(platform)
    stage.play_contract()
    stage.fetcher().fetch_profile()
    stage.fetcher().fetch_posts(100)
    assert {request.headers["authorization"] for request in stage.requests} == {f"Bearer {TOKEN}"}
    assert not [target for target in stage.targets if TOKEN in target]


def test_a_passing_fault_is_asked_again(stage_of, platform):
    stage = stage_of(platform).on("", html(503), httpx.ConnectError("refused"))
    with pytest.raises(TransientError):
        stage.fetcher().fetch_posts(5)
    assert set(Counter(stage.targets).values()) == {4}
    assert stage.session.counts.retries == 3 * len(set(stage.targets))


def test_every_fixture_is_used_by_a_test(platform):
    texts = [path.read_text(encoding="utf-8") for path in sorted(FIXTURES.parent.glob("fetchers/*.py"))]
    texts.append((FIXTURES / platform.value / "contract.json").read_text(encoding="utf-8"))
    names = {path.stem for path in (FIXTURES / platform.value).glob("*.json")} - {"contract"}
    assert {name for name in names if not any(f'"{name}"' in text for text in texts)} == set()
