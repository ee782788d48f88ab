"""What a person unticks is not to be had, what she takes back is gone, and what her portfolio owns is found."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain import Platform
from tests.sandbox.conftest import APP, META_SCOPES

pytestmark = pytest.mark.unit

APP_TOKEN = {"access_token": "app|secret"}


@pytest.fixture
def page(account_of):
    return account_of("facebook")


@pytest.fixture
def granted(sign_in, login, browser):
    """Signs in with these permissions alone, and asks with what comes of it."""

    def enter(scope):
        code = sign_in.meta_code(login.name, scope=scope)
        token = sign_in.meta(login.name, code=code).json()["access_token"]
        return lambda path: browser.get(f"/meta/v25.0{path}", token=token)

    return enter


def without(*permissions):
    return ",".join(scope for scope in META_SCOPES.split(",") if scope not in permissions)


def refusal_of(answer):
    assert answer.status_code == 403
    return answer.json()["error"]["code"], answer.json()["error"]["message"]


def test_permissions_tell_what_was_ticked_and_what_was_not(granted):
    told = granted(without("read_insights"))("/me/permissions").json()["data"]
    assert {one["permission"]: one["status"] for one in told} == {
        scope: "declined" if scope == "read_insights" else "granted" for scope in META_SCOPES.split(",")
    }


@pytest.mark.parametrize("permission", [scope for scope in META_SCOPES.split(",") if scope != "pages_show_list"])
def test_without_its_permission_nothing_is_given(granted, page, account_of, permission):
    account = account_of("instagram")
    path = {
        "pages_read_engagement": f"/{page.external_id}/published_posts?limit=1",
        "read_insights": f"/{page.external_id}/insights?metric=page_follows&period=day",
        "instagram_basic": f"/{account.external_id}/media?limit=1",
        "instagram_manage_insights": f"/{account.external_id}/insights?metric=reach&period=day&metric_type=time_series",
        "business_management": "/me/businesses",
    }[permission]
    code, message = refusal_of(granted(without(permission))(path))
    assert (code, permission in message) == (10, True)
    assert granted(META_SCOPES)(path).status_code == 200


def test_without_its_permission_no_page_and_no_linked_account_is_listed(granted):
    path = "/me/accounts?fields=id,instagram_business_account{id}"
    assert granted(without("pages_show_list"))(path).json() == {"data": []}
    assert "instagram_business_account" not in granted(without("instagram_basic"))(path).text


def test_a_grant_without_any_permission_was_asked_for_none(granted, page):
    assert granted("")(f"/{page.external_id}/published_posts").status_code == 200


@pytest.mark.parametrize("ticked", ["none", "all"])
def test_only_pages_that_were_left_ticked_are_reached(world, login, clock, new_browser, sign_in_at, page, ticked):
    """A login of two pages, of which the second alone is left ticked, or none of them."""
    second = world.logins[1].list_accounts(Platform.FACEBOOK)[0]
    both = replace(login, accounts=(*login.accounts, second))
    browser = new_browser(replace(world, logins=(both,)), clock)
    left = second.external_id if ticked == "all" else "none"
    token = _token_of_pages(browser, sign_in_at(browser), login.name, left)
    listed = browser.get("/meta/v25.0/me/accounts?fields=id", token=token).json()["data"]
    assert [each["id"] for each in listed] == ([left] if ticked == "all" else [])
    assert browser.get(f"/meta/v25.0/{page.external_id}?fields=name", token=token).status_code == 400
    instagram = login.list_accounts(Platform.INSTAGRAM)[0].external_id
    assert browser.get(f"/meta/v25.0/{instagram}?fields=id", token=token).status_code == (
        200 if ticked == "all" else 400
    )


def _token_of_pages(browser, flow, name, pages):
    asked = {"response_type": "code", "client_id": "app", "redirect_uri": "http://localhost/back", "scope": META_SCOPES}
    path = "/meta/v25.0/dialog/oauth?" + "&".join(f"{key}={value}" for key, value in asked.items())
    form = {"decision": "approve", "scope": META_SCOPES.split(","), "page": [pages]}
    answer = browser.post(f"{path}&as={name}", form=form)
    code = answer.headers["location"].partition("code=")[2].partition("&")[0]
    return flow.meta(name, code=code, redirect_uri="http://localhost/back").json()["access_token"]


def test_what_is_taken_back_is_gone_with_its_pages_until_a_new_sign_in(sign_in, login, browser, page):
    token = sign_in.meta_long(login.name)
    listed = browser.get("/meta/v25.0/me/accounts?fields=id,access_token", token=token).json()["data"]
    me = browser.get("/meta/v25.0/me", token=token).json()["id"]
    assert browser.ask("DELETE", f"/meta/v25.0/{me}/permissions", token=token).json() == {"success": True}
    for dead in (token, listed[0]["access_token"]):
        answer = browser.get(f"/meta/v25.0/{page.external_id}?fields=name", token=dead)
        assert answer.json()["error"]["error_subcode"] == 458
    again = sign_in.meta_long(login.name)
    assert browser.get("/meta/v25.0/me", token=again).status_code == 200


def test_another_app_keeps_what_it_was_granted(sign_in, login, browser):
    own = sign_in.meta_long(login.name)
    code = sign_in.code("/meta/v25.0/dialog/oauth", login.name, scope=META_SCOPES, client_id="another")
    others = sign_in.meta(login.name, code=code, client_id="another").json()["access_token"]
    browser.ask("DELETE", "/meta/v25.0/me/permissions", token=own)
    answers = [browser.get("/meta/v25.0/me", token=token).status_code for token in (own, others)]
    assert answers == [400, 200]


def test_data_ends_ninety_days_after_the_person_was_there_whatever_is_exchanged(sign_in, login, browser, clock):
    signed_in_at = int(clock.now().timestamp())
    token = sign_in.meta_long(login.name)
    clock.advance(timedelta(days=30))
    form = {"grant_type": "fb_exchange_token", "fb_exchange_token": token} | APP
    longer = browser.post("/meta/v25.0/oauth/access_token", form=form).json()["access_token"]
    for each in (token, longer):
        told = browser.post("/meta/v25.0/debug_token", form=APP_TOKEN | {"input_token": each}).json()["data"]
        assert told["data_access_expires_at"] == signed_in_at + 90 * 86_400


def test_only_the_app_may_look_into_a_token(sign_in, login, browser):
    token = sign_in.meta_long(login.name)
    for inspector in ("app|wrong", token, ""):
        answer = browser.post("/meta/v25.0/debug_token", form={"input_token": token, "access_token": inspector})
        assert answer.json()["error"]["code"] == 190


def test_the_end_of_the_data_is_played_by_its_subcode(visitor, page, set_faults):
    assert visitor.graph("/me").status_code == 200
    set_faults({"account": f"facebook/{page.external_id}", "fault": "token_dead", "subcode": 493})
    error = visitor.graph("/me").json()["error"]
    assert (error["code"], error["error_subcode"]) == (190, 493)
    assert "90 days" in error["message"]


def test_an_app_is_given_a_token_of_its_own(browser):
    path = "/meta/v25.0/oauth/access_token"
    told = browser.post(path, form={"grant_type": "client_credentials"} | APP).json()
    assert told == {"access_token": "app|sandbox", "token_type": "bearer"}
    wrong = browser.post(path, form={"grant_type": "client_credentials", "client_id": "app", "client_secret": "wrong"})
    assert wrong.json()["error"]["code"] == 1


def test_the_portfolio_tells_of_its_pages_without_their_tokens(visitor, page, set_faults):
    (portfolio,) = visitor.graph("/me/businesses?fields=id").json()["data"]
    fields = "id,name,access_token,tasks"
    owned = visitor.graph(f"/{portfolio['id']}/owned_pages?fields={fields}").json()["data"]
    assert owned == [{"id": page.external_id, "name": page.name}]
    assert visitor.graph(f"/{portfolio['id']}/client_pages?fields={fields}").json() == {"data": []}
    assert visitor.graph(f"/{page.external_id}?fields=access_token").json()["access_token"]


def test_linkedin_and_x_give_nothing_without_their_permissions(sign_in, login, browser, account_of):
    code = sign_in.linkedin_code(login.name, scope="r_organization_social")
    token = sign_in.linkedin(login.name, code=code).json()["access_token"]
    headers = {"LinkedIn-Version": "202609", "X-Restli-Protocol-Version": "2.0.0"}
    author = f"urn%3Ali%3Aorganization%3A{account_of('linkedin').external_id}"
    roles = browser.get("/linkedin/rest/organizationAcls?q=roleAssignee", token=token, headers=headers)
    posts = browser.get(f"/linkedin/rest/posts?q=author&author={author}", token=token, headers=headers)
    assert (roles.status_code, posts.status_code) == (403, 200)
    less = sign_in.x(login.name, scope="users.read").json()["access_token"]
    assert browser.get("/x/2/users/me", token=less).status_code == 403
