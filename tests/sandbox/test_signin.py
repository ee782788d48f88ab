"""The consent pages: choosing who signs in, unticking permissions and pages, denying, approving."""

from html import unescape
from re import findall
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from core.domain import Platform, Provider
from core.sandbox.signin import DOORS, NO_PAGE
from core.sandbox.tokens import TokenBook
from tests.sandbox.conftest import REDIRECT

pytestmark = pytest.mark.unit

ASKED = {"response_type": "code", "client_id": "app", "redirect_uri": REDIRECT, "state": "s1"}
PKCE = {"code_challenge": "c" * 43, "code_challenge_method": "S256"}
SCOPES = {
    Provider.LINKEDIN: "r_organization_social rw_organization_admin",
    Provider.X: "tweet.read users.read offline.access",
    Provider.META: "pages_show_list,read_insights",
    Provider.INSTAGRAM: "instagram_business_basic,instagram_business_manage_insights",
}
PATHS = {door.provider: door.path.replace("{version}", "v25.0") for door in DOORS}


def address(provider, **more):
    return f"{PATHS[provider]}?{urlencode(ASKED | PKCE | {'scope': SCOPES[provider]} | more)}"


def fields(page, name):
    """The values of a form's ticked boxes."""
    return [unescape(value) for value in findall(rf'name="{name}" value="([^"]*)" checked', page.text)]


def decide(browser, provider, login, decision="approve", **ticked):
    """Open the consent page, send its form as it stands or with these boxes ticked; where the browser is sent."""
    page = browser.get(address(provider, **{"as": login.name}))
    assert page.status_code == 200
    form = {"scope": fields(page, "scope"), "page": fields(page, "page")} | ticked | {"decision": decision}
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = browser.post(address(provider, **{"as": login.name}), content=urlencode(form, doseq=True), headers=headers)
    assert answer.status_code == 302
    return answer.headers["location"]


def returned(location):
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


@pytest.fixture
def granted(browser, world, clock):
    """What the code in this address grants."""
    return lambda location: TokenBook(world.seed, clock).find_grant(returned(location)["code"])


@pytest.fixture(params=list(Provider))
def provider(request):
    return request.param


class TestChoosing:
    def test_everybody_who_can_sign_in_is_offered_and_a_way_back(self, browser, world, provider):
        page = browser.get(address(provider))
        assert page.status_code == 200
        assert "<title>Sandbox sign-in</title>" in page.text
        for login in world.logins:
            assert f"as={login.name}" in page.text
            assert login.business in unescape(page.text)
        door = next(door for door in DOORS if door.provider is provider)
        assert f"error={door.cancelled['error']}" in page.text

    def test_a_link_leads_to_the_consent_page_of_that_login(self, browser, login, provider):
        page = browser.get(address(provider))
        (link,) = [unescape(link) for link in findall(r'href="(\?[^"]*)"', page.text) if f"as={login.name}" in link]
        consent = browser.get(PATHS[provider] + link)
        assert f"Signed in for {login.business}" in unescape(consent.text)
        assert fields(consent, "scope") == SCOPES[provider].replace(",", " ").split()

    def test_a_login_hint_passes_at_once(self, browser, login, provider, granted):
        location = browser.get(address(provider, login_hint=login.name)).headers["location"]
        assert granted(location).scope == SCOPES[provider]
        assert granted(location).page_ids == ""

    @pytest.mark.parametrize("name", ["nobody", ""])
    def test_somebody_unknown_is_asked_who_she_is(self, browser, provider, name):
        assert "Who signs in?" in browser.get(address(provider, **{"as": name})).text

    def test_a_way_back_to_the_choice(self, browser, login):
        consent = browser.get(address(Provider.X, **{"as": login.name}))
        (link,) = [unescape(link) for link in findall(r'href="(\?[^"]*)"', consent.text)]
        assert "as=" not in link
        assert "Who signs in?" in browser.get(PATHS[Provider.X] + link).text


