"""Fixtures of the web tests: a site with its routes, and stand-ins for what lies behind them."""

from dataclasses import dataclass, field

import pytest
import time_machine

from core.domain import Provider
from core.errors import AppError
from core.fetchers.oauth import begin_authorization
from core.settings import Settings
from core.wiring import open_accounts
from tests.conftest import NOW
from tests.stage import open_sandbox, stage_settings
from tests.web.rest import Rest, open_rest
from tests.web.site import Site

CONFIGURED = {f"{provider.value}_client_{part}": f"our-{part}" for provider in Provider for part in ("id", "secret")}


@dataclass
class FakeLogin:
    """What a sign-in gives, as far as the routes look."""

    provider: Provider
    connectable: list = field(default_factory=lambda: ["a page"])
    missing_scopes: tuple = ()
    owner_name: str = "Ana"


class FakeAccounts:
    """Stands for the use case behind the routes, and remembers what it was asked."""

    def __init__(self, settings):
        self.settings = settings
        self.signed_in, self.pending, self.reconnected = [], [], []
        self.login = FakeLogin
        self.error = self.reconnect_error = None

    def begin(self, provider, redirect_uri):
        return begin_authorization(self.settings.provider(provider), redirect_uri=redirect_uri, api_version="v25.0")

    def sign_in(self, provider, *, code, redirect_uri, code_verifier):
        self.signed_in.append((provider, code, redirect_uri, code_verifier))
        if self.error:
            raise self.error
        return self.login(provider)

    def keep_pending(self, login, **known):
        self.pending.append((login, known))
        return f"pending-{len(self.pending)}"

    def reconnect_pending(self, pending_id, browser):
        if self.reconnect_error:
            raise AppError(self.reconnect_error)
        self.reconnected.append((pending_id, browser))
        return []


@pytest.fixture
def traveller():
    """The wall clock, which the cookies and tickets of our libraries go by."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def settings(tmp_path):
    return Settings.read(data_dir=tmp_path / "data", **CONFIGURED)


@pytest.fixture
def site(settings, database, clock, traveller):
    return Site(settings, database, clock, FakeAccounts(settings))


@pytest.fixture(scope="module")
def running_sandbox():
    with open_sandbox("--businesses", "2") as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running_sandbox):
    """The platforms' stand-in, with no fault in force and its clock at NOW."""
    running_sandbox.play()
    running_sandbox.move_clock(NOW)
    return running_sandbox


@pytest.fixture
def real(sandbox, tmp_path, database, clock, traveller):
    """A site whose accounts are the real ones, and whose platforms are the sandbox."""
    settings = stage_settings(sandbox.port, tmp_path / "data")
    with open_accounts(settings, clock) as (_, accounts):
        yield Site(settings, database, clock, accounts)


@pytest.fixture
def rest(settings, database, clock):
    return Rest(settings, database, clock)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """The routes on a filled folder, for tests that change nothing in it."""
    with open_rest(tmp_path_factory.mktemp("shared") / "data") as rest:
        yield rest


@pytest.fixture
def own(tmp_path):
    """The routes on a filled folder that the test may change."""
    with open_rest(tmp_path / "data") as rest:
        yield rest
