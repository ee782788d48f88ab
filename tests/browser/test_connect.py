"""Connecting accounts as a marketer does: from an empty install, at the sandbox's consent pages, and every way it can fail."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import expect

from core.clock import SystemClock
from core.domain import Platform, Provider, RunState, RunTrigger
from core.ops.businesses import get_business
from core.ops.models import Account, OAuthFlow, PendingLogin, Token
from core.ops.runs import request_run
from core.tickets import BIND_COOKIE, TicketOffice
from core.vault import Vault
from core.wiring import open_accounts
from tests.browser.conftest import newest_runs, open_page, wait_until
from tests.browser.install import Install

pytestmark = pytest.mark.browser

BUTTONS = {
    Provider.LINKEDIN: "Connect LinkedIn",
    Provider.X: "Connect X",
    Provider.META: "Connect Facebook",
    Provider.INSTAGRAM: "Connect Instagram",
}


@pytest.fixture(scope="module")
def install(browser, tmp_path_factory):
    install = Install(tmp_path_factory.mktemp("install"), tmp_path_factory.mktemp("logs"))
    try:
        install.start()
        yield install
    finally:
        install.stop()


@pytest.fixture
def open_browser(browser, install):
    """Opens one browser after another, each without any cookie."""
    contexts = []

    def open_one():
        context = browser.new_context(
            base_url=install.url, locale="en-US", timezone_id="UTC", viewport={"width": 1440, "height": 1200}
        )
        contexts.append(context)
        return context.new_page()

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_browser):
    return open_browser()


@pytest.fixture
def business(install):
    """The first of the sandbox's logins."""
    return install.logins()[0][0]


@pytest.fixture
def stores_nothing(install):
    before = install.stored()
    yield
    assert install.stored() == before


def press(page, provider):
    open_page(page, "/accounts")
    page.get_by_role("button", name=BUTTONS[provider], exact=True).click()


def consent(page, provider, business, *, untick=(), decision="Approve"):
    """From the Accounts page to the provider, and through its pages."""
    press(page, provider)
    page.get_by_role("link", name=business, exact=True).click()
    for label in untick:
        page.get_by_label(label, exact=True).uncheck()
    page.get_by_role("button", name=decision, exact=True).click()


def way_back(page, provider, business):
    """Approve at the provider, but do not come back yet; the address that leads back."""
    press(page, provider)
    page.get_by_role("link", name=business, exact=True).click()
    scopes = [box.get_attribute("value") for box in page.locator('input[name="scope"]').all()]
    answer = httpx.post(page.url, data={"decision": "approve", "scope": scopes})
    return answer.headers["location"]


def choose(page, *, business=None):
    """On the chooser: tick everything that can be connected, and connect it."""
    page.wait_for_url(re.compile(r"/connect\?login="))
    wait_for_script(page)
    if business:
        page.get_by_label("Name", exact=True).fill(business)
        page.get_by_label("Name", exact=True).press("Enter")
        wait_for_script(page)
    for box in page.get_by_role("checkbox").all():
        if box.is_enabled() and not box.is_checked():
            box.locator("xpath=ancestor::label").click()
            wait_for_script(page)
    page.get_by_role("button", name=re.compile(r"^Connect \d account")).click()
    page.wait_for_url(re.compile(r"/accounts"))
    wait_for_script(page)


def wait_for_script(page):
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(timeout=30_000)


