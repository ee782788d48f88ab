"""The routes of a sign-in: sent there once with our ticket, taken back once with the provider's code, and every way it can fail."""

import logging
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from core.domain import Provider
from core.errors import (
    ConfigError,
    GoneError,
    MalformedAnswerError,
    OperatorNeededError,
    RateLimitedError,
    ReconnectNeededError,
    TransientError,
)
from core.ops.models import OAuthFlow
from core.settings import Settings
from core.web.flows import FLOW_LIFE_S
from core.web.oauth import create_oauth
from tests.conftest import NOW
from tests.web.client import TestClient
from tests.web.conftest import CONFIGURED, FakeAccounts, FakeLogin
from tests.web.site import Site, sentence, way_on

pytestmark = pytest.mark.integration

CODE = "AQR-a-code-of-a-provider"
PLACES = {
    Provider.LINKEDIN: "https://www.linkedin.com/oauth/v2/authorization",
    Provider.X: "https://x.com/i/oauth2/authorize",
    Provider.META: "https://www.facebook.com/v25.0/dialog/oauth",
    Provider.INSTAGRAM: "https://www.instagram.com/oauth/authorize",
}


@pytest.fixture
def visitor(site):
    return site.visitor()


@pytest.fixture
def accounts(site):
    return site.accounts


def flows(site):
    with site.database.reading() as session:
        return session.query(OAuthFlow).all()


def assert_nothing_stored(site):
    assert (site.accounts.pending, site.accounts.reconnected) == ([], [])


class TestStart:
    @pytest.mark.parametrize("provider", list(Provider))
    def test_the_browser_is_sent_to_the_provider(self, visitor, provider):
        answer = visitor.press(provider)
        assert answer.status_code == 303
        target = urlsplit(answer.headers["location"])
        assert f"{target.scheme}://{target.netloc}{target.path}" == PLACES[provider]
        asked = {name: values[0] for name, values in parse_qs(target.query).items()}
        assert asked["redirect_uri"] == f"http://localhost:8501/oauth/{provider.value}/callback"
        assert (asked["client_id"], asked["response_type"]) == ("our-id", "code")
        assert len(asked["state"]) >= 20
        assert ("code_challenge" in asked) is (provider is Provider.X)
        assert asked.get("code_challenge_method") == ("S256" if provider is Provider.X else None)

    def test_what_must_be_remembered_is_encrypted_and_lasts_ten_minutes(self, site, visitor):
        visitor.begin(Provider.X)
        (flow,) = flows(site)
        assert flow.expires_at == NOW + timedelta(seconds=FLOW_LIFE_S)
        assert b"code_verifier" not in flow.value
        assert b"ana" not in flow.value

    def test_the_address_of_the_provider_comes_from_the_settings(self, site, database, clock, tmp_path):
        settings = Settings.read(data_dir=tmp_path / "data", **CONFIGURED, x_oauth_url="http://stand-in.test/oauth")
        there = Site(settings, database, clock, FakeAccounts(settings))
        assert there.visitor().press(Provider.X).headers["location"].startswith("http://stand-in.test/oauth/authorize?")

    def test_without_an_app_there_is_nothing_to_start(self, database, clock, tmp_path, traveller):
        settings = Settings.read(data_dir=tmp_path / "data")
        answer = Site(settings, database, clock, FakeAccounts(settings)).visitor().press(Provider.META)
        assert answer.status_code == 409
        assert "No app is set up for Facebook yet" in sentence(answer)
        assert way_on(answer) == "/apps"

    def test_a_link_cannot_start_it(self, site, visitor):
        answer = visitor.get("/oauth/x/start")
        assert answer.status_code == 405
        assert flows(site) == []

    @pytest.mark.parametrize("path", ["/oauth/tiktok/callback", "/oauth/x", "/oauth/x/else", "/oauth/"])
    def test_another_address_is_no_page_of_the_dashboard(self, visitor, path):
        answer = visitor.get(path)
        assert answer.status_code == 404
        assert "no sign-in at this address" in sentence(answer)

    def test_a_desk_that_cannot_be_opened_says_why(self, site, settings):
        def closed():
            raise ConfigError("data/secret.key is empty: put back the key that was there.")

        client = TestClient(create_oauth(settings, closed), raise_server_exceptions=False)
        answer = client.post("/x/start", headers={"origin": "http://localhost:8501"})
        assert answer.status_code == 503
        assert sentence(answer) == "data/secret.key is empty: put back the key that was there."


