"""Is a grant given back as each provider says, and is a wrong app found out before anybody signs in?"""

import base64
import traceback

import httpx
import pytest

from core.domain import Provider
from core.errors import OperatorNeededError, TransientError
from core.fetchers.graph import proof_of
from core.fetchers.oauth import Grant, check_app
from tests.conftest import NOW
from tests.fetchers.test_oauth import (
    OLD,
    REFRESH,
    SECRET,
    Desk,
    app_of,
    instagram_refusal,
    meta_refusal,
    refusal,
    revoke,
)

pytestmark = pytest.mark.unit

REVOCABLE = [Provider.LINKEDIN, Provider.X, Provider.META]
BASIC = "Basic " + base64.b64encode(f"client-1:{SECRET}".encode()).decode()
CODE_REFUSED = {
    Provider.LINKEDIN: refusal(400, "invalid_request"),
    Provider.X: refusal(400, "invalid_request"),
    Provider.META: httpx.Response(200, json={"access_token": "app-token", "token_type": "bearer"}),
    Provider.INSTAGRAM: instagram_refusal("Invalid authorization code"),
}
CLIENT_REFUSED = {
    Provider.LINKEDIN: refusal(401, "invalid_client"),
    Provider.X: refusal(401, "unauthorized_client"),
    Provider.META: meta_refusal(1, message="Error validating client secret."),
    Provider.INSTAGRAM: instagram_refusal("Invalid platform app"),
}


def check(provider, desk, secret=SECRET):
    check_app(app_of(provider, secret), api_version="v25.0", now=NOW, network=desk.network)


def test_x_is_given_back_both_tokens_the_lasting_one_first():
    desk = Desk({"revoked": True}, {"revoked": True})
    revoke(Provider.X, desk)
    assert [desk.form(number) for number in (0, 1)] == [
        {"token": REFRESH, "token_type_hint": "refresh_token"},
        {"token": OLD, "token_type_hint": "access_token"},
    ]
    assert {str(request.url) for request in desk.requests} == {"https://api.x.test/2/oauth2/revoke"}
    assert {request.headers["authorization"] for request in desk.requests} == {BASIC}


def test_x_without_a_refresh_token_is_given_back_the_one_it_has():
    desk = Desk({"revoked": True})
    revoke(Provider.X, desk, Grant(OLD))
    assert desk.form()["token"] == OLD


def test_meta_takes_all_permissions_of_the_person_back():
    desk = Desk({"success": True})
    revoke(Provider.META, desk)
    (request,) = desk.requests
    proof = proof_of(app_of(Provider.META), OLD)
    assert (request.method, str(request.url)) == ("DELETE", f"https://graph.test/v25.0/77/permissions?{proof}")
    assert request.headers["authorization"] == f"Bearer {OLD}"
    assert OLD not in str(request.url)


def test_linkedin_takes_its_token_back():
    desk = Desk(httpx.Response(200))
    revoke(Provider.LINKEDIN, desk)
    assert str(desk.requests[0].url) == "https://www.linkedin.test/oauth/v2/revoke"
    assert desk.form() == {
        "token": OLD,
        "token_type_hint": "access_token",
        "client_id": "client-1",
        "client_secret": SECRET,
    }


@pytest.mark.parametrize("provider", REVOCABLE)
def test_a_grant_that_is_dead_already_is_given_back(provider):
    dead = meta_refusal(190, 458) if provider is Provider.META else refusal(400, "invalid_request")
    revoke(provider, Desk(dead, dead))


@pytest.mark.parametrize("answer", [httpx.Response(503), httpx.ConnectError(f"no {SECRET}"), httpx.Response(404)])
@pytest.mark.parametrize("provider", REVOCABLE)
def test_a_provider_that_does_not_take_it_back_is_told(provider, answer):
    with pytest.raises(TransientError) as caught:
        revoke(provider, Desk(answer))
    told = "".join(traceback.format_exception(caught.value))
    assert not [secret for secret in (SECRET, OLD, REFRESH) if secret in told]


@pytest.mark.parametrize("provider", Provider)
def test_an_app_that_the_provider_knows_is_accepted(provider):
    desk = Desk(CODE_REFUSED[provider])
    check(provider, desk)
    assert len(desk.requests) == 1


def test_meta_is_asked_for_a_token_of_the_app_itself():
    desk = Desk(CODE_REFUSED[Provider.META])
    check(Provider.META, desk)
    assert desk.form() == {"grant_type": "client_credentials", "client_id": "client-1", "client_secret": SECRET}


@pytest.mark.parametrize("provider", Provider)
def test_a_wrong_app_needs_the_operator(provider):
    with pytest.raises(OperatorNeededError, match="client id"):
        check(provider, Desk(CLIENT_REFUSED[provider]))


@pytest.mark.parametrize(
    "answer", [httpx.Response(503), httpx.ConnectError("refused"), httpx.Response(200, html="<p>")]
)
@pytest.mark.parametrize("provider", Provider)
def test_a_provider_that_does_not_answer_says_nothing_of_the_app(provider, answer):
    with pytest.raises(TransientError):
        check(provider, Desk(answer))


def test_an_app_without_a_client_id_is_not_asked_about():
    app = app_of(Provider.X)
    app.client_id = ""
    desk = Desk()
    with pytest.raises(OperatorNeededError, match="TIDELINE_X_CLIENT_ID"):
        check_app(app, api_version="", now=NOW, network=desk.network)
    assert desk.requests == []