def expect_sentence(page, words):
    expect(page.get_by_role("heading", name="Nothing was changed")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text(words)


def test_everything_connects_from_an_empty_install_and_the_first_sync_fills_the_charts(page, install):
    (business, names), (other, other_names) = install.logins()[:2]
    open_page(page, "/accounts")
    assert install.stored() == (0, 0, 0)
    consent(page, Provider.LINKEDIN, business)
    choose(page, business=business)
    for provider in (Provider.X, Provider.META):
        consent(page, provider, business)
        choose(page)
    consent(page, Provider.INSTAGRAM, other)
    choose(page)
    connected = install.accounts()
    for platform, name in names.items():
        assert (Platform(platform), name) in connected
        expect(page.get_by_text(name, exact=True).first).to_be_visible()
    assert (Platform.INSTAGRAM, other_names["instagram"]) in connected
    assert install.stored() == (4, len(connected), 0)
    wait_for_runs(install)
    assert {run.state.value for run in newest_runs(install)} == {"succeeded"}
    open_page(page, "/")
    for chart in page.locator(".js-plotly-plot").all():
        chart.scroll_into_view_if_needed()
        expect(chart.locator(".trace path.js-line").first).to_be_visible(timeout=15_000)


def test_a_login_that_is_connected_already_can_be_reconnected_in_place(page, install, business):
    before = install.stored()
    open_page(page, "/accounts")
    page.get_by_role("button", name=re.compile("^Reconnect")).first.click()
    page.get_by_role("link", name=business, exact=True).click()
    page.get_by_role("button", name="Approve", exact=True).click()
    page.wait_for_url(re.compile(r"/accounts"))
    expect(page.get_by_text("Reconnected").first).to_be_visible(timeout=15_000)
    assert install.stored() == before
    wait_for_runs(install)


def test_a_revoked_login_asks_for_reconnect_on_the_first_screen_and_works_again_after_it(page, install, business):
    history = install.snapshots()
    revoke(install, Provider.LINKEDIN)
    sync(install, business)
    open_page(page, "/")
    page.get_by_role("button", name=re.compile("^Reconnect")).first.click()
    page.get_by_role("link", name=business, exact=True).click()
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_text("Reconnected").first).to_be_visible(timeout=15_000)
    wait_for_runs(install)
    assert newest_runs(install)[0].state is RunState.SUCCEEDED
    open_page(page, "/")
    expect(page.get_by_role("button", name=re.compile("^Reconnect"))).to_have_count(0)
    assert history <= install.snapshots()


def test_a_login_that_ended_is_renewed_with_nobody_looking(page, install, business):
    with install.operations() as database, database.transaction() as session:
        session.query(Token).filter_by(provider=Provider.X).update({Token.expires_at: datetime(2020, 1, 1, tzinfo=UTC)})
    assert sync(install, business).state is RunState.SUCCEEDED
    with install.operations() as database, database.reading() as session:
        (renewed,) = session.query(Token).filter_by(provider=Provider.X)
    assert renewed.expires_at > datetime.now(UTC)
    open_page(page, "/")
    expect(page.get_by_role("button", name=re.compile("^Reconnect"))).to_have_count(0)


def revoke(install, provider):
    """What the person does in the platform's own settings: none of the login's tokens works any more."""
    vault = Vault.open(install.settings)
    with install.operations() as database, database.reading() as session:
        (token,) = session.query(Token).filter_by(provider=provider)
    for kept in (token.access_token, token.refresh_token):
        form = {"token": vault.decrypt(kept), "client_id": "demo-id", "client_secret": "demo-secret"}
        httpx.post(f"{install.settings.provider(provider).oauth_url}/revoke", data=form).raise_for_status()


def sync(install, business):
    """One run of the business, as it ended."""
    with install.operations() as database:
        with database.reading() as session:
            business_id = get_business(session, business).id
        request_run(database, business_id, RunTrigger.MANUAL, now=datetime.now(UTC))
    wait_for_runs(install)
    return newest_runs(install)[0]


def wait_for_runs(install):
    wait_until(lambda: newest_runs(install) and all(run.state.is_final for run in newest_runs(install)), seconds=90)


@pytest.mark.parametrize("provider", list(Provider))
@pytest.mark.usefixtures("stores_nothing")
def test_a_denial(page, business, provider):
    consent(page, provider, business, decision="Deny")
    expect_sentence(page, "You did not allow Tideline to read")
    page.get_by_role("link", name="Back to Accounts").click()
    expect(page.get_by_role("button", name=BUTTONS[provider], exact=True)).to_be_visible(timeout=15_000)


@pytest.mark.usefixtures("stores_nothing")
def test_a_missing_scope(page, business):
    consent(page, Provider.LINKEDIN, business, untick=["rw_organization_admin"])
    expect_sentence(page, "rw_organization_admin")


@pytest.mark.usefixtures("stores_nothing")
def test_no_page_left_ticked(page, install, business):
    press(page, Provider.META)
    page.get_by_role("link", name=business, exact=True).click()
    for box in page.locator('input[name="page"]').all():
        box.uncheck()
    page.get_by_role("button", name="Approve", exact=True).click()
    expect_sentence(page, "may read no page or account at Facebook")


@pytest.mark.usefixtures("stores_nothing")
def test_a_wrong_state(page, business):
    address = urlsplit(way_back(page, Provider.X, business))
    page.goto(f"{address.path}?code=AQR-stolen&state=a-state-that-nobody-made")
    expect_sentence(page, "not known here")


