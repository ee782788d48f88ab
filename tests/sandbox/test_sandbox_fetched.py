"""Do our own fetchers understand the sandbox? Sign-in, access, choice of accounts, renewal and return of every provider."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from core.domain import Platform, Provider
from core.errors import OperatorNeededError, ReconnectNeededError
from core.fetchers import ApiVersions, fetch_access, fetch_owner, list_connectable, open_fetcher, open_session
from core.fetchers.oauth import SCOPES, begin_authorization, check_app, fetch_grant, refresh_grant, revoke_grant
from core.fetchers.transport import Transport
from core.settings import ProviderSettings
from tests.sandbox.conftest import NOW, REDIRECT

pytestmark = pytest.mark.integration

BASE = "http://sandbox"
URLS = {
    Provider.LINKEDIN: ("/linkedin", "/linkedin/oauth/v2"),
    Provider.X: ("/x/2", "/x/i/oauth2"),
    Provider.META: ("/meta", "/meta"),
    Provider.INSTAGRAM: ("/instagram", "/instagram/oauth"),
}
VERSIONS = ApiVersions(linkedin="202609", meta="v25.0")
REVOCABLE = [Provider.LINKEDIN, Provider.X, Provider.META]


class Client:
    """An app of Tideline's, at one provider of the sandbox."""

    def __init__(self, provider, browser, login, clock, *, knows_secret=True):
        self.browser, self.login, self.clock = browser, login, clock
        self.network = httpx.MockTransport(self._pass_on)
        self.transport = Transport(clock, client=httpx.Client(transport=self.network))
        api_url, oauth_url = (BASE + path for path in URLS[provider])
        self.app = ProviderSettings(
            provider=provider,
            api_url=api_url,
            oauth_url=oauth_url,
            client_id="app",
            client_secret="secret" if knows_secret else "wrong",
            token_url=f"{BASE}/instagram/oauth/access_token",
        )

    def _pass_on(self, request):
        path = request.url.raw_path.decode()
        headers = {name: value for name, value in request.headers.items() if name not in ("host", "content-length")}
        answer = self.browser.ask(request.method, path, headers=headers, content=request.content)
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    @property
    def asked(self):
        return {"api_version": "v25.0", "network": self.network}

    def sign_in(self, **changes):
        authorization = begin_authorization(self.app, redirect_uri=REDIRECT, api_version="v25.0")
        url = authorization.url.removeprefix(BASE)
        answer = self.browser.get(f"{url}&login_hint={self.login.name}")
        returned = parse_qs(urlsplit(answer.headers["location"]).query)
        assert returned["state"] == [authorization.state]
        return fetch_grant(
            self.app,
            code=returned["code"][0],
            redirect_uri=REDIRECT,
            code_verifier=authorization.code_verifier,
            now=self.clock.now(),
            **self.asked | changes,
        )

    def speak(self, token):
        return open_session(self.transport, self.app, token, versions=VERSIONS, account_key="account-1")


@pytest.fixture
def client_of(browser, login, clock):
    clients = []

    def make(provider, **options):
        clients.append(Client(provider, browser, login, clock, **options))
        return clients[-1]

    yield make
    for client in clients:
        client.transport.close()


@pytest.mark.parametrize("provider", Provider)
def test_a_login_grants_everything_it_was_asked_for(client_of, provider):
    client = client_of(provider)
    grant = client.sign_in()
    access = fetch_access(client.app, grant, speak=client.speak)
    assert set(access.scopes) == set(SCOPES[provider])
    assert access.data_access_ends_at == (NOW + timedelta(days=90) if provider is Provider.META else None)


@pytest.mark.parametrize("provider", Provider)
def test_its_owner_is_known_and_its_accounts_can_be_connected(client_of, login, provider):
    client = client_of(provider)
    session = client.speak(client.sign_in().access_token)
    assert fetch_owner(provider, session).id
    found = list_connectable(provider, session)
    expected = {Provider.META: {Platform.FACEBOOK, Platform.INSTAGRAM}, Provider.INSTAGRAM: {Platform.INSTAGRAM}}
    platforms = expected.get(provider, {Platform(provider.value) if provider is not Provider.META else None})
    assert {account.platform for account in found} == platforms
    for account in found:
        assert (account.problem, account.external_id) == (
            None,
            login.list_accounts(account.platform)[0].external_id,
        )
        assert account.role


