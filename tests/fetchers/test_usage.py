"""What does each platform tell of its limits, and what is counted where it tells nothing?"""

import json
from datetime import UTC, datetime

import httpx
import pytest

from core.domain import Provider
from core.errors import GoneError, RateLimitedError
from core.fetchers import ApiVersions, open_session
from core.fetchers.transport import RetryPolicy, Transport
from core.settings import ProviderSettings

pytestmark = pytest.mark.unit

RESET = datetime(2026, 11, 24, 9, 45, tzinfo=UTC)


@pytest.fixture
def ask(clock):
    """Ask one platform for paths, answered in turn; what the session knows of the limits afterwards."""
    opened = []

    def ask_all(provider, answers, calls_a_day=100):
        left = [answer for _, answer in answers]
        client = httpx.Client(transport=httpx.MockTransport(lambda _: left.pop(0)))
        transport = Transport(clock, policy=RetryPolicy(attempts=1), client=client)
        opened.append(transport)
        app = ProviderSettings(
            provider=provider,
            api_url="https://api.test",
            oauth_url="https://api.test",
            client_id="our-app",
            client_secret="",
            calls_a_day=calls_a_day,
        )
        versions = ApiVersions(linkedin="202609", meta="v25.0")
        session = open_session(transport, app, "t0ken", versions=versions, account_key="login-3")
        for path, _ in answers:
            try:
                session.get(path)
            except (RateLimitedError, GoneError):
                continue
        return session.counts.usages

    yield ask_all
    for transport in opened:
        transport.close()


def windows(limit, remaining, *, status=200):
    names = {"limit": limit, "remaining": remaining, "reset": int(RESET.timestamp())}
    return httpx.Response(status, json={}, headers={f"x-rate-limit-{name}": str(of) for name, of in names.items()})


class TestX:
    def test_each_endpoint_has_a_window_of_its_own(self, ask):
        told = ask(
            Provider.X,
            [("/users/me?user.fields=id", windows(75, 74)), ("/users/1234/tweets?max_results=5", windows(900, 880))],
        )
        of_login = "account:x:login-3"
        found = {key: (usage.name, usage.used, usage.quota, usage.resets_at, usage.unit) for key, usage in told.items()}
        assert found == {
            f"{of_login}/users/me": ("users/me", 1, 75, RESET, "calls"),
            f"{of_login}/users/:id/tweets": ("users/:id/tweets", 20, 900, RESET, "calls"),
        }

    def test_a_window_that_is_used_up_is_told_by_the_refusal(self, ask):
        (usage,) = ask(Provider.X, [("/users/me", windows(75, 0, status=429))]).values()
        assert (usage.used, usage.share) == (75, 1.0)

    def test_a_nearly_full_window_makes_nobody_rest(self, ask):
        assert len(ask(Provider.X, [("/users/me", windows(75, 1)), ("/tweets?ids=1", windows(900, 899))])) == 2

    @pytest.mark.parametrize("headers", [{}, {"x-rate-limit-limit": "75"}])
    def test_without_all_headers_nothing_is_told(self, ask, headers):
        assert ask(Provider.X, [("/users/me", httpx.Response(200, json={}, headers=headers))]) == {}

    @pytest.mark.parametrize("odd", ["-1", "many", "", "1e3", "9" * 30])
    def test_nonsense_is_not_taken_for_a_number(self, ask, odd):
        assert ask(Provider.X, [("/users/me", windows(odd, odd))]) == {}


class TestMeta:
    def test_app_and_each_page_are_told_in_percent(self, ask):
        of_pages = {"112": [{"type": "pages", "call_count": 12, "total_time": 30, "total_cputime": 5}]}
        of_both = of_pages | {"178": [{"type": "instagram", "call_count": 7, "total_time": 1, "total_cputime": 1}]}
        answer = httpx.Response(
            200,
            json={},
            headers={
                "X-App-Usage": json.dumps({"call_count": 28, "total_time": 25, "total_cputime": 25}),
                "X-Business-Use-Case-Usage": json.dumps(of_both),
            },
        )
        told = ask(Provider.META, [("/me", answer)])
        assert {key: (usage.used, usage.quota, usage.unit) for key, usage in told.items()} == {
            "app:meta:our-app": (28, 100, "percent"),
            "account:meta:login-3/pages 112": (30, 100, "percent"),
            "account:meta:login-3/instagram 178": (7, 100, "percent"),
        }

    def test_the_time_to_regain_access_is_told(self, ask):
        full = {"type": "pages", "call_count": 100, "total_time": 3, "estimated_time_to_regain_access": 12}
        answer = httpx.Response(
            400,
            json={"error": {"code": 80001, "message": "There have been too many calls"}},
            headers={"X-Business-Use-Case-Usage": json.dumps({"112": [full]})},
        )
        (usage,) = ask(Provider.META, [("/112", answer)]).values()
        assert (usage.used, usage.rest.total_seconds()) == (100, 720)


class TestLinkedIn:
    def test_the_calls_to_each_endpoint_are_counted(self, ask):
        fine = httpx.Response(200, json={"elements": []})
        told = ask(
            Provider.LINKEDIN,
            [("/posts?q=author", fine), ("/posts?q=author&start=100", fine), ("/networkSizes/urn%3Ali", fine)],
        )
        assert {key: (usage.used, usage.quota, usage.is_counted) for key, usage in told.items()} == {
            "account:linkedin:login-3/posts": (2, 100, True),
            "account:linkedin:login-3/networkSizes": (1, 100, True),
        }

    def test_a_refused_call_counts_too(self, ask):
        (usage,) = ask(Provider.LINKEDIN, [("/posts", httpx.Response(404, json={}))]).values()
        assert usage.used == 1

    def test_a_limit_that_is_not_known_is_none(self, ask):
        (usage,) = ask(Provider.LINKEDIN, [("/posts", httpx.Response(200, json={}))], calls_a_day=0).values()
        assert usage.quota is None
