"""Does a limit hold for everyone who shares it, for nobody else, and no longer than it lasts?"""

import threading
from datetime import timedelta

import httpx
import pytest

from core.domain import Platform
from core.errors import OperatorNeededError, RateLimitedError, Reach, TransientError
from core.fetchers.pauses import Gate, Pause, PauseBook, Sharing
from tests.conftest import NOW
from tests.fetchers.stage import PLATFORMS, read_fixture

pytestmark = pytest.mark.unit

HOUR = timedelta(hours=1)


def pause(key="app:x", hours=1, **more):
    return Pause(key, NOW + hours * HOUR, "Wait.", **more)


def limit(reach=Reach.ACCOUNT, resource=None, hours=1):
    return RateLimitedError("Wait.", retry_at=NOW + hours * HOUR, reach=reach, resource=resource)


@pytest.fixture
def told():
    return []


@pytest.fixture
def book(clock, told):
    return PauseBook(clock, told.append)


def gate(book, app="app", account="account"):
    return Gate(book, Sharing(app, account))


def waits(of, resource="posts"):
    try:
        of.check(resource)
    except (RateLimitedError, OperatorNeededError) as error:
        return error
    return None


def test_the_longest_pause_under_any_of_the_keys(book):
    book.load([pause("a", 1), pause("b", 3), pause("c", 9)])
    assert book.find(["a", "b", "none"]) == pause("b", 3)
    assert book.find(["none"]) is None


def test_a_pause_ends_by_itself(book, clock):
    book.record(pause("a", 1))
    assert book.find(["a"]) == pause("a", 1)
    clock.advance(HOUR)
    assert book.find(["a"]) is None


def test_only_new_and_longer_pauses_are_told(book, told):
    for hours in (1, 1, 2, 1):
        book.record(pause("a", hours))
    assert told == [pause("a", 1), pause("a", 2)]


def test_what_is_over_is_neither_kept_nor_told(book, told):
    book.record(pause("a", -1))
    assert (told, book.find(["a"])) == ([], None)


def test_what_is_loaded_is_not_told_again(book, told):
    book.load([pause("b"), pause("a")])
    book.record(pause("a"))
    assert (told, book.find(["a"]), book.find(["b"])) == ([], pause("a"), pause("b"))


