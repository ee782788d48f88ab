"""A platform played from fixtures: every request is matched with a route and answered, and kept for the test to read."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx

from core.domain import Platform, Post, PostKind, PostSnapshot, Provider
from core.fetchers import FETCHERS, ApiVersions, open_fetcher, open_session
from core.fetchers.base import Fetcher, ListedPost
from core.fetchers.pauses import Pause, PauseBook
from core.fetchers.transport import ApiSession, Transport
from core.settings import ProviderSettings
from tests.conftest import NOW

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
TOKEN = "EAAverysecrettoken0123456789"
SECRET = "app-secret-9876543210"
VERSIONS = ApiVersions(linkedin="202609", meta="v25.0")
PLATFORMS = tuple(FETCHERS)

ASKED_BESIDE = re.compile(r"/(video_reels|stories)\?")
"""What is read beside a list of posts: unless a test gives it an answer, it is empty and not counted."""

Answer = str | httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]
"""A fixture's name, a ready response, a network fault, or a function of the request."""


def read_fixture(platform: Platform, name: str):
    return json.loads((FIXTURES / platform.value / f"{name}.json").read_text(encoding="utf-8"))


def html(status: int = 200) -> httpx.Response:
    return httpx.Response(status, html="<html><title>Just a moment…</title></html>")


def asked(target: str) -> dict[str, str]:
    """The parameters of a request."""
    return {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}


def answer_every_id(request: httpx.Request) -> httpx.Response:
    """Meta's answer to a batch: each id asked for, and nothing about it."""
    return httpx.Response(200, json={post_id: {"id": post_id} for post_id in request.url.params["ids"].split(",")})


def listed_post(post_id: str, *, kind: PostKind = PostKind.TEXT, published_at=NOW, **counters) -> ListedPost:
    return ListedPost(Post(post_id, kind, published_at), PostSnapshot(post_id, **counters))


def ids_of(listed) -> list[str]:
    return [item.post.post_id for item in listed]


def app_of(platform: Platform, client_id: str = "client-1", *, provider: Provider | None = None) -> ProviderSettings:
    provider = provider or platform.provider
    return ProviderSettings(
        provider=provider,
        api_url=f"https://{provider}.test/api",
        oauth_url=f"https://{provider}.test/oauth",
        client_id=client_id,
        client_secret=SECRET,
    )


def parts_of(request: httpx.Request) -> list[dict[str, str]] | None:
    """The calls that a POST of Meta's holds; None where it is no batch."""
    form = parse_qs(request.content.decode()) if request.method == "POST" else {}
    return json.loads(form["batch"][0]) if "batch" in form else None


def _target_of(request: httpx.Request) -> str:
    return re.sub(r"[?&]appsecret_proof=[0-9a-f]{64}$", "", request.url.raw_path.decode("ascii"))


class Stage:
    """One platform; the first route whose pattern is found in a request's raw target answers it, its last answer again and again."""

    def __init__(self, platform: Platform, clock) -> None:
        self.platform = platform
        self.requests: list[httpx.Request] = []
        self.batches: list[httpx.Request] = []
        """The POSTs that held several requests; the requests are kept as if each had come alone."""
        self._batch_answer: Answer | None = None
        self.told_pauses: list[Pause] = []
        """Every pause that began, in their order."""
        self._routes: list[tuple[re.Pattern[str], list[Answer]]] = []
        client = httpx.Client(transport=httpx.MockTransport(self._answer))
        self.transport = Transport(clock, client=client, pauses=PauseBook(clock, on_new=self.told_pauses.append))
        self.session: ApiSession = self.open_session("account-1")

    def open_session(
        self,
        account_key: str,
        *,
        client_id: str = "client-1",
        token: str = TOKEN,
        provider: Provider | None = None,
    ) -> ApiSession:
        """A conversation of this account, of this app; `provider`: of another one than the platform's first."""
        app = app_of(self.platform, client_id, provider=provider)
        return open_session(self.transport, app, token, versions=VERSIONS, account_key=account_key)

    def on(self, pattern: str, *answers: Answer) -> "Stage":
        self._routes.append((re.compile(pattern), list(answers)))
        return self

    def on_batches(self, answer: Answer) -> None:
        """Answer whole batches with this, whatever they hold."""
        self._batch_answer = answer

    def play_contract(self) -> dict:
        contract = read_fixture(self.platform, "contract")
        for pattern, fixture in contract["routes"]:
            self.on(pattern, fixture)
        return contract

    def fetcher(self, external_id: str | None = None, *, session: ApiSession | None = None, **more) -> Fetcher:
        known = external_id or read_fixture(self.platform, "contract")["external_id"]
        return open_fetcher(self.platform, session or self.session, known, **more)

    @property
    def targets(self) -> list[str]:
        """Path and query of every request as they arrived, without the proof of Meta's token."""
        return [_target_of(request) for request in self.requests]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        parts = parts_of(request)
        if parts is None:
            return self._answer_one(request)
        self.batches.append(request)
        if self._batch_answer is not None:
            return self._play(self._batch_answer, request)
        return httpx.Response(200, json=[self._answer_part(request, part["relative_url"]) for part in parts])

    def _answer_part(self, request: httpx.Request, relative_url: str) -> dict | None:
        """A part of a batch, answered and kept as if it had come alone; None where nothing answers it."""
        start = request.url.path.rstrip("/")
        try:
            answer = self._answer_one(httpx.Request("GET", request.url.join(f"{start}/{relative_url}")))
        except httpx.HTTPError:
            return None
        headers = [{"name": name, "value": value} for name, value in answer.headers.items()]
        return {"code": answer.status_code, "headers": headers, "body": answer.text}

    def _answer_one(self, request: httpx.Request) -> httpx.Response:
        target = _target_of(request)
        answers = next((answers for pattern, answers in self._routes if pattern.search(target)), None)
        if answers is None and ASKED_BESIDE.search(target):
            return httpx.Response(200, json={"data": []})
        self.requests.append(request)
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