def test_another_browser(page, open_browser, install, business):
    before = install.stored()
    address = way_back(page, Provider.X, business)
    stranger = open_browser()
    open_page(stranger, "/accounts")
    stranger.goto(address)
    expect_sentence(stranger, "begun in another browser")
    assert install.stored() == before
    page.goto(address)  # it was not used up
    page.wait_for_url(re.compile(r"/connect\?login="))
    stranger.goto(page.url)
    expect(stranger.get_by_text("begun in another browser")).to_be_visible(timeout=15_000)
    assert stranger.get_by_role("checkbox").count() == 0


@pytest.mark.usefixtures("stores_nothing")
def test_an_expired_flow(page, install, business):
    address = way_back(page, Provider.X, business)
    with install.operations() as database, database.transaction() as session:
        session.query(OAuthFlow).update({OAuthFlow.expires_at: datetime(2020, 1, 1, tzinfo=UTC)})
    page.goto(address)
    expect_sentence(page, "longer than ten minutes")


def test_a_replay(page, install, business):
    address = way_back(page, Provider.X, business)
    page.goto(address)
    page.wait_for_url(re.compile(r"/connect\?login="))
    before = install.stored()
    page.goto(address)
    expect_sentence(page, "not known here")
    assert install.stored() == before


def test_a_double_submit(page, install, business):
    """Two presses of Connect, then the same choice opened once more: the login is taken once."""
    consent(page, Provider.X, business)
    page.wait_for_url(re.compile(r"/connect\?login="))
    chooser = page.url
    wait_for_script(page)
    page.get_by_role("button", name=re.compile(r"^Connect \d account")).dblclick()
    page.wait_for_url(re.compile(r"/accounts"))
    before = install.stored()
    page.goto(chooser)
    expect(page.get_by_text("it was used already")).to_be_visible(timeout=15_000)
    assert install.stored() == before


@pytest.mark.usefixtures("stores_nothing")
def test_a_second_start_replaces_the_first(page, business):
    first = way_back(page, Provider.LINKEDIN, business)
    way_back(page, Provider.LINKEDIN, business)
    page.goto(first)
    expect_sentence(page, "A newer sign-in")


def test_under_another_name_a_visit_is_led_to_the_public_one_first(page, install):
    page.goto(f"http://127.0.0.1:{install.port}/accounts")
    expect(page).to_have_url(f"{install.url}/accounts")
    expect(page.get_by_role("button", name=BUTTONS[Provider.X], exact=True)).to_be_visible(timeout=15_000)


def test_what_a_platform_calls_itself_runs_nowhere(page, install, business):
    """Names and pictures come from strangers: HTML, SVG and scripts in them are text, or nothing."""
    hostile = (
        '<img src=x onerror="window.hurt=1"><svg onload="window.hurt=1"></svg>**bold**<script>window.hurt=1</script>'
    )
    picture = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='window.hurt=1'/>"
    consent(page, Provider.LINKEDIN, business)
    page.wait_for_url(re.compile(r"/connect\?login="))
    rename_pending(install, page, name=hostile, avatar_url=picture)
    page.reload()
    wait_for_script(page)
    expect(page.get_by_text("<script>window.hurt=1</script>").first).to_be_visible(timeout=15_000)
    assert page.evaluate("window.hurt") is None
    assert page.locator("[onerror], [onload]").count() == 0


def rename_pending(install, page, **words):
    """Put these words into the accounts of the login that waits on this page."""
    cookie = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == BIND_COOKIE)
    browser = TicketOffice(install.settings).browser(cookie)
    pending_id = parse_qs(urlsplit(page.url).query)["login"][0]
    with open_accounts(install.settings, SystemClock()) as (_, accounts):
        login = accounts.find_pending(pending_id, browser).login
    login.connectable[:] = [replace(found, **words) for found in login.connectable]
    with install.operations() as database, database.transaction() as session:
        row = session.get(PendingLogin, pending_id)
        row.login = Vault.open(install.settings).encrypt(login.to_json())


def test_no_log_holds_a_token_a_code_or_a_secret(page, install, business):
    """All of the above has been written by now."""
    address = way_back(page, Provider.X, business)
    page.goto(address)
    page.wait_for_url(re.compile(r"/connect\?login="))
    vault = Vault.open(install.settings)
    secrets = {parse_qs(urlsplit(address).query)["code"][0], "demo-secret"}
    with install.operations() as database, database.reading() as session:
        for token in session.query(Token):
            secrets |= {vault.decrypt(kept) for kept in (token.access_token, token.refresh_token) if kept}
        secrets |= {vault.decrypt(a.page_token) for a in session.query(Account) if a.page_token}
    written = install.log()
    assert "code=" not in written.replace("code=•••", "")
    assert [secret[:6] for secret in secrets if secret in written] == []
