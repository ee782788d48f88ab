"""A sandbox to talk to without a socket, with a clock that stands still, and ways to sign in."""

import asyncio
import base64
import hashlib
import os
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import httpx
import pytest

from core.clock import MovableClock
from core.domain import Platform
from core.sandbox.server import build_app
from core.sandbox.synthetic import build_world

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
REDIRECT = "http://localhost:8501/oauth/callback"
VERIFIER = "a-verifier-of-at-least-forty-three-characters-0"
META_SCOPES = (
    "pages_show_list,pages_read_engagement,read_insights,instagram_basic,instagram_manage_insights,business_management"
)
INSTAGRAM_SCOPES = "instagram_business_basic,instagram_business_manage_insights"
APP = {"client_id": "app", "client_secret": "secret"}


class Browser:
    """Speaks to an app as a client would; paths keep their raw query."""

    def __init__(self, app):
        self._transport = httpx.ASGITransport(app=app)

    def get(self, path, *, token=None, headers=None, within_s=None):
        return self.ask("GET", path, token=token, headers=headers, within_s=within_s)

    def post(self, path, *, form=None, headers=None, **body):
        return self.ask("POST", path, headers=headers, data=form, **body)

    def ask(self, method, path, *, token=None, headers=None, within_s=None, **body):
        sent = {**({"Authorization": f"Bearer {token}"} if token else {}), **(headers or {})}
        return asyncio.run(asyncio.wait_for(self._ask(method, path, headers=sent, **body), within_s))

    async def _ask(self, method, path, **options):
        async with httpx.AsyncClient(transport=self._transport, base_url="http://sandbox") as client:
            return await client.request(method, path, **options)


@dataclass
class SignInFlow:
    """Walks a provider's sign-in as a browser and an app do."""

    browser: Browser

    def code(self, path, login, **parameters):
        asked = {"response_type": "code", "client_id": "app", "redirect_uri": REDIRECT, "state": "s1"}
        answer = self.browser.get(f"{path}?{urlencode(asked | {'login_hint': login} | parameters)}")
        assert answer.status_code == 302, answer.text
        assert answer.headers["location"].startswith(REDIRECT)
        returned = parse_qs(urlsplit(answer.headers["location"]).query)
        assert returned["state"] == ["s1"]
        return returned["code"][0]

    def linkedin_code(self, login, scope="r_organization_social rw_organization_admin"):
        return self.code("/linkedin/oauth/v2/authorization", login, scope=scope)

    def linkedin(self, login, **changes):
        form = {"grant_type": "authorization_code", "code": self.linkedin_code(login), "redirect_uri": REDIRECT} | APP
        return self.browser.post("/linkedin/oauth/v2/accessToken", form=form | changes)

    def x_code(self, login, scope="tweet.read users.read offline.access"):
        challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
        pkce = {"code_challenge": challenge, "code_challenge_method": "S256"}
        return self.code("/x/i/oauth2/authorize", login, scope=scope, **pkce)

    def x(self, login, *, basic="app:secret", scope="tweet.read users.read offline.access", **changes):
        form = {"grant_type": "authorization_code", "code": self.x_code(login, scope), "redirect_uri": REDIRECT}
        form["code_verifier"] = VERIFIER
        return self.x_token(form | changes, basic=basic)

    def x_token(self, form, *, basic="app:secret"):
        headers = {"Authorization": f"Basic {base64.b64encode(basic.encode()).decode()}"} if basic else {}
        return self.browser.post("/x/2/oauth2/token", form=form, headers=headers)

    def meta_code(self, login, scope=META_SCOPES):
        return self.code("/meta/v25.0/dialog/oauth", login, scope=scope)

    def meta(self, login, **changes):
        asked = {"code": self.meta_code(login), "redirect_uri": REDIRECT} | APP | changes
        return self.browser.get(f"/meta/v25.0/oauth/access_token?{urlencode(asked)}")

    def meta_long(self, login):
        short = self.meta(login).json()["access_token"]
        asked = {"grant_type": "fb_exchange_token", "fb_exchange_token": short} | APP
        return self.browser.post("/meta/v25.0/oauth/access_token", form=asked).json()["access_token"]

    def instagram_code(self, login, scope=INSTAGRAM_SCOPES):
        return self.code("/instagram/oauth/authorize", login, scope=scope)

    def instagram(self, login, **changes):
        form = {"grant_type": "authorization_code", "code": self.instagram_code(login), "redirect_uri": REDIRECT} | APP
        return self.browser.post("/instagram/oauth/access_token", form=form | changes)

    def instagram_long(self, login):
        short = self.instagram(login).json()["access_token"]
        asked = urlencode({"grant_type": "ig_exchange_token", "client_secret": "secret"})
        return self.browser.get(f"/instagram/access_token?{asked}", token=short).json()["access_token"]


