"""Does a grant come, last and end as each provider says, without a secret told?"""

import base64
import traceback
from datetime import timedelta
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from core.domain import Provider
from core.errors import FetchError, OperatorNeededError, ReconnectNeededError, TransientError
from core.fetchers.oauth import SCOPES, Grant, begin_authorization, fetch_grant, refresh_grant, revoke_grant
from core.settings import ProviderSettings
from tests.conftest import NOW

pytestmark = pytest.mark.unit

REDIRECT = "https://tideline.test/oauth/callback"
SECRET, CODE, OLD, REFRESH = "app-secret-98", "code-12345", "old-token-67", "refresh-token-45"
URLS = {
    Provider.LINKEDIN: ("https://api.linkedin.test", "https://www.linkedin.test/oauth/v2"),
    Provider.X: ("https://api.x.test/2", "https://x.test/i/oauth2"),
    Provider.META: ("https://graph.test", "https://www.facebook.test"),
    Provider.INSTAGRAM: ("https://graph.instagram.test", "https://www.instagram.test/oauth"),
}
INSTAGRAM_TOKEN_URL = "https://api.instagram.test/oauth/access_token"


def app_of(provider, secret=SECRET):
    api_url, oauth_url = URLS[provider]
    return ProviderSettings(
        provider=provider,
        api_url=api_url,
        oauth_url=oauth_url,
        client_id="client-1",
        client_secret=secret,
        token_url=INSTAGRAM_TOKEN_URL if provider is Provider.INSTAGRAM else "",
    )


