"""A platform played from fixtures: every request is matched with a route and answered, and kept for the test to read."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import httpx

from core.domain import Platform
from core.fetchers import FETCHERS, ApiVersions, open_fetcher, open_session
from core.fetchers.base import Fetcher
from core.fetchers.transport import ApiSession, Transport
from core.settings import ProviderSettings

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
TOKEN = "EAAverysecrettoken0123456789"
SECRET = "app-secret-9876543210"
VERSIONS = ApiVersions(linkedin="202609", meta="v25.0")

Answer = str | httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]
"""A fixture's name, a ready response, a network fault, or a function of the request."""


def read_fixture(platform: Platform, name: str):
    return json.loads((FIXTURES / platform.value / f"{name}.json").read_text(encoding="utf-8"))


def html(status: int = 200) -> httpx.Response:
    return httpx.Response(status, html="<html><title>Just a moment…</title></html>")


def app_of(platform: Platform) -> ProviderSettings:
    return ProviderSettings(
        provider=platform.provider,
        api_url=f"https://{platform.provider}.test/api",
        oauth_url=f"https://{platform.provider}.test/oauth",
        client_id="client-1",
        client_secret=SECRET,
    )


class Stage:
    """One platform; the first route whose pattern is found in a request's raw target answers it, its last answer again and again."""

    def __init__(self, platform: Platform, clock) -> None:
        self.platform = platform
        self.requests: list[httpx.Request] = []
        self._routes: list[tuple[re.Pattern[str], list[Answer]]] = []
        self.transport = Transport(clock, client=httpx.Client(transport=httpx.MockTransport(self._answer)))
        self.session: ApiSession = open_session(self.transport, app_of(platform), TOKEN, versions=VERSIONS)

    def on(self, pattern: str, *answers: Answer) -> "Stage":
        self._routes.append((re.compile(pattern), list(answers)))
        return self

    def play_contract(self) -> dict:
        contract = read_fixture(self.platform, "contract")
        for pattern, fixture in contract["routes"]:
            self.on(pattern, fixture)
        return contract

    def fetcher(self, external_id: str | None = None) -> Fetcher:
        return open_fetcher(
            self.platform, self.session, external_id or read_fixture(self.platform, "contract")["external_id"]
        )

    @property
    def targets(self) -> list[str]:
        """Path and query of every request, as they arrived."""
        return [request.url.raw_path.decode("ascii") for request in self.requests]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        target = request.url.raw_path.decode("ascii")
        answers = next((answers for pattern, answers in self._routes if pattern.search(target)), None)
        if answers is None:
            raise AssertionError(f"nothing on stage answers {target}")
        return self._play(answers.pop(0) if len(answers) > 1 else answers[0], request)

    def _play(self, answer: Answer, request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
        if callable(answer):
            return answer(request)
        status = re.match(r"error_(\d+)_", answer)
        return httpx.Response(int(status[1]) if status else 200, json=read_fixture(self.platform, answer))


PLATFORMS = tuple(FETCHERS)