def test_a_pause_met_by_many_at_once_is_told_once(book, told):
    together = threading.Barrier(8)

    def meet():
        together.wait(5)
        book.record(pause("a"))

    threads = [threading.Thread(target=meet) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert len(told) == 1


@pytest.mark.parametrize("reach", Reach)
def test_a_limit_is_shared_as_far_as_it_reaches(book, reach):
    gate(book).record(limit(reach))
    assert waits(gate(book)) is not None
    assert (waits(gate(book, account="another")) is not None) is (reach is Reach.APP)
    assert (waits(gate(book, app="another")) is not None) is (reach is Reach.ACCOUNT)


@pytest.mark.parametrize("reach", Reach)
def test_a_limit_of_one_endpoint_leaves_the_others(book, reach):
    gate(book).record(limit(reach, "posts"))
    error = waits(gate(book), "posts")
    assert (error.reach, error.resource, error.retry_at) == (reach, "posts", NOW + HOUR)
    assert waits(gate(book), "organizations") is None


def test_what_the_operator_has_to_mend_is_raised_as_such_again(book):
    gate(book).record(OperatorNeededError("Buy credits.", pause_until=NOW + HOUR))
    error = waits(gate(book, account="another"))
    assert isinstance(error, OperatorNeededError)
    assert (str(error), error.pause_until) == ("Buy credits.", NOW + HOUR)
    assert waits(gate(book, app="another")) is None


@pytest.mark.parametrize("error", [OperatorNeededError("Mend it."), TransientError("down")])
def test_errors_that_do_not_ask_to_wait_pause_nobody(book, told, error):
    gate(book).record(error)
    assert told == []


def test_a_short_wait_is_waited_for_and_not_kept(stage_of, clock):
    stage = stage_of(Platform.X)
    reset = {"x-rate-limit-reset": str(int(NOW.timestamp()) + 30)}
    limited = httpx.Response(429, headers=reset, json=read_fixture(Platform.X, "error_429_too_many_requests"))
    stage.on("/tweets", limited, "timeline_empty")
    assert stage.fetcher().fetch_posts(5).is_complete
    assert (clock.now() - NOW, stage.told_pauses) == (timedelta(seconds=30), [])


def test_a_pause_that_is_nearly_over_is_waited_for(stage_of, clock):
    stage = stage_of(Platform.X).on("/tweets", "timeline_empty")
    stage.transport.pauses.record(Pause("account:x:account-1", NOW + timedelta(seconds=20), "Wait."))
    assert stage.fetcher().fetch_posts(5).is_complete
    assert (clock.now() - NOW, len(stage.requests)) == (timedelta(seconds=20), 1)


def test_the_keys_name_provider_app_and_account(stage_of):
    stage = (
        stage_of(Platform.LINKEDIN).on("/posts", "error_429_daily_quota").on("/networkSizes", "error_429_member_quota")
    )
    for path in ("/posts?q=author", "/networkSizes/urn?edgeType=X"):
        with pytest.raises(RateLimitedError):
            stage.session.get(path)
    keys = [held.key for held in stage.told_pauses]
    assert keys == ["app:linkedin:client-1/posts", "account:linkedin:account-1/networkSizes"]


def test_without_a_key_the_token_is_the_account_and_is_not_told(stage_of):
    stage = stage_of(Platform.X)
    stage.on("/tweets", "error_429_too_many_requests")
    for session in (stage.open_session("", token="secret-1"), stage.open_session("", token="secret-2")):
        with pytest.raises(RateLimitedError):
            stage.fetcher(session=session).fetch_posts(5)
    keys = [held.key for held in stage.told_pauses]
    assert len(stage.requests) == len(keys) == 2
    assert "secret" not in repr(keys)


META = [platform for platform in PLATFORMS if platform in {Platform.FACEBOOK, Platform.INSTAGRAM}]


@pytest.mark.parametrize("platform", META)
def test_a_limit_that_is_nearly_used_up_is_rested_before_it_breaks(stage_of, platform):
    stage = stage_of(platform)
    headers = read_fixture(platform, "usage_headers_nearly_all_used")
    stage.on("/me", httpx.Response(200, headers=headers, json={"id": "77"}))
    assert stage.session.get("/me?fields=id").body == {"id": "77"}
    assert stage.session.usage_share == 0.96
    with pytest.raises(RateLimitedError, match="96%") as caught:
        stage.session.get("/me?fields=id")
    assert (caught.value.retry_at - NOW, caught.value.reach) == (timedelta(minutes=15), Reach.ACCOUNT)
    assert stage.open_session("account-2").get("/me?fields=id").status == 200


def test_the_rest_is_as_long_as_the_header_says(stage_of):
    stage = stage_of(Platform.FACEBOOK)
    headers = read_fixture(Platform.FACEBOOK, "usage_headers_of_several_ids")  # 5 minutes for one id, 12 for another
    stage.on("/me", httpx.Response(200, headers=headers, json={"id": "7"}))
    stage.session.get("/me?fields=id")
    assert max(held.until - NOW for held in stage.told_pauses) == timedelta(minutes=12)


def test_the_apps_usage_rests_the_whole_app(stage_of):
    stage = stage_of(Platform.FACEBOOK)
    stage.on(
        "/me", httpx.Response(200, headers={"X-App-Usage": '{"call_count": 99, "total_time": 1}'}, json={"id": "7"})
    )
    stage.session.get("/me?fields=id")
    with pytest.raises(RateLimitedError) as caught:
        stage.open_session("account-2").get("/me?fields=id")
    assert caught.value.reach is Reach.APP


def test_a_usage_of_80_percent_is_told_and_stops_nothing(stage_of):
    stage = stage_of(Platform.FACEBOOK)
    assert stage.session.usage_share is None
    stage.on("/me", httpx.Response(200, headers={"X-Page-Usage": '{"call_count": 80.5}'}, json={"id": "7"}))
    for _ in range(2):
        stage.session.get("/me?fields=id")
    assert stage.session.usage_share == pytest.approx(0.805)


@pytest.mark.parametrize(
    "header",
    ["", "nonsense", "[]", "null", '{"call_count": "99"}', '{"call_count": NaN}', '{"call_count": true}', "[" * 5000],
)
def test_odd_usage_headers_stop_nothing(stage_of, header):
    stage = stage_of(Platform.FACEBOOK)
    headers = {"X-App-Usage": header, "X-Business-Use-Case-Usage": header}
    stage.on("/me", httpx.Response(200, headers=headers, json={"id": "7"}))
    for _ in range(2):
        assert stage.session.get("/me?fields=id").body == {"id": "7"}