class TestTickets:
    def test_no_ticket(self, site, visitor):
        for ticket in ("", "made-up"):
            answer = visitor.press(Provider.X, ticket=ticket)
            assert answer.status_code == 403
            assert "did not come from a button of Tideline" in sentence(answer)
        assert flows(site) == []

    def test_the_ticket_of_another_browser(self, site, visitor):
        answer = visitor.press(Provider.X, ticket=site.visitor().ticket(Provider.X))
        assert answer.status_code == 403
        assert "another browser" in sentence(answer)

    def test_a_ticket_for_another_provider(self, visitor):
        answer = visitor.press(Provider.X, ticket=visitor.ticket(Provider.META))
        assert answer.status_code == 403
        assert "another platform" in sentence(answer)

    def test_an_old_ticket(self, visitor, traveller):
        ticket = visitor.ticket(Provider.X)
        traveller.shift(3601)
        answer = visitor.press(Provider.X, ticket=ticket)
        assert answer.status_code == 403
        assert "reload it" in sentence(answer)

    def test_a_browser_without_cookies(self, site, visitor):
        ticket = visitor.ticket(Provider.X)
        visitor.client.cookies.clear()
        answer = visitor.press(Provider.X, ticket=ticket)
        assert answer.status_code == 403
        assert "allow cookies" in sentence(answer)

    @pytest.mark.parametrize("origin", ["", "http://127.0.0.1:8501"])
    def test_a_press_under_another_name_says_where_to_press(self, site, visitor, origin):
        answer = visitor.client.post(
            "/oauth/x/start",
            data={"ticket": visitor.ticket(Provider.X)},
            headers={"accept": "text/html"} | ({"origin": origin} if origin else {}),
        )
        assert answer.status_code == 403
        assert "http://localhost:8501" in sentence(answer)
        assert way_on(answer) == "http://localhost:8501/accounts"
        assert flows(site) == []


class TestComingBack:
    @pytest.mark.parametrize("provider", list(Provider))
    def test_the_login_waits_for_the_choice(self, site, visitor, accounts, provider):
        state = visitor.begin(provider, business_id=3)
        answer = visitor.come_back(provider, code=CODE, state=state)
        assert answer.status_code == 303
        assert answer.headers["location"] == "/connect?login=pending-1"
        ((asked, code, redirect_uri, verifier),) = accounts.signed_in
        assert (asked, code) == (provider, CODE)
        assert redirect_uri == f"http://localhost:8501/oauth/{provider.value}/callback"
        assert (verifier is not None) is (provider is Provider.X)
        ((login, known),) = accounts.pending
        assert login.provider is provider
        browser = site.tickets.browser(visitor.bind_cookie)
        assert known == {"browser": browser, "person": "ana", "business_id": 3, "account_id": None}
        assert flows(site) == []

    def test_an_account_is_reconnected_at_once(self, site, visitor, accounts):
        state = visitor.begin(Provider.META, account_id=7)
        answer = visitor.come_back(Provider.META, code=CODE, state=state)
        assert (answer.status_code, answer.headers["location"]) == (303, "/accounts?reconnected=7")
        assert accounts.reconnected == [("pending-1", site.tickets.browser(visitor.bind_cookie))]

    def test_a_login_that_cannot_read_the_account_says_so(self, visitor, accounts):
        accounts.reconnect_error = "This is the login of <b>Ben</b>, who cannot read Harborlight: nothing was changed."
        state = visitor.begin(Provider.META, account_id=7)
        answer = visitor.come_back(Provider.META, code=CODE, state=state)
        assert answer.status_code == 409
        assert sentence(answer) == accounts.reconnect_error
        assert "<b>" not in answer.text

    def test_what_instagram_hangs_on_its_code_is_taken_off(self, visitor, accounts):
        state = visitor.begin(Provider.INSTAGRAM)
        visitor.come_back(Provider.INSTAGRAM, code=CODE + "#_", state=state)
        assert accounts.signed_in[0][1] == CODE

    def test_just_before_the_ten_minutes_are_over(self, visitor, clock, traveller):
        state = visitor.begin(Provider.X)
        clock.advance(timedelta(seconds=FLOW_LIFE_S - 1))
        traveller.shift(FLOW_LIFE_S - 1)
        assert visitor.come_back(Provider.X, code=CODE, state=state).status_code == 303

    def test_sign_ins_at_two_providers_go_side_by_side(self, visitor):
        states = {provider: visitor.begin(provider) for provider in (Provider.X, Provider.META)}
        for provider, state in states.items():
            assert visitor.come_back(provider, code=CODE, state=state).status_code == 303