@pytest.mark.parametrize("provider", [Provider.META, Provider.INSTAGRAM])
def test_an_instagram_account_reads_the_same_through_either_login(client_of, login, provider):
    client = client_of(provider)
    session = client.speak(client.sign_in().access_token)
    (account,) = [one for one in list_connectable(provider, session) if one.platform is Platform.INSTAGRAM]
    own = client.speak(account.own_token) if account.own_token else session
    fetcher = open_fetcher(Platform.INSTAGRAM, own, account.external_id)
    world = login.list_accounts(Platform.INSTAGRAM)[0]
    profile = fetcher.fetch_profile()
    assert (profile.external_id, profile.followers) == (world.external_id, world.followers(NOW))
    posts = fetcher.fetch_posts(20)
    newest = list(reversed(world.posts(NOW)))[:20]
    assert [item.post.post_id for item in posts.listed] == [post.post_id for post in newest]
    assert len(fetcher.fetch_snapshots(posts.listed)) == 20
    assert len(fetcher.fetch_days(NOW.date() - timedelta(days=3), NOW.date())) == 3


@pytest.mark.parametrize("bare", [False, True])
def test_a_reel_that_the_posts_leave_out_is_read_all_the_same(client_of, login, set_faults, bare):
    client = client_of(Provider.META)
    session = client.speak(client.sign_in().access_token)
    (page,) = [one for one in list_connectable(Provider.META, session) if one.platform is Platform.FACEBOOK]
    own = client.speak(page.own_token)
    whole = open_fetcher(Platform.FACEBOOK, own, page.external_id).fetch_posts(100)
    account = login.list_accounts(Platform.FACEBOOK)[0]
    assert [item.post.post_id for item in whole.listed] == [post.post_id for post in account.posts(NOW)[:-101:-1]]
    set_faults({"account": f"facebook/{page.external_id}", "fault": "reel_unlisted", "bare": bare})
    fetcher = open_fetcher(Platform.FACEBOOK, own, page.external_id)
    without = fetcher.fetch_posts(100)
    moved = [item.post.post_id for item in without.listed if item not in whole.listed]
    newest = next(post for post in reversed(account.posts(NOW)) if post.kind.value in ("video", "reel"))
    assert moved[0] == (newest.post_id.rpartition("_")[2] if bare else newest.post_id)
    reel = next(item for item in without.listed if item.post.post_id == moved[0])
    (snapshot,) = fetcher.fetch_snapshots([reel])
    assert snapshot.video_views == newest.counters(NOW).video_views


def test_a_page_that_only_a_portfolio_owns_is_found_with_its_token(client_of, set_faults, account_of):
    client = client_of(Provider.META)
    session = client.speak(client.sign_in().access_token)
    page = account_of("facebook")
    set_faults({"account": f"facebook/{page.external_id}", "fault": "page_not_listed"})
    found = {account.platform: account for account in list_connectable(Provider.META, session)}
    assert found[Platform.FACEBOOK].external_id == page.external_id
    assert found[Platform.FACEBOOK].problem is None
    assert found[Platform.FACEBOOK].own_token


def test_a_page_with_a_lesser_role_is_shown_with_the_reason(client_of, set_faults):
    client = client_of(Provider.LINKEDIN)
    session = client.speak(client.sign_in().access_token)
    set_faults({"account": "linkedin/*", "fault": "page_role"})
    (page,) = list_connectable(Provider.LINKEDIN, session)
    assert (page.role, "content administrator" in page.problem) == ("content administrator", True)


@pytest.mark.parametrize("provider", Provider)
def test_a_grant_is_renewed(client_of, clock, provider):
    client = client_of(provider)
    grant = client.sign_in()
    clock.advance(timedelta(days=2))
    fresh = refresh_grant(client.app, grant, now=clock.now(), **client.asked)
    assert fresh.access_token != grant.access_token
    assert fresh.expires_at > grant.expires_at
    assert fetch_owner(provider, client.speak(fresh.access_token)).id


@pytest.mark.parametrize("provider", REVOCABLE)
def test_a_grant_that_was_given_back_opens_nothing(client_of, provider):
    client = client_of(provider)
    grant = client.sign_in()
    owner = fetch_owner(provider, client.speak(grant.access_token))
    for _ in range(2):  # the second time it is given back already
        revoke_grant(client.app, grant, owner_id=owner.id, **client.asked)
    with pytest.raises(ReconnectNeededError):
        fetch_owner(provider, client.speak(grant.access_token))


@pytest.mark.parametrize("provider", Provider)
def test_a_right_app_is_told_from_a_wrong_one(client_of, provider):
    right, wrong = client_of(provider), client_of(provider, knows_secret=False)
    check_app(right.app, now=NOW, **right.asked)
    with pytest.raises(OperatorNeededError):
        check_app(wrong.app, now=NOW, **wrong.asked)
