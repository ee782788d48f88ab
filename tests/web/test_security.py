"""What keeps sign-ins safe: one class for each thing that must hold."""

import io
import logging
import traceback
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from core.domain import Provider
from core.errors import AppError
from core.logs import configure_logging
from core.ops.models import OAuthFlow
from core.settings import Settings
from core.tickets import Ticket
from core.web.edge import PICTURE_HOSTS
from core.web.flows import Flow
from tests.web.conftest import CONFIGURED, FakeAccounts
from tests.web.site import HTML, Site, sentence
from tests.web.test_edge import serve

pytestmark = pytest.mark.integration

CODE = "AQR-a-code-of-a-provider"


@pytest.fixture
def log():
    """Everything that is logged, down to DEBUG, in the format of our processes."""
    stream, handlers, level = io.StringIO(), logging.root.handlers[:], logging.root.level
    configure_logging("web")
    logging.root.handlers[0].setStream(stream)
    logging.root.setLevel(logging.DEBUG)
    yield stream
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


@pytest.fixture
def login(sandbox):
    return sandbox.world()["logins"][0]["login"]


def begun_flows(site):
    with site.database.reading() as session:
        return session.query(OAuthFlow).count()


class TestNames:
    """A visit under another host name is led to TIDELINE_PUBLIC_URL before a flow starts."""

    @pytest.mark.parametrize(
        ("public_url", "visited"),
        [("http://localhost:8501", "http://127.0.0.1:8501"), ("http://127.0.0.1:8501", "http://localhost:8501")],
    )
    def test_a_visit_is_led_and_a_start_refused(self, database, clock, tmp_path, traveller, public_url, visited):
        settings = Settings.read(data_dir=tmp_path / "data", public_url=public_url, **CONFIGURED)
        site = Site(settings, database, clock, FakeAccounts(settings))
        visitor = site.visitor(visited)
        assert visitor.bind_cookie is None
        assert visitor.get("/connect?login=x").status_code == 200  # a second visit in a row is not led in circles
        answer = visitor.press(Provider.X)
        assert answer.status_code == 403
        assert public_url in sentence(answer)
        assert begun_flows(site) == 0

    def test_the_first_visit_is_answered_with_the_way_there(self):
        answer = serve().get("/accounts?business=3", headers=HTML | {"host": "127.0.0.1:8501"})
        assert (answer.status_code, answer.headers["location"]) == (307, "http://localhost:8501/accounts?business=3")


class TestPosts:
    """A browser POST is taken only with our ticket and Origin."""

    def test_with_both_it_is(self, site):
        assert site.visitor().press(Provider.X).status_code == 303

    @pytest.mark.parametrize(
        "origin", ["http://localhost:3000", "https://evil.test", "null", "http://127.0.0.1:8501", ""]
    )
    def test_without_our_origin_it_is_not(self, site, origin):
        visitor = site.visitor()
        headers = HTML | ({"origin": origin} if origin else {})
        answer = visitor.client.post("/oauth/x/start", data={"ticket": visitor.ticket(Provider.X)}, headers=headers)
        assert answer.status_code == 403
        assert begun_flows(site) == 0

    @pytest.mark.parametrize("fields", [{}, {"ticket": ""}, {"ticket": "forged.ticket.here"}, {"other": "x"}])
    def test_without_our_ticket_it_is_not(self, site, fields):
        visitor = site.visitor()
        answer = visitor.client.post("/oauth/x/start", data=fields, headers=HTML | {"origin": visitor.origin})
        assert answer.status_code == 403
        assert begun_flows(site) == 0

    def test_a_file_in_the_place_of_the_ticket_is_refused(self, site):
        visitor = site.visitor()
        files = {"ticket": ("t", visitor.ticket(Provider.X))}
        answer = visitor.client.post("/oauth/x/start", files=files, headers=HTML | {"origin": visitor.origin})
        assert answer.status_code in {400, 403}
        assert begun_flows(site) == 0


