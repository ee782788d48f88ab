"""Does the transport retry, wait, count, redact and keep URLs as it says?"""

import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import httpx
import pytest

from core.errors import MalformedAnswerError, RateLimitedError, ReconnectNeededError, TransientError
from core.fetchers.dialect import Answer, Dialect, classify_by_status, redact, retry_after
from core.fetchers.pauses import Sharing
from core.fetchers.transport import SIDE_BY_SIDE, RetryPolicy, Transport
from tests.conftest import NOW

pytestmark = pytest.mark.unit


@pytest.fixture
def open_session(clock):
    """A session whose platform answers by `answer`, and the requests that arrived."""
    opened = []

    def open_one(answer, *, classify=classify_by_status, policy=None, headers=None):
        requests = []

        def reply(request):
            requests.append(request)
            given = answer(request, len(requests)) if callable(answer) else answer
            if isinstance(given, Exception):
                raise given
            return given

        transport = Transport(clock, policy=policy, client=httpx.Client(transport=httpx.MockTransport(reply)))
        opened.append(transport)
        dialect = Dialect("https://platform.test/v1", headers or {}, classify)
        return transport.session(dialect, Sharing("app", "account")), requests

    yield open_one
    for transport in opened:
        transport.close()


def ok(body=None):
    return httpx.Response(200, json=body or {"fine": True})


RAW = (
    "/x?shares=List(urn%3Ali%3Ashare%3A1,urn%3Ali%3Ashare%3A2)"
    "&timeIntervals=(timeRange:(start:1700000000000,end:1700086400000),timeGranularityType:DAY)"
)


def test_the_raw_query_arrives_as_it_was_built(open_session):
    session, requests = open_session(ok())
    session.get(RAW)
    assert requests[0].url.raw_path.decode() == "/v1" + RAW


def test_an_encoded_urn_in_the_path_is_not_encoded_again(open_session):
    session, requests = open_session(ok())
    session.get("/networkSizes/urn%3Ali%3Aorganization%3A1?edgeType=X")
    assert requests[0].url.raw_path == b"/v1/networkSizes/urn%3Ali%3Aorganization%3A1?edgeType=X"


def test_a_good_answer_comes_at_once(open_session, clock):
    session, requests = open_session(ok({"id": "1"}))
    assert session.get("/x").body == {"id": "1"}
    assert (len(requests), clock.now()) == (1, NOW)
    assert (session.counts.requests, session.counts.retries, session.counts.waited_s) == (1, 0, 0.0)


@pytest.mark.parametrize(
    "fault",
    [
        httpx.Response(500),
        httpx.Response(503, html="<html>"),
        httpx.Response(200, html="<html>"),
        httpx.ReadTimeout("slow"),
        httpx.ConnectError("refused"),
        httpx.RemoteProtocolError("cut off"),
        httpx.DecodingError("bad gzip"),
    ],
    ids=str,
)
def test_a_passing_fault_is_tried_four_times_with_growing_waits(open_session, clock, fault):
    waits = []

    def answer(_request, _number):
        waits.append((clock.now() - NOW).total_seconds())
        return fault

    session, requests = open_session(answer)
    with pytest.raises((TransientError, MalformedAnswerError)):
        session.get("/x")
    assert (len(requests), session.counts.requests, session.counts.retries) == (4, 4, 3)
    gaps = [later - earlier for earlier, later in pairwise(waits)]
    assert [0.5 <= gaps[0] <= 1.0, 1.0 <= gaps[1] <= 1.5, 2.0 <= gaps[2] <= 2.5] == [True, True, True]
    assert session.counts.waited_s == pytest.approx(sum(gaps), abs=0.001)


def test_a_fault_that_passes_is_not_noticed(open_session):
    session, requests = open_session(lambda _, number: ok() if number == 3 else httpx.ReadTimeout("slow"))
    assert session.get("/x").body == {"fine": True}
    assert (len(requests), session.counts.retries) == (3, 2)