class Desk:
    """A token endpoint: gives its answers in turn, keeps what was asked."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests = []
        self.network = httpx.MockTransport(self._answer)

    def _answer(self, request):
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    def form(self, number=0):
        return {name: values[0] for name, values in parse_qs(self.requests[number].content.decode()).items()}


def fetch(provider, desk, *, secret=SECRET, verifier=None, code=CODE):
    return fetch_grant(
        app_of(provider, secret),
        code=code,
        redirect_uri=REDIRECT,
        code_verifier=verifier,
        api_version="v25.0",
        now=NOW,
        network=desk.network,
    )


def refresh(provider, desk, grant=None):
    old = grant or Grant(OLD, REFRESH, scopes=("a",), refresh_expires_at=NOW + timedelta(days=300))
    return refresh_grant(app_of(provider), old, api_version="v25.0", now=NOW, network=desk.network)


def revoke(provider, desk, grant=None):
    old = grant or Grant(OLD, REFRESH)
    revoke_grant(app_of(provider), old, owner_id="77", api_version="v25.0", network=desk.network)


def begin(provider):
    authorization = begin_authorization(app_of(provider), redirect_uri=REDIRECT, api_version="v25.0")
    parts = urlsplit(authorization.url)
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return authorization, f"{parts.scheme}://{parts.netloc}{parts.path}", asked


@pytest.mark.parametrize(
    ("provider", "address", "separator"),
    [
        (Provider.LINKEDIN, "https://www.linkedin.test/oauth/v2/authorization", " "),
        (Provider.X, "https://x.test/i/oauth2/authorize", " "),
        (Provider.META, "https://www.facebook.test/v25.0/dialog/oauth", ","),
        (Provider.INSTAGRAM, "https://www.instagram.test/oauth/authorize", ","),
    ],
)
def test_the_browser_is_sent_to_the_provider(provider, address, separator):
    authorization, sent_to, asked = begin(provider)
    assert sent_to == address
    assert asked["response_type"] == "code"
    assert asked["client_id"] == "client-1"
    assert asked["redirect_uri"] == REDIRECT
    assert asked["state"] == authorization.state
    assert asked["scope"] == separator.join(SCOPES[provider])
    assert authorization.state != begin(provider)[0].state


def test_only_x_uses_pkce():
    authorization, _, asked = begin(Provider.X)
    digest = sha256(authorization.code_verifier.encode()).digest()
    assert asked["code_challenge"] == base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert asked["code_challenge_method"] == "S256"
    for provider in (Provider.LINKEDIN, Provider.META, Provider.INSTAGRAM):
        other, _, others_asked = begin(provider)
        assert other.code_verifier is None
        assert "code_challenge" not in others_asked


def test_linkedins_code_is_exchanged_with_the_secret_in_the_form():
    desk = Desk(
        {
            "access_token": "new",
            "expires_in": 5183999,
            "refresh_token": "fresh",
            "refresh_token_expires_in": 31535999,
            "scope": "r_organization_social,rw_organization_admin",
        }
    )
    grant = fetch(Provider.LINKEDIN, desk)
    assert grant == Grant(
        "new",
        "fresh",
        NOW + timedelta(seconds=5183999),
        NOW + timedelta(seconds=31535999),
        ("r_organization_social", "rw_organization_admin"),
    )
    assert str(desk.requests[0].url) == "https://www.linkedin.test/oauth/v2/accessToken"
    assert desk.form() == {
        "grant_type": "authorization_code",
        "code": CODE,
        "redirect_uri": REDIRECT,
        "client_id": "client-1",
        "client_secret": SECRET,
    }
    assert "authorization" not in desk.requests[0].headers


def test_a_linkedin_app_without_programmatic_refresh_gives_no_refresh_token():
    grant = fetch(Provider.LINKEDIN, Desk({"access_token": "new", "expires_in": 5183999, "scope": "a b"}))
    assert (grant.refresh_token, grant.refresh_expires_at, grant.scopes) == (None, None, ("a", "b"))
    with pytest.raises(ReconnectNeededError, match="no refresh token"):
        refresh(Provider.LINKEDIN, Desk(), Grant(OLD))


def test_xs_code_is_exchanged_with_basic_auth_and_the_verifier():
    desk = Desk(
        {
            "token_type": "bearer",
            "expires_in": 7200,
            "access_token": "new",
            "scope": "users.read tweet.read",
            "refresh_token": "r1",
        }
    )
    grant = fetch(Provider.X, desk, verifier="verifier-1")
    assert (grant.refresh_token, grant.expires_at, grant.scopes) == (
        "r1",
        NOW + timedelta(hours=2),
        ("users.read", "tweet.read"),
    )
    assert str(desk.requests[0].url) == "https://api.x.test/2/oauth2/token"
    assert (
        desk.requests[0].headers["authorization"] == "Basic " + base64.b64encode(f"client-1:{SECRET}".encode()).decode()
    )
    assert desk.form()["code_verifier"] == "verifier-1"
    assert "client_secret" not in desk.form()


def test_a_public_x_app_sends_its_id_alone():
    desk = Desk({"access_token": "new"})
    fetch(Provider.X, desk, secret="", verifier="v")
    assert desk.form()["client_id"] == "client-1"
    assert "authorization" not in desk.requests[0].headers


def test_metas_code_becomes_a_long_lived_token():
    desk = Desk(
        {"access_token": "short", "expires_in": 3600},
        {"access_token": "long", "token_type": "bearer", "expires_in": 5183944},
    )
    grant = fetch(Provider.META, desk)
    assert grant == Grant("long", None, NOW + timedelta(seconds=5183944))
    assert {str(request.url) for request in desk.requests} == {"https://graph.test/v25.0/oauth/access_token"}
    assert {request.method for request in desk.requests} == {"POST"}
    assert desk.form(1) == {
        "grant_type": "fb_exchange_token",
        "fb_exchange_token": "short",
        "client_id": "client-1",
        "client_secret": SECRET,
    }


def test_a_missing_expiry_of_metas_long_token_means_60_days():
    grant = fetch(Provider.META, Desk({"access_token": "short", "expires_in": 3600}, {"access_token": "long"}))
    assert grant.expires_at == NOW + timedelta(days=60)


def test_linkedins_refresh_keeps_what_is_not_repeated():
    desk = Desk(
        {"access_token": "new", "expires_in": 5184000, "refresh_token": REFRESH, "refresh_token_expires_in": 86400}
    )
    grant = refresh(Provider.LINKEDIN, desk)
    assert (grant.access_token, grant.refresh_token, grant.scopes) == ("new", REFRESH, ("a",))
    assert grant.refresh_expires_at == NOW + timedelta(days=1)
    assert desk.form()["refresh_token"] == REFRESH
    assert desk.form()["grant_type"] == "refresh_token"
    unrepeated = refresh(Provider.LINKEDIN, Desk({"access_token": "new"}))
    assert (unrepeated.refresh_token, unrepeated.refresh_expires_at) == (REFRESH, NOW + timedelta(days=300))


def test_xs_refresh_rotates_the_refresh_token():
    desk = Desk({"access_token": "new", "expires_in": 7200, "refresh_token": "r2"})
    assert refresh(Provider.X, desk).refresh_token == "r2"
    assert desk.requests[0].headers["authorization"].startswith("Basic ")


def test_metas_refresh_exchanges_the_valid_token():
    desk = Desk({"access_token": "longer"})
    grant = refresh(Provider.META, desk, Grant(OLD, scopes=("a",)))
    assert (grant.access_token, grant.expires_at, grant.scopes) == ("longer", NOW + timedelta(days=60), ("a",))
    assert desk.form()["fb_exchange_token"] == OLD


def refusal(status, error, description="Something about it"):
    return httpx.Response(
        status, json={"error": error, "error_description": f"{description} {CODE} {SECRET} {REFRESH}"}
    )


def instagram_refusal(message):
    told = {"error_type": "OAuthException", "code": 400, "error_message": f"{message} {SECRET}"}
    return httpx.Response(400, json=told)


def meta_refusal(code, subcode=None, message="Invalid", status=400):
    return httpx.Response(
        status, json={"error": {"message": f"{message} {CODE} {SECRET} {OLD}", "code": code, "error_subcode": subcode}}
    )


@pytest.mark.parametrize(
    ("provider", "answer", "error"),
    [
        (Provider.LINKEDIN, refusal(400, "invalid_grant"), ReconnectNeededError),
        (Provider.LINKEDIN, refusal(400, "invalid_request"), ReconnectNeededError),
        (Provider.LINKEDIN, refusal(401, "invalid_client"), OperatorNeededError),
        (Provider.X, refusal(400, "invalid_request"), ReconnectNeededError),
        (Provider.X, refusal(400, "invalid_grant"), ReconnectNeededError),
        (Provider.X, refusal(401, "unauthorized_client"), OperatorNeededError),
        (Provider.X, refusal(400, "something_new"), TransientError),
        (Provider.META, meta_refusal(100, 36007), ReconnectNeededError),
        (Provider.META, meta_refusal(100, 36009), ReconnectNeededError),
        (Provider.META, meta_refusal(100, 36008), OperatorNeededError),
        (Provider.META, meta_refusal(190, 460), ReconnectNeededError),
        (Provider.META, meta_refusal(1, message="Error validating client secret."), OperatorNeededError),
        (Provider.META, meta_refusal(101), OperatorNeededError),
        (Provider.META, meta_refusal(1, message="An unknown error occurred"), TransientError),
        (Provider.META, meta_refusal(4), TransientError),
        (Provider.META, meta_refusal([190]), TransientError),
        (Provider.INSTAGRAM, meta_refusal(190, 463), ReconnectNeededError),
        (Provider.INSTAGRAM, instagram_refusal("Invalid authorization code"), ReconnectNeededError),
        (Provider.INSTAGRAM, instagram_refusal("Matching code was not found or was already used."), ReconnectNeededError),
        (Provider.INSTAGRAM, instagram_refusal("Invalid platform app"), OperatorNeededError),
        (Provider.INSTAGRAM, instagram_refusal("Error validating client secret."), OperatorNeededError),
        (Provider.INSTAGRAM, instagram_refusal("Something new"), TransientError),
        (Provider.X, httpx.Response(400, json={"error": ["invalid_grant"]}), TransientError),
        *[(provider, httpx.Response(429, json={"error": "invalid_grant"}), TransientError) for provider in Provider],
        *[(provider, httpx.Response(500, json={"error": {"code": 190}}), TransientError) for provider in Provider],
        *[(provider, httpx.Response(503, html="<html>"), TransientError) for provider in Provider],
        *[(provider, httpx.Response(403, html="<html>"), TransientError) for provider in Provider],
        *[(provider, httpx.Response(200, html="<html>"), TransientError) for provider in Provider],
        *[(provider, httpx.Response(200, json=body), TransientError) for provider in Provider for body in (
            None, [], {}, {"access_token": ""}, {"access_token": OLD, "expires_in": "soon"}, {"access_token": OLD, "expires_in": -1},
            {"access_token": {"nested": SECRET}},
        )],
        *[(provider, httpx.ConnectError(f"refused {SECRET}"), TransientError) for provider in Provider],
        *[(provider, httpx.ReadTimeout("slow"), TransientError) for provider in Provider],
    ],
)  # fmt: skip
def test_a_refusal_is_named_by_its_remedy_and_tells_no_secret(provider, answer, error):
    for ask in (lambda desk: fetch(provider, desk), lambda desk: refresh(provider, desk)):
        with pytest.raises(FetchError) as caught:
            ask(Desk(answer, answer))
        assert type(caught.value) is error
        told = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
        assert not [secret for secret in (CODE, SECRET, OLD, REFRESH) if secret in told]


def test_a_grant_shows_no_token():
    grant = Grant(OLD, REFRESH, NOW, scopes=("a",))
    assert OLD not in repr(grant)
    assert REFRESH not in f"{grant}"
    assert "scopes=('a',)" in repr(grant)


def test_an_authorization_shows_no_state_and_no_verifier():
    authorization, _, _ = begin(Provider.X)
    assert authorization.state not in repr(authorization)
    assert authorization.code_verifier not in repr(authorization)
