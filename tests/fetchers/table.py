"""A platform's table of test cases: each row is a function, and its text is the name of its test."""

from collections.abc import Callable

import httpx
import pytest

from core.domain import Provider
from core.fetchers.oauth import Grant, refresh_grant
from core.settings import ProviderSettings
from tests.conftest import NOW
from tests.fetchers.stage import SECRET, TOKEN, Stage

Case = Callable[..., None]


class Table:
    """Collects the rows; `param` makes tests of them that each get `stage_of` and `clock`."""

    def __init__(self) -> None:
        self.cases: dict[str, Case] = {}

    def case(self, text: str) -> Callable[[Case], Case]:
        def register(case: Case) -> Case:
            assert text not in self.cases
            self.cases[text] = case
            return case

        return register

    @property
    def param(self) -> pytest.MarkDecorator:
        return pytest.mark.parametrize("case", [pytest.param(case, id=text) for text, case in self.cases.items()])


def refresh(provider: Provider, answer: httpx.Response, *, kept: str | None = "refresh-old") -> Grant:
    """What becomes of a grant, with the refresh token that we kept, when the token endpoint gives this answer."""
    app = ProviderSettings(
        provider=provider,
        api_url="https://api.test",
        oauth_url="https://oauth.test",
        client_id="client-1",
        client_secret=SECRET,
    )
    network = httpx.MockTransport(lambda _request: answer)
    return refresh_grant(app, Grant(TOKEN, kept), api_version="v25.0", now=NOW, network=network)


def only_for(token: str, good: httpx.Response, bad: httpx.Response) -> Callable[[httpx.Request], httpx.Response]:
    """A platform that accepts one token."""
    return lambda request: good if request.headers["authorization"] == f"Bearer {token}" else bad


def count_requests(stage: Stage, ask: Callable[[], object]) -> int:
    """How many requests `ask` takes."""
    before = len(stage.requests)
    ask()
    return len(stage.requests) - before