class TestRedirects:
    """Redirects go only to our own paths, or to the provider of the settings."""

    @pytest.mark.parametrize("name", ["next", "redirect_uri", "return_to", "state_url"])
    def test_no_parameter_leads_elsewhere(self, site, name):
        visitor = site.visitor()
        state = visitor.begin(Provider.META)
        answer = visitor.come_back(Provider.META, code=CODE, state=state, **{name: "https://evil.test/"})
        assert answer.headers["location"] == "/connect?login=pending-1"

    def test_no_header_changes_where_the_provider_sends_back_to(self, site):
        visitor = site.visitor()
        forwarded = {"x-forwarded-host": "evil.test", "forwarded": "host=evil.test", "x-forwarded-proto": "https"}
        headers = HTML | {"origin": visitor.origin} | forwarded
        data = {"ticket": visitor.ticket(Provider.META), "redirect_uri": "https://evil.test/"}
        answer = visitor.client.post("/oauth/meta/start?redirect_uri=https://evil.test/", data=data, headers=headers)
        asked = parse_qs(urlsplit(answer.headers["location"]).query)
        assert asked["redirect_uri"] == ["http://localhost:8501/oauth/meta/callback"]

    def test_links_of_its_pages_lead_to_our_own(self, site):
        page = site.visitor().come_back(Provider.X, code=CODE)
        assert 'href="/accounts"' in page.text
        assert page.text.count("href=") == 1


class TestSecrets:
    """No token, code or secret is in a URL we make, a log, an exception or a page."""

    @pytest.mark.parametrize("provider", list(Provider))
    def test_a_sign_in_that_works(self, real, sandbox, login, log, provider):
        visitor = real.visitor()
        asked = visitor.press(provider)
        back = visitor.way_back(provider, login)
        answer = visitor.get(back)
        pending_id = parse_qs(urlsplit(answer.headers["location"]).query)["login"][0]
        grant = real.accounts.find_pending(pending_id, real.tickets.browser(visitor.bind_cookie)).login.grant
        secrets = {parse_qs(urlsplit(back).query)["code"][0], grant.access_token, grant.refresh_token, "demo-secret"}
        for secret in secrets - {None}:
            for told in (asked.headers["location"], answer.headers["location"], answer.text, repr(answer.headers)):
                assert secret not in told
            assert secret not in ours(log)

    def test_a_sign_in_that_fails(self, real, sandbox, login, log):
        visitor = real.visitor()
        back = visitor.way_back(Provider.X, login)
        code = parse_qs(urlsplit(back).query)["code"][0]
        refusal = {"error": "invalid_request", "error_description": f"code {code} and client_secret=demo-secret"}
        sandbox.play({"account": "x/*", "fault": "exact_answer", "endpoint": "token", "status": 400, "body": refusal})
        page = visitor.get(back)
        assert page.status_code == 400
        for secret in (code, "demo-secret"):
            assert secret not in page.text
            assert secret not in ours(log)

    def test_the_exception_of_a_failed_exchange(self, real):
        verifier = "-".join(("a", "verifier", "to", "keep"))
        with pytest.raises(AppError) as raised:
            real.accounts.sign_in(Provider.X, code=CODE, redirect_uri="http://x/", code_verifier=verifier)
        told = "".join(traceback.format_exception(raised.value))
        for secret in (CODE, verifier, "demo-secret"):
            assert secret not in told

    def test_a_fault_of_our_own(self, site, log):
        site.accounts.error = ValueError(f"GET /token?code={CODE}&client_secret=hush failed")
        visitor = site.visitor()
        page = visitor.come_back(Provider.X, code=CODE, state=visitor.begin(Provider.X))
        logging.getLogger("uvicorn.error").error("Exception in ASGI application", exc_info=site.accounts.error)
        assert page.status_code == 500
        for secret in (CODE, "hush"):
            assert secret not in page.text
            assert secret not in ours(log)

    def test_what_is_remembered_of_a_flow_shows_no_verifier(self):
        flow = Flow(Ticket(Provider.X, "ana"), "browser", "http://localhost/", code_verifier="a-verifier-to-keep")
        assert "a-verifier-to-keep" not in repr(flow)

    def test_the_address_of_a_callback_is_passed_on_to_nobody(self, site):
        assert site.visitor().come_back(Provider.X, code=CODE).headers["referrer-policy"] == "no-referrer"