class TestStates:
    """Every refusal has its sentence and status, asks no provider and stores nothing."""

    @pytest.fixture(autouse=True)
    def _nothing_happens(self, site):
        yield
        assert site.accounts.signed_in[1:] == []
        assert len(site.accounts.pending) == len(site.accounts.signed_in)

    def test_a_state_that_is_not_ours(self, visitor):
        visitor.begin(Provider.X)
        answer = visitor.come_back(Provider.X, code=CODE, state="a-state-that-nobody-made")
        assert answer.status_code == 400
        assert "not known here" in sentence(answer)

    @pytest.mark.parametrize("query", [{}, {"state": ""}, {"state": "\0" * 30}, {"state": "x" * 300}])
    def test_no_state_at_all(self, visitor, query):
        answer = visitor.come_back(Provider.X, code=CODE, **query)
        assert answer.status_code == 400
        assert "only for the way back" in sentence(answer)

    def test_a_wrong_state_leaves_the_right_one_usable(self, visitor):
        state = visitor.begin(Provider.X)
        visitor.come_back(Provider.X, code=CODE, state="a-state-that-nobody-made")
        assert visitor.come_back(Provider.X, code=CODE, state=state).status_code == 303

    def test_the_state_of_another_provider(self, visitor):
        state = visitor.begin(Provider.X)
        assert visitor.come_back(Provider.META, code=CODE, state=state).status_code == 400

    def test_another_browser_is_refused_and_does_not_use_up_the_flow(self, site, visitor):
        state = visitor.begin(Provider.X)
        answer = site.visitor().come_back(Provider.X, code=CODE, state=state)
        assert answer.status_code == 403
        assert "begun in another browser" in sentence(answer)
        assert len(flows(site)) == 1
        assert visitor.come_back(Provider.X, code=CODE, state=state).status_code == 303

    def test_another_browser_with_a_stolen_session_is_refused(self, site, visitor):
        """The session cookie alone is not enough: the flow is bound to the browser's own cookie, too."""
        state = visitor.begin(Provider.X)
        thief = site.visitor()
        thief.client.cookies.set("_streamlit_session", visitor.client.cookies["_streamlit_session"])
        answer = thief.come_back(Provider.X, code=CODE, state=state)
        assert answer.status_code == 403
        assert site.accounts.signed_in == []

    def test_a_replay_with_the_old_session_is_refused(self, visitor):
        state = visitor.begin(Provider.X)
        old = visitor.client.cookies["_streamlit_session"]
        assert visitor.come_back(Provider.X, code=CODE, state=state).status_code == 303
        answer = visitor.come_back(Provider.X, code=CODE, state=state)
        assert answer.status_code == 400
        assert "not known here" in sentence(answer)
        bind_cookie = visitor.bind_cookie
        visitor.client.cookies.clear()
        visitor.client.cookies.update({"_streamlit_session": old, "tideline_bind": bind_cookie})
        answer = visitor.come_back(Provider.X, code=CODE, state=state)
        assert answer.status_code == 400
        assert "has been used already" in sentence(answer)

    def test_a_second_start_takes_the_place_of_the_first(self, site, visitor):
        first, second = visitor.begin(Provider.X), visitor.begin(Provider.X)
        answer = visitor.come_back(Provider.X, code=CODE, state=first)
        assert answer.status_code == 400
        assert "A newer sign-in" in sentence(answer)
        assert visitor.come_back(Provider.X, code=CODE, state=second).status_code == 303

    def test_a_flow_ends_after_ten_minutes(self, visitor, clock, traveller):
        state = visitor.begin(Provider.X)
        clock.advance(timedelta(seconds=FLOW_LIFE_S))
        traveller.shift(FLOW_LIFE_S)
        answer = visitor.come_back(Provider.X, code=CODE, state=state)
        assert answer.status_code == 410
        assert "longer than ten minutes" in sentence(answer)

    def test_an_ended_flow_that_was_cleared_away_says_the_same(self, site, visitor, clock, traveller):
        state = visitor.begin(Provider.X)
        clock.advance(timedelta(hours=1))
        traveller.shift(3600)
        with site.database.transaction() as session:
            session.query(OAuthFlow).delete()
        assert visitor.come_back(Provider.X, code=CODE, state=state).status_code == 410