def test_half_an_emoji_does_no_harm(open_session):
    cut = httpx.Response(200, text='{"text": "cut \\ud83d", "whole": "\\uD83D\\uDE00 é", "plain": "\\\\ud83d"}')
    session, _ = open_session(cut)
    assert session.get("/x").body == {"text": "cut ?", "whole": "😀 é", "plain": "\\ud83d"}


@pytest.mark.parametrize("status", [300, 400, 404, 422])
def test_a_refusal_is_not_tried_again(open_session, status):
    session, requests = open_session(httpx.Response(status, json={"why": "no"}))
    with pytest.raises(MalformedAnswerError) as caught:
        session.get("/x")
    assert len(requests) == 1
    assert "why" in caught.value.answer


def test_a_lost_login_is_not_tried_again(open_session):
    session, requests = open_session(ok(), classify=lambda _answer, _now: ReconnectNeededError("gone"))
    with pytest.raises(ReconnectNeededError):
        session.get("/x")
    assert len(requests) == 1


def test_a_short_rate_limit_is_waited_for(open_session, clock):
    limited = httpx.Response(429, headers={"Retry-After": "42"}, json={})
    session, _ = open_session(lambda _, number: limited if number == 1 else ok())
    session.get("/x")
    assert clock.now() - NOW == timedelta(seconds=42)
    assert session.counts.waited_s == 42.0


def test_a_rate_limit_beyond_our_patience_is_left_to_the_caller(open_session, clock):
    session, requests = open_session(httpx.Response(429, headers={"Retry-After": "61"}, json={}))
    with pytest.raises(RateLimitedError) as caught:
        session.get("/x")
    assert caught.value.retry_at == NOW + timedelta(seconds=61)
    assert (len(requests), clock.now()) == (1, NOW)


def test_a_policy_decides_how_often(open_session):
    session, requests = open_session(httpx.Response(500), policy=RetryPolicy(attempts=2))
    with pytest.raises(TransientError):
        session.get("/x")
    assert len(requests) == 2


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [
        ("7", 7),
        ("Tue, 24 Nov 2026 09:30:20 GMT", 20),
        ("Tue, 24 Nov 2026 09:00:00 GMT", 0),
        ("99999999999999999999", 86_400),
        ("-5", 60),
        ("²", 60),
        ("soon", 60),
        ("", 60),
    ],
)
def test_retry_after_is_read_and_nonsense_is_not_believed(header, wait_s):
    answer = Answer(429, {"retry-after": header}, {})
    assert retry_after(answer, NOW, 60.0) - NOW == timedelta(seconds=wait_s)


def test_several_questions_are_asked_side_by_side_and_answered_in_order(open_session):
    together = threading.Barrier(3, timeout=5)

    def answer(request, _number):
        together.wait()
        return ok({"path": request.url.path})

    session, _ = open_session(answer)
    answers = session.side_by_side(session.get, ["/a", "/b", "/c"])
    assert [answer.body["path"] for answer in answers] == ["/v1/a", "/v1/b", "/v1/c"]
    assert session.counts.requests == 3


def test_side_by_side_ends_at_the_first_error(open_session):
    session, _ = open_session(lambda request, _: httpx.Response(404, json={}) if request.url.path == "/v1/b" else ok())
    with pytest.raises(MalformedAnswerError):
        session.side_by_side(session.get, ["/a", "/b", "/c"])


def test_a_cookie_of_one_account_does_not_reach_another(open_session):
    session, requests = open_session(httpx.Response(200, headers={"Set-Cookie": "member=1; Path=/"}, json={"fine": 1}))
    session.get("/a")
    session.get("/b")
    assert "cookie" not in requests[1].headers


def test_requests_in_flight_together_have_a_connection_each_and_later_ones_take_those(clock, monkeypatch):
    made, together = [], threading.Barrier(3, timeout=5)

    def reply(request):
        if request.url.path != "/v1/last":
            together.wait()
        return ok()

    network = httpx.MockTransport(reply)
    client = httpx.Client
    monkeypatch.setattr(httpx, "Client", lambda **_: made.append(1) or client(transport=network))
    transport = Transport(clock)
    session = transport.session(Dialect("https://platform.test/v1", {}, classify_by_status), Sharing("app", "account"))
    session.side_by_side(session.get, ["/a", "/b", "/c"])
    assert len(made) == 3
    session.get("/last")
    assert len(made) == 3
    transport.close()