def ours(log):
    """What the web process logs: the test's own browser speaks in this process, too."""
    return "\n".join(line for line in log.getvalue().splitlines() if "HTTP Request:" not in line)


class TestAddresses:
    """Provider addresses come from the settings only."""

    @pytest.mark.parametrize("provider", list(Provider))
    def test_whatever_is_asked_the_settings_decide(self, database, clock, tmp_path, traveller, provider):
        own = {f"{provider.value}_oauth_url": "https://stand-in.test/oauth"}
        settings = Settings.read(data_dir=tmp_path / "data", **CONFIGURED, **own)
        visitor = Site(settings, database, clock, FakeAccounts(settings)).visitor()
        headers = HTML | {"origin": visitor.origin}
        more = dict.fromkeys(("authorize_url", "oauth_url", "url", "host"), "https://evil.test")
        answer = visitor.client.post(
            f"/oauth/{provider.value}/start",
            params=more,
            data={"ticket": visitor.ticket(provider)} | more,
            headers=headers,
        )
        assert urlsplit(answer.headers["location"]).netloc == "stand-in.test"

    @pytest.mark.parametrize("name", ["tiktok", "LINKEDIN", "http:%2F%2Fevil.test", "..", "%00"])
    def test_there_are_no_others(self, site, name):
        visitor = site.visitor()
        headers = HTML | {"origin": visitor.origin}
        answer = visitor.client.post(
            f"/oauth/{name}/start", data={"ticket": visitor.ticket(Provider.X)}, headers=headers
        )
        assert answer.status_code in {404, 405}


class TestHostileWords:
    """SVG or HTML in names and pictures from a platform is inert (in the chooser: tests/browser/test_connect.py)."""

    @pytest.mark.parametrize(
        "words", ["<script>alert(1)</script>", "<svg onload=alert(1)>", '"><img src=x onerror=alert(1)>']
    )
    def test_in_what_a_login_is_called(self, site, words):
        visitor = site.visitor()
        login = site.accounts.login
        site.accounts.login = lambda provider: replace(login(provider), connectable=[], owner_name=words)
        page = visitor.come_back(Provider.META, code=CODE, state=visitor.begin(Provider.META))
        assert words in sentence(page)
        assert words not in page.text

    def test_in_what_a_provider_says(self, site):
        visitor = site.visitor()
        words = "<script>alert(1)</script>"
        page = visitor.come_back(
            Provider.META, error=words, error_description=words, error_reason=words, state=visitor.begin(Provider.META)
        )
        assert "<script>" not in page.text

    def test_pictures_are_shown_by_address_and_never_run(self):
        policy = serve().get("/").headers["content-security-policy"]
        rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
        assert rules["img-src"] == " ".join(["'self' data: blob:", *PICTURE_HOSTS])  # the platforms' own hosts alone
        assert "unsafe-inline" not in rules["script-src"]
        assert rules["object-src"] == "'none'"
        assert "frame-src" not in rules  # the default holds: nothing but our own


class TestCookies:
    """The session cookie is HttpOnly and SameSite=Lax, Secure behind https (the real app's: test_app.py)."""

    @pytest.mark.parametrize(
        ("public_url", "is_secure"), [("http://localhost:8501", False), ("https://tideline.example", True)]
    )
    def test_every_cookie_that_is_set(self, database, clock, tmp_path, traveller, public_url, is_secure):
        settings = Settings.read(data_dir=tmp_path / "data", public_url=public_url, **CONFIGURED)
        visitor = Site(settings, database, clock, FakeAccounts(settings)).visitor()
        cookies = serve(public_url).get("/", headers=HTML).headers.get_list("set-cookie")[-1:]
        cookies += visitor.press(Provider.X).headers.get_list("set-cookie")
        assert [cookie.partition("=")[0] for cookie in cookies] == ["tideline_bind", "_streamlit_session"]
        for cookie in cookies:
            attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
            assert {"httponly", "samesite=lax", "path=/"} <= attributes
            assert ("secure" in attributes) is is_secure
