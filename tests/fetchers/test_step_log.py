"""Does a step's log tell what was asked, and never a secret?"""

import json

import httpx
import pytest

from core.errors import MalformedAnswerError, TransientError
from core.fetchers.dialect import Dialect, classify_by_status
from core.fetchers.pauses import Sharing
from core.fetchers.step_log import MOST_LINES, StepLog
from core.fetchers.stopwatch import Part
from core.fetchers.transport import RetryPolicy, Transport
from tests.conftest import NOW

pytestmark = pytest.mark.unit

TOKEN = "AQXdSP_W41_UPs5ioT_t8HESyODB4FqbkJ8LrV_5mff4gPODzOYR"
SECRET = "5f2a9c0be41d47dd8e5d"


@pytest.fixture
def open_session(clock):
    """A session whose platform answers these in turn; each answer takes 250 ms."""
    opened = []

    def open_one(*answers):
        left = list(answers)

        def reply(_request):
            clock.sleep(0.25)
            given = left.pop(0)
            if isinstance(given, Exception):
                raise given
            return given

        client = httpx.Client(transport=httpx.MockTransport(reply))
        transport = Transport(clock, policy=RetryPolicy(attempts=3), client=client)
        opened.append(transport)
        dialect = Dialect(
            "https://platform.test/v1",
            {"Authorization": f"Bearer {TOKEN}"},
            classify_by_status,
            query=f"appsecret_proof={SECRET}",
        )
        return transport.session(dialect, Sharing("x:app", "x:login-1"))

    yield open_one
    for transport in opened:
        transport.close()


def told(session):
    return [(line["kind"], line["text"]) for line in session.counts.log.lines()]


def test_a_good_request_is_known_by_its_path(open_session):
    session = open_session(httpx.Response(200, json={"fine": True}))
    session.get("/users/12/tweets?max_results=100&start_time=2026-11-01")
    assert session.counts.log.lines() == (
        {
            "at": "2026-11-24T09:30:00.250+00:00",
            "kind": "request",
            "text": "GET platform.test/v1/users/12/tweets",
            "status": 200,
            "ms": 250,
            "attempt": 1,
        },
    )


def test_a_refused_one_tells_its_query_and_the_error(open_session):
    session = open_session(httpx.Response(400, json={"why": "no"}))
    with pytest.raises(MalformedAnswerError):
        session.get("/posts?fields=id,text")
    assert told(session) == [
        ("request", "GET platform.test/v1/posts?fields=id,text"),
        ("error", "The platform refused the request (HTTP 400)."),
    ]


def test_each_attempt_and_the_wait_between_are_told(open_session):
    session = open_session(httpx.ReadTimeout("slow"), httpx.Response(503), httpx.Response(200, json={}))
    session.get("/posts")
    lines = session.counts.log.lines()
    assert [line["kind"] for line in lines] == ["request", "wait", "request", "wait", "request"]
    assert [(line.get("status"), line["attempt"]) for line in lines[::2]] == [(None, 1), (503, 2), (200, 3)]
    assert lines[1]["text"].endswith("s before it tries again: platform.test did not answer in time.")


def test_time_is_shared_out_to_asking_and_waiting(open_session):
    session = open_session(httpx.Response(503), httpx.Response(200, json={}))
    session.get("/posts")
    spent = session.counts.watch.spent()
    assert spent[Part.ASKING] == pytest.approx(0.5)
    assert 0.5 <= spent[Part.WAITING] <= 1.0
    assert session.counts.waited_s == spent[Part.WAITING]


def test_an_error_that_ends_it_is_told_once(open_session):
    session = open_session(*[httpx.Response(500)] * 3)
    with pytest.raises(TransientError):
        session.get("/posts")
    assert [kind for kind, _ in told(session)] == ["request", "wait", "request", "wait", "request", "error"]


@pytest.mark.parametrize(
    "path",
    [
        f"/debug_token?input_token={TOKEN}",
        f"/posts?access_token={TOKEN}",
        f"/posts?after={TOKEN}",
        f"/oauth?client_secret={SECRET}&code={TOKEN}",
        f"/posts?appsecret_proof={SECRET}",
    ],
)
def test_no_secret_is_in_it(open_session, path):
    refusal = httpx.Response(400, json={"error": f"bad token {TOKEN}"}, headers={"x-token": TOKEN})
    session = open_session(httpx.ConnectError(f"refused {TOKEN}"), refusal)
    with pytest.raises(MalformedAnswerError):
        session.get(path)
    written = json.dumps(session.counts.log.lines())
    assert "GET platform.test" in written
    assert TOKEN not in written
    assert SECRET not in written


def test_only_the_newest_lines_are_kept_and_the_rest_is_counted():
    log = StepLog(lambda: NOW)
    for number in range(MOST_LINES + 30):
        log.add("note", f"line {number}")
    lines = log.lines()
    assert len(lines) == MOST_LINES + 1
    assert [lines[0]["text"], lines[1]["text"], lines[-1]["text"]] == [
        "30 earlier lines are left out.",
        "line 30",
        f"line {MOST_LINES + 29}",
    ]


def test_a_long_line_is_cut():
    log = StepLog(lambda: NOW)
    log.add("error", "x" * 5000)
    assert len(log.lines()[0]["text"]) == 500
