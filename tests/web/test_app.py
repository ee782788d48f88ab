"""The web process as it is started: dashboard, REST and middleware in one."""

import subprocess
import sys
import time

import httpx
import pytest

from core.ports import find_free_port
from core.settings import PROJECT_ROOT, environment_with

pytestmark = pytest.mark.integration

STARTS_WITHIN_S = 60


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    port = find_free_port()
    environment = environment_with(
        {
            "TIDELINE_DATA_DIR": str(tmp_path_factory.mktemp("data")),
            "TIDELINE_PUBLIC_URL": f"http://localhost:{port}",
            "STREAMLIT_SERVER_PORT": str(port),
        }
    )
    command = [sys.executable, "-m", "streamlit", "run", "app.py"]
    process = subprocess.Popen(
        command, cwd=PROJECT_ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until_it_answers(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait_until_it_answers(address, process):
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline:
        assert process.poll() is None, "the web process ended"
        try:
            httpx.get(f"{address}/_stcore/health")
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the web process does not answer")


def test_pages_come_with_the_headers(url):
    for path in ("/", "/syncs"):
        answer = httpx.get(url + path)
        assert answer.status_code == 200
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_rest_answers_beside_the_pages(url):
    answer = httpx.get(f"{url}/api/v1/health")
    assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")
    assert httpx.get(f"{url}/api/v1/nothing").json()["success"] is False


def test_another_page_may_not_upload_or_drive(url):
    foreign = {"origin": "http://localhost:3000"}
    assert httpx.post(f"{url}/_stcore/upload_file/x", headers=foreign).status_code == 403
    upgrade = {
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    assert httpx.get(f"{url}/_stcore/stream", headers=upgrade | foreign).status_code == 403


def test_scripts_travel_compressed(url):
    page = httpx.get(url).text
    script = page.split('src="./static/', 1)[1].split('"', 1)[0]
    assert httpx.get(f"{url}/static/{script}").headers["content-encoding"] == "gzip"