class TestProviderSaysNo:
    @pytest.mark.parametrize("error", ["access_denied", "user_cancelled_login", "user_cancelled_authorize"])
    def test_a_denial(self, site, visitor, error):
        state = visitor.begin(Provider.LINKEDIN)
        answer = visitor.come_back(Provider.LINKEDIN, error=error, state=state, error_description="Secret <b>words</b>")
        assert answer.status_code == 403
        assert "You did not allow Tideline to read from LinkedIn" in sentence(answer)
        assert "words" not in answer.text
        assert_nothing_stored(site)
        assert flows(site) == []

    def test_a_denial_needs_its_state_too(self, visitor):
        assert visitor.come_back(Provider.X, error="access_denied").status_code == 400

    def test_a_scope_that_the_app_does_not_have(self, site, visitor):
        state = visitor.begin(Provider.LINKEDIN)
        answer = visitor.come_back(Provider.LINKEDIN, error="unauthorized_scope_error", state=state)
        assert answer.status_code == 502
        assert "Platform apps lists the products" in sentence(answer)
        assert way_on(answer) == "/apps"

    @pytest.mark.parametrize(
        ("error", "shown"), [("server_error", "(server_error)"), ("<script>alert(1)</script>", "an error:")]
    )
    def test_an_unknown_error(self, site, visitor, error, shown):
        state = visitor.begin(Provider.X)
        answer = visitor.come_back(Provider.X, error=error, state=state)
        assert answer.status_code == 502
        assert shown in sentence(answer)
        assert "<script>" not in answer.text
        assert_nothing_stored(site)

    @pytest.mark.parametrize("query", [{}, {"code": ""}, {"code": "#_"}, {"token": "abc"}])
    def test_neither_code_nor_error(self, site, visitor, query):
        state = visitor.begin(Provider.INSTAGRAM)
        answer = visitor.come_back(Provider.INSTAGRAM, state=state, **query)
        assert answer.status_code == 502
        assert "neither a code nor an error" in sentence(answer)
        assert_nothing_stored(site)


class TestExchange:
    @pytest.mark.parametrize(
        ("error", "status", "words"),
        [
            (ReconnectNeededError("X no longer accepts this login."), 400, "did not take the sign-in's code"),
            (OperatorNeededError("X does not accept our app: check its secret."), 502, "does not accept our app"),
            (RateLimitedError("wait", retry_at=NOW), 503, "until 09:30 UTC"),
            (TransientError("X could not be asked; it is tried again."), 502, "no usable answer"),
            (MalformedAnswerError("nonsense", answer="<html>"), 502, "no usable answer"),
            (GoneError("not yours"), 502, "no usable answer"),
            (ConfigError("The stored tokens cannot be read."), 503, "cannot be read"),
        ],
    )
    def test_an_error_is_one_sentence_and_stores_nothing(self, site, visitor, accounts, error, status, words):
        accounts.error = error
        state = visitor.begin(Provider.X)
        answer = visitor.come_back(Provider.X, code=CODE, state=state)
        assert answer.status_code == status
        assert words in sentence(answer)
        assert "tried again" not in sentence(answer)
        assert_nothing_stored(site)
        assert flows(site) == []

    def test_a_fault_of_our_own_tells_nothing(self, site, visitor, accounts):
        accounts.error = ValueError(f"boom {CODE}")
        state = visitor.begin(Provider.X)
        answer = visitor.come_back(Provider.X, code=CODE, state=state)
        assert answer.status_code == 500
        assert "fault of its own" in sentence(answer)
        assert CODE not in answer.text

    def test_scopes_that_were_declined(self, site, visitor, accounts):
        accounts.login = lambda provider: FakeLogin(provider, [], ("rw_organization_admin",))
        state = visitor.begin(Provider.LINKEDIN)
        answer = visitor.come_back(Provider.LINKEDIN, code=CODE, state=state)
        assert answer.status_code == 403
        assert "were not given: rw_organization_admin" in sentence(answer)
        assert_nothing_stored(site)

    def test_some_declined_scopes_are_the_choosers_to_tell(self, visitor, accounts):
        accounts.login = lambda provider: FakeLogin(provider, ["a page"], ("read_insights",))
        state = visitor.begin(Provider.META)
        assert visitor.come_back(Provider.META, code=CODE, state=state).status_code == 303

    def test_a_login_that_administers_nothing(self, site, visitor, accounts):
        accounts.login = lambda provider: FakeLogin(provider, [], (), "<i>Ana</i>")
        state = visitor.begin(Provider.META)
        answer = visitor.come_back(Provider.META, code=CODE, state=state)
        assert answer.status_code == 403
        assert sentence(answer).startswith("The login <i>Ana</i> may read no page")
        assert "<i>" not in answer.text
        assert_nothing_stored(site)

    def test_the_log_tells_the_error_without_the_code(self, visitor, accounts, caplog):
        caplog.set_level(logging.DEBUG)
        accounts.error = TransientError("X could not be asked for a token (ConnectTimeout).")
        state = visitor.begin(Provider.X)
        visitor.come_back(Provider.X, code=CODE, state=state)
        assert "ConnectTimeout" in caplog.text
        ours = [record.getMessage() for record in caplog.records if record.name.startswith("core.")]
        assert not any(CODE in line or state in line for line in ours)