class TestDeciding:
    def test_approving_grants_what_was_asked(self, browser, login, provider, granted):
        location = decide(browser, provider, login)
        assert location.startswith(REDIRECT)
        assert returned(location)["state"] == "s1"
        grant = granted(location)
        assert (grant.login, grant.scope, grant.page_ids) == (login.name, SCOPES[provider], "")
        assert (grant.client_id, grant.redirect_uri, grant.challenge) == ("app", REDIRECT, PKCE["code_challenge"])

    def test_an_unticked_permission_is_not_granted(self, browser, login, provider, granted):
        kept = SCOPES[provider].replace(",", " ").split()[:-1]
        separator = "," if "," in SCOPES[provider] else " "
        assert granted(decide(browser, provider, login, scope=kept)).scope == separator.join(kept)

    def test_a_permission_that_was_not_asked_for_is_not_granted(self, browser, login, granted):
        location = decide(browser, Provider.X, login, scope=["users.read", "dm.read"])
        assert granted(location).scope == "users.read"

    def test_instagram_hangs_two_signs_on_its_answer(self, browser, login):
        assert decide(browser, Provider.INSTAGRAM, login).endswith("#_")

    def test_denying_says_so_in_the_providers_words(self, browser, login, provider):
        answer = returned(decide(browser, provider, login, "deny"))
        assert answer["error"] in {"user_cancelled_login", "access_denied"}
        assert answer["state"] == "s1"
        assert "code" not in answer

    @pytest.mark.parametrize("ticked", [{"scope": []}, {"decision": ""}])
    def test_nothing_allowed_is_a_denial(self, browser, login, provider, ticked):
        form = {"decision": "approve"} | ticked
        location = decide(browser, provider, login, form.pop("decision"), **form)
        assert "error" in returned(location)

    def test_a_form_without_a_login_is_a_denial(self, browser):
        answer = browser.post(address(Provider.META), form={"decision": "approve", "scope": "pages_show_list"})
        assert returned(answer.headers["location"])["error"] == "access_denied"


class TestPages:
    def test_only_facebook_asks_for_pages(self, browser, login):
        pages = [page.external_id for page in login.list_accounts(Platform.FACEBOOK)]
        assert fields(browser.get(address(Provider.META, **{"as": login.name})), "page") == pages
        for other in (Provider.LINKEDIN, Provider.X):
            assert fields(browser.get(address(other, **{"as": login.name})), "page") == []

    def test_unticked_pages_are_left_out_of_the_grant(self, browser, login, granted):
        pages = [page.external_id for page in login.list_accounts(Platform.FACEBOOK)]
        assert granted(decide(browser, Provider.META, login)).page_ids == ""
        assert granted(decide(browser, Provider.META, login, page=[])).page_ids == NO_PAGE
        some = granted(decide(browser, Provider.META, login, page=[*pages[:-1], "666"])).page_ids
        assert some == (" ".join(pages[:-1]) or NO_PAGE)


class TestSafety:
    @pytest.mark.parametrize("path", list(PATHS.values()))
    @pytest.mark.parametrize("gone", ["response_type", "client_id", "redirect_uri"])
    def test_an_incomplete_request_is_never_redirected(self, browser, login, path, gone):
        asked = {name: value for name, value in (ASKED | PKCE).items() if name != gone} | {"login_hint": login.name}
        for ask in (browser.get, browser.post):
            answer = ask(f"{path}?{urlencode(asked)}")
            assert answer.status_code == 400
            assert gone in answer.text

    def test_what_it_is_sent_stays_text(self, browser, login):
        hostile = '"><script>alert(1)</script>'
        for more in ({"state": hostile}, {"scope": hostile, "as": login.name}):
            page = browser.get(address(Provider.LINKEDIN, **more))
            assert "<script>" not in page.text
            assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
            assert page.headers["cache-control"] == "no-store"
