"""Signing in at the three providers: what passes, what is refused, and when tokens end."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest

pytestmark = pytest.mark.unit

REDIRECT = "http://localhost:8501/oauth/callback"
ASKED = {"response_type": "code", "client_id": "app", "redirect_uri": REDIRECT, "state": "s1"}
APP = {"client_id": "app", "client_secret": "secret"}
LINKEDIN_HEADERS = {"LinkedIn-Version": "202609", "X-Restli-Protocol-Version": "2.0.0"}


@pytest.fixture
def profile(browser):
    """Asks the provider who the token belongs to."""
    paths = {
        "linkedin": "/linkedin/rest/organizationAcls?q=roleAssignee",
        "x": "/x/2/users/me",
        "meta": "/meta/v25.0/me",
    }
    return lambda provider, token: browser.get(paths[provider], token=token, headers=LINKEDIN_HEADERS)


def test_linkedin_gives_sixty_days_and_a_refresh_token_with_a_fixed_end(sign_in, login, browser, clock, profile):
    granted = sign_in.linkedin(login.name).json()
    assert (granted["expires_in"], granted["refresh_token_expires_in"]) == (5_184_000, 31_536_000)
    assert granted["scope"] == "r_organization_social,rw_organization_admin"
    clock.advance(timedelta(days=61))
    assert profile("linkedin", granted["access_token"]).json()["code"] == "EXPIRED_ACCESS_TOKEN"
    form = {"grant_type": "refresh_token", "refresh_token": granted["refresh_token"]} | APP
    renewed = browser.post("/linkedin/oauth/v2/accessToken", form=form).json()
    assert renewed["refresh_token"] == granted["refresh_token"]
    assert renewed["refresh_token_expires_in"] == (365 - 61) * 86_400
    assert profile("linkedin", renewed["access_token"]).status_code == 200
    clock.advance(timedelta(days=305))
    late = browser.post("/linkedin/oauth/v2/accessToken", form=form)
    assert (late.status_code, late.json()["error"]) == (400, "invalid_grant")


def test_linkedin_codes_work_once_and_for_half_an_hour(sign_in, login, clock):
    code = sign_in.linkedin_code(login.name)
    assert sign_in.linkedin(login.name, code=code).status_code == 200
    again = sign_in.linkedin(login.name, code=code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_request")
    late = sign_in.linkedin_code(login.name)
    clock.advance(timedelta(minutes=30))
    assert sign_in.linkedin(login.name, code=late).status_code == 400


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_secret": ""}, 401, "invalid_client"),
        ({"redirect_uri": "http://localhost/else"}, 400, "invalid_request"),
        ({"client_id": "another"}, 400, "invalid_request"),
        ({"code": "garbage"}, 400, "invalid_request"),
        ({"code_verifier": "not for the web flow"}, 400, "invalid_request"),
    ],
)
def test_linkedin_refuses_a_mismatched_exchange(sign_in, login, changes, status, error):
    answer = sign_in.linkedin(login.name, **changes)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_x_rotates_its_refresh_token_and_kills_the_old_one(sign_in, login, clock, profile):
    granted = sign_in.x(login.name).json()
    assert (granted["token_type"], granted["expires_in"]) == ("bearer", 7200)
    clock.advance(timedelta(hours=2))
    assert profile("x", granted["access_token"]).status_code == 401
    form = {"grant_type": "refresh_token", "refresh_token": granted["refresh_token"]}
    renewed = sign_in.x_token(form).json()
    assert renewed["refresh_token"] != granted["refresh_token"]
    assert profile("x", renewed["access_token"]).status_code == 200
    spent = sign_in.x_token(form)
    assert (spent.status_code, spent.json()["error_description"]) == (400, "Value passed for the token was invalid.")


def test_x_gives_no_refresh_token_without_offline_access(sign_in, login):
    assert "refresh_token" not in sign_in.x(login.name, scope="tweet.read users.read").json()


def test_x_codes_live_thirty_seconds(sign_in, login, clock):
    in_time, late = sign_in.x_code(login.name), sign_in.x_code(login.name)
    clock.advance(timedelta(seconds=29))
    assert sign_in.x(login.name, code=in_time).status_code == 200
    clock.advance(timedelta(seconds=1))
    assert sign_in.x(login.name, code=late).status_code == 400


def test_x_demands_pkce_and_verifies_it(sign_in, login, browser):
    asked = urlencode(ASKED | {"login_hint": login.name, "code_challenge": "plain", "code_challenge_method": "plain"})
    assert browser.get(f"/x/i/oauth2/authorize?{asked}").status_code == 400
    answer = sign_in.x(login.name, code_verifier="another verifier")
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "invalid_request",
        "error_description": "Value passed for the authorization code was invalid.",
    }


def test_x_knows_confidential_and_public_clients(sign_in, login):
    assert sign_in.x(login.name, basic="app:wrong").status_code == 401
    assert sign_in.x(login.name, basic="").json()["error"] == "unauthorized_client"
    assert sign_in.x(login.name, basic="", client_id="app").status_code == 200


def test_meta_lengthens_an_hour_to_sixty_days(sign_in, login, browser, clock, profile):
    short = sign_in.meta(login.name).json()
    assert short["expires_in"] == 3600
    asked = urlencode({"grant_type": "fb_exchange_token", "fb_exchange_token": short["access_token"]} | APP)
    long = browser.get(f"/meta/v25.0/oauth/access_token?{asked}").json()
    assert long["expires_in"] == 5_184_000
    clock.advance(timedelta(hours=1))
    expired = profile("meta", short["access_token"])
    assert (expired.status_code, expired.json()["error"]["error_subcode"]) == (400, 463)
    assert profile("meta", long["access_token"]).status_code == 200
    assert browser.get(f"/meta/v25.0/oauth/access_token?{asked}").json()["error"]["code"] == 190


def test_page_tokens_never_end_and_read_their_page_alone(sign_in, login, browser, clock, account_of):
    token = sign_in.meta_long(login.name)
    page = browser.get("/meta/v25.0/me/accounts?fields=id,access_token", token=token).json()["data"][0]
    clock.advance(timedelta(days=400))
    own = browser.get(f"/meta/v25.0/{page['id']}?fields=name", token=page["access_token"])
    assert own.json()["name"] == account_of("facebook").name
    assert browser.get("/meta/v25.0/me", token=page["access_token"]).json()["id"] == page["id"]


def test_meta_names_what_is_wrong_with_a_code(sign_in, login, clock):
    code = sign_in.meta_code(login.name)
    assert sign_in.meta(login.name, redirect_uri="http://localhost/else").json()["error"]["error_subcode"] == 36008
    assert sign_in.meta(login.name, client_secret="wrong").json()["error"]["code"] == 1
    assert sign_in.meta(login.name, code=code).status_code == 200
    assert sign_in.meta(login.name, code=code).json()["error"]["error_subcode"] == 36009
    late = sign_in.meta_code(login.name)
    clock.advance(timedelta(hours=1))
    assert sign_in.meta(login.name, code=late).json()["error"]["error_subcode"] == 36007


def test_meta_inspects_tokens(sign_in, login, browser):
    token = sign_in.meta_long(login.name)
    good = browser.get(f"/meta/v25.0/debug_token?input_token={token}&access_token=app|secret").json()["data"]
    assert (good["is_valid"], good["type"]) == (True, "USER")
    bad = browser.get("/meta/v25.0/debug_token?input_token=x&access_token=app|secret")
    assert (bad.status_code, bad.json()["data"]["is_valid"]) == (200, False)


@pytest.mark.parametrize("provider", ["linkedin", "x", "meta"])
def test_a_token_is_refused_by_every_other_provider(sign_in, login, profile, provider):
    grant = {"linkedin": sign_in.linkedin, "x": sign_in.x, "meta": sign_in.meta}[provider]
    token = grant(login.name).json()["access_token"]
    for asked in ("linkedin", "x", "meta"):
        expected = 200 if asked == provider else {"linkedin": 401, "x": 401, "meta": 400}[asked]
        assert profile(asked, token).status_code == expected


def test_garbage_and_missing_tokens_are_refused_in_each_dialect(profile):
    assert profile("linkedin", "garbage").json()["code"] == "INVALID_ACCESS_TOKEN"
    assert profile("linkedin", None).json()["message"] == "Empty oauth2_access_token"
    assert profile("x", "garbage").json()["title"] == "Unauthorized"
    assert profile("meta", "garbage").json()["error"]["code"] == 190


def test_a_refresh_token_opens_nothing_by_itself(sign_in, login, profile):
    granted = sign_in.linkedin(login.name).json()
    assert profile("linkedin", granted["refresh_token"]).json()["code"] == "INVALID_ACCESS_TOKEN"


def test_a_revoked_token_is_refused(sign_in, login, browser, profile):
    token = sign_in.linkedin(login.name).json()["access_token"]
    browser.post("/linkedin/oauth/v2/revoke", form={"token": token} | APP)
    assert profile("linkedin", token).json()["code"] == "REVOKED_ACCESS_TOKEN"


def test_a_restarted_sandbox_still_knows_its_tokens(sign_in, login, world, clock, new_browser):
    token = sign_in.x(login.name).json()["access_token"]
    assert new_browser(world, clock).get("/x/2/users/me", token=token).status_code == 200


def test_every_answer_of_a_platform_is_late_and_the_sandbox_itself_is_not(world, clock, new_browser):
    slow = new_browser(world, clock, latency_ms=3_600_000)
    with pytest.raises(TimeoutError):
        slow.get("/x/2/users/me", within_s=0.05)
    assert slow.get("/_sandbox/health").status_code == 200
