"""The web process as it is started: dashboard, REST and middleware in one."""

import subprocess
import sys
import time
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from core.domain import Provider
from core.ops.migrate import migrate
from core.ports import find_free_port
from core.settings import PROJECT_ROOT, Settings, environment_with
from core.tickets import BIND_COOKIE, Ticket, TicketOffice

pytestmark = pytest.mark.integration

STARTS_WITHIN_S = 60


@contextmanager
def running_app(data_dir, log=subprocess.DEVNULL, **settings):
    """The app in a process of its own; its address."""
    port = find_free_port()
    own = {"DATA_DIR": str(data_dir), "PUBLIC_URL": f"http://localhost:{port}"} | settings
    environment = environment_with({f"TIDELINE_{name}": value for name, value in own.items()})
    command = [sys.executable, "-m", "streamlit", "run", "app.py"]
    process = subprocess.Popen(
        command, cwd=PROJECT_ROOT, env=environment | {"STREAMLIT_SERVER_PORT": str(port)}, stdout=log, stderr=log
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until_it_answers(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with running_app(tmp_path_factory.mktemp("data")) as address:
        yield address


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
    assert httpx.get(f"{url}/api/v1/nothing").json()["detail"] == "There is nothing at /api/v1/nothing."


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


PUBLIC_URL = "https://tideline.example"


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return tmp_path_factory.mktemp("log") / "web.log"


@pytest.fixture(scope="module")
def site(tmp_path_factory, log):
    """The app as it is known outside under https; its address here, and who issues its tickets."""
    data_dir = tmp_path_factory.mktemp("data")
    migrate(Settings.read(data_dir=data_dir))
    own = {"PUBLIC_URL": PUBLIC_URL, "X_CLIENT_ID": "ours", "X_CLIENT_SECRET": "hush"}
    nowhere = {"X_API_URL": f"http://127.0.0.1:{find_free_port()}"}  # nobody listens: the exchange fails
    with log.open("wb") as file, running_app(data_dir, file, **own, **nowhere) as address:
        yield address, TicketOffice(Settings.read(data_dir=data_dir))


class TestSignIn:
    """The routes in their real place: behind Streamlit's session, served over https by a proxy."""

    CODE = "AQR-a-code-of-a-provider"

    def start(self, site, **headers):
        """Press the button, as a proxy hands it on."""
        address, office = site
        ticket = office.issue(Ticket(Provider.X, "local"), "a-cookie")
        own = {"host": "tideline.example", "origin": PUBLIC_URL, "cookie": f"{BIND_COOKIE}=a-cookie"}
        return httpx.post(f"{address}/oauth/x/start", data={"ticket": ticket}, headers=own | headers)

    def test_every_cookie_is_kept_from_scripts_other_sites_and_open_lines(self, site):
        visit = {"host": "tideline.example", "accept": "text/html"}
        cookies = httpx.get(f"{site[0]}/accounts", headers=visit).headers.get_list("set-cookie")
        cookies += self.start(site).headers.get_list("set-cookie")
        names = {cookie.partition("=")[0] for cookie in cookies}
        assert {BIND_COOKIE, "_streamlit_session"} <= names
        for cookie in cookies:
            attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
            assert {"samesite=lax", "secure"} <= attributes
            assert "httponly" in attributes or cookie.startswith("_streamlit_xsrf")

    def test_it_starts_at_the_provider_and_the_session_takes_it_back_once(self, site, log):
        answer = self.start(site)
        assert answer.status_code == 303
        asked = parse_qs(urlsplit(answer.headers["location"]).query)
        assert asked["redirect_uri"] == [f"{PUBLIC_URL}/oauth/x/callback"]
        session = answer.headers["set-cookie"].partition(";")[0]
        query = {"code": self.CODE, "state": asked["state"][0]}
        cookie = {"host": "tideline.example", "cookie": f"{session}; {BIND_COOKIE}=a-cookie"}
        first, second = (httpx.get(f"{site[0]}/oauth/x/callback", params=query, headers=cookie) for _ in range(2))
        assert (first.status_code, second.status_code) == (502, 400)
        assert "X gave no usable answer" in first.text
        assert "has been used already" in second.text
        assert "the sign-in at X failed" in log.read_text(encoding="utf-8")

    def test_without_the_public_origin_it_does_not_start(self, site):
        assert self.start(site, origin="http://localhost:8501").status_code == 403

    def test_its_pages_have_a_policy_of_their_own(self, site):
        page = httpx.get(f"{site[0]}/oauth/x/callback", headers={"host": "tideline.example"})
        assert page.status_code == 403
        assert page.headers["content-security-policy"].startswith("default-src 'none'")
        assert page.headers["x-content-type-options"] == "nosniff"

    def test_the_log_holds_no_code_and_no_secret(self, site, log):
        self.test_it_starts_at_the_provider_and_the_session_takes_it_back_once(site, log)
        written = log.read_text(encoding="utf-8")
        assert self.CODE not in written
        assert "hush" not in written
        assert "code=" not in written
