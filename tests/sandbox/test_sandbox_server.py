"""The sandbox as a process: real HTTP on loopback, queries that arrive as they were sent, a port that is taken."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from core.errors import ConfigError
from core.sandbox.server import serve

pytestmark = pytest.mark.integration

ROOT = Path(__file__).resolve().parents[2]
REDIRECT = "http://localhost/callback"


@pytest.fixture
def served(free_port):
    """The address of a sandbox in a process of its own, its clock standing still."""
    program = (
        "from datetime import datetime, UTC; from core.sandbox.server import serve; "
        f"serve(port={free_port}, businesses=1, now=datetime(2026, 11, 24, 9, 30, tzinfo=UTC))"
    )
    process = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT)
    try:
        yield _once_healthy(f"http://127.0.0.1:{free_port}", process)
    finally:
        process.terminate()
        assert process.wait(10) in (0, -15)


def _once_healthy(url, process):
    for _ in range(200):
        assert process.poll() is None, "the sandbox ended before it answered"
        try:
            if httpx.get(f"{url}/_sandbox/health").json() == {"status": "ok"}:
                return url
        except httpx.TransportError:
            time.sleep(0.05)
    pytest.fail("the sandbox did not answer")


def test_a_query_with_raw_lists_arrives_as_it_was_sent(served):
    with httpx.Client(base_url=served) as client:
        login = client.get("/_sandbox/world").json()["logins"][0]
        asked = {"response_type": "code", "client_id": "app", "redirect_uri": REDIRECT, "login_hint": login["login"]}
        location = client.get("/linkedin/oauth/v2/authorization", params=asked).headers["location"]
        form = {"grant_type": "authorization_code", "code": location.partition("code=")[2], "redirect_uri": REDIRECT}
        form |= {"client_id": "app", "client_secret": "secret"}
        token = client.post("/linkedin/oauth/v2/accessToken", data=form).json()["access_token"]
        headers = {"LinkedIn-Version": "202609", "X-Restli-Protocol-Version": "2.0.0"}
        client.headers.update(headers | {"Authorization": f"Bearer {token}"})
        page_id = login["accounts"][0]["external_id"]
        raw = client.get(f"/linkedin/rest/organizations?ids=List({page_id})")
        assert list(raw.json()["results"]) == [page_id]
        assert client.get(f"/linkedin/rest/organizations?ids=List%28{page_id}%29").status_code == 400


def test_the_clock_can_be_moved_over_http(served):
    assert httpx.post(f"{served}/_sandbox/clock", json={"advance_s": 60}).json() == {
        "now": "2026-11-24T09:31:00+00:00",
        "mode": "stopped",
    }


def set_fault(url, name, **arguments):
    script = [{"account": "x/*", "fault": name, "times": 1, **arguments}]
    assert httpx.post(f"{url}/_sandbox/faults", json=script).status_code == 200


def test_a_connection_can_be_lost_in_the_middle_of_an_answer(served):
    set_fault(served, "cut_off")
    with httpx.Client(base_url=served) as client:
        with pytest.raises(httpx.RemoteProtocolError, match="closed connection"):
            client.get("/x/2/users/me")
        assert client.get("/x/2/users/me").status_code == 401


def test_broken_bodies_arrive_as_they_are(served):
    set_fault(served, "truncated")
    answer = httpx.get(f"{served}/x/2/users/me")
    assert int(answer.headers["content-length"]) == len(answer.content)
    with pytest.raises(ValueError, match=r"Unterminated|Expecting|delimiter"):
        answer.json()
    set_fault(served, "empty_body")
    assert httpx.get(f"{served}/x/2/users/me").content == b""


def test_a_status_that_is_none_arrives(served):
    script = [{"account": "linkedin/*", "fault": "bot_wall"}]
    httpx.post(f"{served}/_sandbox/faults", json=script).raise_for_status()
    assert httpx.get(f"{served}/linkedin/rest/posts").status_code == 999


def test_a_late_answer_runs_into_a_timeout(served):
    set_fault(served, "slow", seconds=30)
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(f"{served}/x/2/users/me", timeout=0.3)


def test_a_port_that_is_taken_is_named():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(ConfigError, match=f"Port {port} of 127.0.0.1 cannot be used"):
            serve(port=port)


def test_a_broken_replay_folder_is_refused_before_serving(free_port, tmp_path):
    with pytest.raises(ConfigError, match=r"posts\.csv cannot be read"):
        serve(port=free_port, replay=tmp_path)
