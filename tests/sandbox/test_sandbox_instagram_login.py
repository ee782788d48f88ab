"""Instagram Login's dialect: its tokens, and the one account they open."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest

from core.sandbox.faults.catalog import FAULTS
from core.sandbox.faults.kinds import META
from tests.sandbox.conftest import APP, INSTAGRAM_SCOPES

pytestmark = pytest.mark.unit

ME = "/me?fields=user_id,username,name,account_type,profile_picture_url"
RENEW = "/instagram/refresh_access_token?grant_type=ig_refresh_token"


@pytest.fixture
def account(account_of):
    return account_of("instagram")


def message_of(answer):
    assert answer.status_code == 400
    body = answer.json()
    return body["error_message"] if "error_message" in body else body["error"]["message"]


def test_a_code_gives_an_hour_and_names_the_account_and_the_scopes(sign_in, login, account, clock, browser):
    granted = sign_in.instagram(login.name).json()
    assert (str(granted["user_id"]), granted["permissions"]) == (account.external_id, INSTAGRAM_SCOPES)
    token = granted["access_token"]
    assert browser.get(f"/instagram/v25.0{ME}", token=token).status_code == 200
    clock.advance(timedelta(hours=1))
    expired = browser.get(f"/instagram/v25.0{ME}", token=token)
    assert expired.json()["error"]["error_subcode"] == 463


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"client_secret": "wrong"}, "client secret"),
        ({"client_id": ""}, "Invalid platform app"),
        ({"client_id": "another"}, "Invalid authorization code"),
        ({"code": "garbage"}, "Invalid authorization code"),
        ({"redirect_uri": "http://localhost/else"}, "redirect_uri"),
    ],
)
def test_a_mismatched_exchange_is_refused_in_its_own_form(sign_in, login, changes, words):
    assert words in message_of(sign_in.instagram(login.name, **changes))


def test_a_code_works_once(sign_in, login):
    code = sign_in.instagram_code(login.name)
    assert sign_in.instagram(login.name, code=code).status_code == 200
    assert "Invalid authorization code" in message_of(sign_in.instagram(login.name, code=code))


def test_a_token_lasts_sixty_days_and_is_renewed_from_the_second_on(sign_in, login, clock, browser):
    token = sign_in.instagram_long(login.name)
    assert "24 hours" in message_of(browser.get(RENEW, token=token))
    clock.advance(timedelta(hours=24))
    renewed = browser.get(RENEW, token=token).json()
    assert (renewed["token_type"], renewed["expires_in"]) == ("bearer", 5_184_000)
    clock.advance(timedelta(days=59))
    assert "expired" in message_of(browser.get(RENEW, token=token))
    assert browser.get(f"/instagram/v25.0{ME}", token=renewed["access_token"]).status_code == 200


def test_the_lasting_tokens_are_asked_for_by_get_alone(sign_in, login, browser):
    token = sign_in.instagram(login.name).json()["access_token"]
    form = {"grant_type": "ig_exchange_token", "access_token": token} | APP
    assert "method type: post" in message_of(browser.post("/instagram/access_token", form=form))
    wrong = urlencode({"grant_type": "ig_exchange_token", "client_secret": "wrong"})
    assert "client secret" in message_of(browser.get(f"/instagram/access_token?{wrong}", token=token))


def test_the_account_has_one_id_for_the_app_and_one_of_its_own(visitor, account):
    me = visitor.instagram(ME).json()
    assert (me["user_id"], me["username"], me["account_type"]) == (account.external_id, account.handle, "BUSINESS")
    assert me["id"] != account.external_id
    assert visitor.instagram(f"/{account.external_id}?fields=id,username").json() == {
        "id": me["id"],
        "username": account.handle,
    }


def test_media_days_and_insights_are_those_of_a_page_s_login(visitor, account):
    newest = visitor.posts(account.platform)[3].post_id
    day = int(visitor.clock.now().timestamp()) // 86_400 * 86_400
    for path in (
        f"/{account.external_id}/media?fields=id,caption,like_count&limit=20",
        f"/?ids={newest}&fields=id,insights.metric(views,reach)",
        f"/{account.external_id}/insights?metric=views&period=day&metric_type=total_value&since={day - 86_400}&until={day}",
    ):
        own, through_page = visitor.instagram(path).json(), visitor.graph(path).json()
        for answer in (own, through_page):
            answer.pop("paging", None)
        assert own == through_page


def test_its_token_opens_neither_the_page_nor_another_account(visitor, other, account_of):
    page, foreign = account_of("facebook").external_id, other.account(account_of("instagram").platform).external_id
    for object_id in (page, foreign):
        assert visitor.instagram(f"/{object_id}?fields=id").json()["error"]["error_subcode"] == 33
    assert visitor.graph("/me").status_code == 200
    assert visitor.browser.get("/meta/v25.0/me", token=visitor.instagram_token).json()["error"]["code"] == 190


@pytest.mark.parametrize("scope", INSTAGRAM_SCOPES.split(","))
def test_a_permission_that_was_unticked_is_missed(sign_in, login, browser, account, scope):
    left = next(each for each in INSTAGRAM_SCOPES.split(",") if each != scope)
    code = sign_in.instagram_code(login.name, scope=left)
    token = sign_in.instagram(login.name, code=code).json()["access_token"]
    paths = {
        "instagram_business_basic": ME,
        "instagram_business_manage_insights": f"/{account.external_id}/insights?metric=views&period=day",
    }
    refused = browser.get(f"/instagram/v25.0{paths[scope]}", token=token)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, 10)
    assert scope in refused.json()["error"]["message"]


EVERYWHERE = ("expired_token", "revoked_token", "rate_limited", "unavailable", "forbidden", "not_found")


@pytest.mark.parametrize("name", EVERYWHERE)
def test_the_faults_of_instagram_are_met_here_too(visitor, account, set_faults, name):
    assert META & FAULTS[name].platforms
    path = f"/{account.external_id}/media?fields=id"
    assert visitor.instagram(path).status_code == 200
    set_faults({"account": f"instagram/{account.external_id}", "fault": name})
    assert visitor.instagram(path).json()["error"]["code"] in (2, 10, 100, 190, 80002)


def test_a_refused_renewal_is_played_here_too(visitor, account, clock, set_faults):
    token = visitor.instagram_token
    clock.advance(timedelta(days=2))
    set_faults({"account": f"instagram/{account.external_id}", "fault": "refresh_refused"})
    assert visitor.browser.get(RENEW, token=token).json()["error"]["code"] == 190