def test_a_platform_that_does_not_answer_holds_up_no_other(clock):
    released = threading.Event()

    def reply(request):
        if request.url.host == "slow.test":
            released.wait(5)
        return ok({"host": request.url.host})

    transport = Transport(clock, client=httpx.Client(transport=httpx.MockTransport(reply)))
    slow, quick = (
        transport.session(Dialect(f"https://{host}", {}, classify_by_status), Sharing(host, "account"))
        for host in ("slow.test", "quick.test")
    )
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(slow.side_by_side, slow.get, [f"/{number}" for number in range(SIDE_BY_SIDE + 8)])
        assert [answer.body["host"] for answer in quick.side_by_side(quick.get, ["/a", "/b"])] == ["quick.test"] * 2
        assert not waiting.done()
        released.set()
        assert len(waiting.result()) == SIDE_BY_SIDE + 8
    transport.close()


def test_a_redirect_is_not_followed(open_session):
    session, requests = open_session(httpx.Response(302, headers={"Location": "https://elsewhere.test/"}))
    with pytest.raises(MalformedAnswerError):
        session.get("/x")
    assert {request.url.host for request in requests} == {"platform.test"}


def test_a_token_that_cannot_travel_is_not_quoted(open_session):
    session, _ = open_session(ok(), headers={"Authorization": "Bearer secret-tokén"})
    with pytest.raises(ReconnectNeededError) as caught:
        session.get("/x")
    assert "secret" not in "".join(traceback.format_exception(caught.value))


def test_an_illegal_header_is_not_quoted(open_session):
    session, _ = open_session(httpx.LocalProtocolError("Illegal header value b'Bearer secret'"))
    with pytest.raises(TransientError) as caught:
        session.get("/x")
    assert "secret" not in "".join(traceback.format_exception(caught.value))


def test_the_form_of_a_post_travels_in_its_body(open_session):
    session, requests = open_session(ok())
    session.post("/x", {"a": "1", "b": "ü"})
    assert requests[0].content == b"a=1&b=%C3%BC"


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer tell.no-one",
        "Authorization: Basic tell.no-one",
        "https://x.test/?access_token=tell.no-one&limit=5",
        "https://x.test/?code=tell.no-one",
        '{"access_token": "tell.no-one", "refresh_token": "tell.no-one"}',
        "{'client_secret': 'tell.no-one'}",
        "fb_exchange_token=tell.no-one",
        "appsecret_proof=tell.no-one",
        "code_verifier=tell.no-one",
    ],
)
def test_secrets_are_redacted(text):
    assert "tell.no-one" not in redact(text)


@pytest.mark.parametrize(
    "text", ['{"code": 190, "message": "no token"}', "GET /v1/posts?limit=5", "the token has expired"]
)
def test_what_is_no_secret_stays_readable(text):
    assert redact(text) == text


def test_the_answer_kept_for_the_report_is_redacted_and_short(open_session):
    session, _ = open_session(httpx.Response(400, json={"access_token": "tell.no-one", "long": "x" * 9000}))
    with pytest.raises(MalformedAnswerError) as caught:
        session.get("/x")
    assert "tell.no-one" not in caught.value.answer
    assert len(caught.value.answer) <= 2000


def test_a_request_is_what_the_client_itself_would_make_of_it(clock):
    sent = []

    def answer(request):
        sent.append(request)
        return httpx.Response(200, json={})

    client = httpx.Client(transport=httpx.MockTransport(answer))
    transport, headers = Transport(clock, client=client), {"Accept": "application/json", "Authorization": "Bearer t"}
    url, form = "https://x.test/a?fields=id,List(urn%3Ali)", {"batch": "[]"}
    transport.exchange("POST", url, headers=headers, form=form)
    meant = client.build_request("POST", url, headers=headers, data=form)
    assert (sent[0].url, sent[0].content, sent[0].extensions) == (meant.url, meant.read(), meant.extensions)
    assert sorted(sent[0].headers.items()) == sorted(meant.headers.items())
    transport.close()