@dataclass
class LinkedInClient:
    browser: Browser
    token: str
    version: str = "202609"

    def get(self, path, **headers):
        sent = {"LinkedIn-Version": self.version, "X-Restli-Protocol-Version": "2.0.0"} | headers
        return self.browser.get(f"/linkedin/rest{path}", token=self.token, headers=sent)


class Visitor:
    """A login that signs in when it first asks, and asks what a sync asks."""

    def __init__(self, browser, login, clock):
        self.browser, self.login, self.clock = browser, login, clock
        self.flow = SignInFlow(browser)

    @cached_property
    def linkedin_grant(self):
        return self.flow.linkedin(self.login.name).json()

    @cached_property
    def x_token(self):
        return self.flow.x(self.login.name).json()["access_token"]

    @cached_property
    def meta_token(self):
        return self.flow.meta_long(self.login.name)

    @cached_property
    def instagram_token(self):
        return self.flow.instagram_long(self.login.name)

    def account(self, platform):
        return self.login.list_accounts(platform)[0]

    def posts(self, platform, *kinds):
        """The newest first, of these kinds where any is named."""
        posts = self.account(platform).posts(self.clock.now())
        return [post for post in reversed(posts) if not kinds or post.kind in kinds]

    def linkedin(self, path):
        return LinkedInClient(self.browser, self.linkedin_grant["access_token"]).get(path)

    def x(self, path):
        return self.browser.get(f"/x/2{path}", token=self.x_token)

    def graph(self, path):
        return self.browser.get(f"/meta/v25.0{path}", token=self.meta_token)

    def instagram(self, path):
        return self.browser.get(f"/instagram/v25.0{path}", token=self.instagram_token)


@pytest.fixture(scope="session")
def world():
    return build_world(seed=1, businesses=2)


@pytest.fixture
def clock():
    return MovableClock(NOW)


@pytest.fixture
def browser(world, clock):
    return Browser(build_app(world, clock))


@pytest.fixture
def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.fixture
def sign_in(browser):
    return SignInFlow(browser)


@pytest.fixture
def login(world):
    return world.logins[0]


@pytest.fixture
def other_login(world):
    return world.logins[1]


@pytest.fixture
def account_of(login):
    return lambda platform: login.list_accounts(Platform(platform))[0]


@pytest.fixture
def visitor(browser, login, clock):
    return Visitor(browser, login, clock)


@pytest.fixture
def other(browser, other_login, clock):
    return Visitor(browser, other_login, clock)


@pytest.fixture
def set_faults(browser):
    """Puts a fault script in force; its rules and counts as they stand."""

    def post(*rules):
        answer = browser.post("/_sandbox/faults", json=list(rules))
        assert answer.status_code == 200, answer.text
        return answer.json()

    return post


@pytest.fixture
def linkedin(browser, sign_in, login):
    return LinkedInClient(browser, sign_in.linkedin(login.name).json()["access_token"])


@pytest.fixture
def x(browser, sign_in, login):
    token = sign_in.x(login.name).json()["access_token"]
    return lambda path: browser.get(f"/x/2{path}", token=token)


@pytest.fixture
def graph(browser, sign_in, login):
    token = sign_in.meta_long(login.name)
    return lambda path: browser.get(f"/meta/v25.0{path}", token=token)


@pytest.fixture
def encoded():
    """A urn as it stands in a Rest.li query."""
    return lambda urn: quote(urn, safe="")


@pytest.fixture
def midnight_ms():
    """UTC midnight `days` days from today, in epoch milliseconds."""
    today = NOW.replace(hour=0, minute=0)
    return lambda days: int((today + timedelta(days=days)).timestamp() * 1000)


@pytest.fixture
def new_browser():
    """Makes a browser for another world or clock."""
    return lambda world, clock, **options: Browser(build_app(world, clock, **options))


@pytest.fixture
def sign_in_at():
    return SignInFlow


@pytest.fixture(scope="session")
def replay_folder():
    """The recorded posts beside the project; where they must be there, a missing folder fails."""
    folder = Path(__file__).resolve().parents[3] / "shared" / "data" / "replay"
    if not (folder / "posts.csv").exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{folder} is missing")
        pytest.skip(f"{folder} is missing")
    return folder
