"""Sign-ins all the way: real routes, real database, and the sandbox over HTTP in the platforms' place."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from core.domain import Platform, Provider
from core.ops.accounts import list_connected
from core.ops.businesses import ensure_business
from core.ops.models import OAuthFlow, PendingLogin, Token
from core.scopes import SCOPES
from tests.conftest import NOW
from tests.web.site import sentence

pytestmark = pytest.mark.integration

PLATFORMS = {
    Provider.LINKEDIN: {Platform.LINKEDIN},
    Provider.X: {Platform.X},
    Provider.META: {Platform.FACEBOOK, Platform.INSTAGRAM},
    Provider.INSTAGRAM: {Platform.INSTAGRAM},
}


@pytest.fixture
def visitor(real):
    return real.visitor()


@pytest.fixture
def logins(sandbox):
    return [login["login"] for login in sandbox.world()["logins"]]


@pytest.fixture
def business_id(database):
    with database.transaction() as session:
        return ensure_business(session, "Harborlight", timezone="UTC", now=NOW).id


def pending_of(real, visitor, answer):
    assert answer.status_code == 303, answer.text
    pending_id = parse_qs(urlsplit(answer.headers["location"]).query)["login"][0]
    return real.accounts.find_pending(pending_id, real.tickets.browser(visitor.bind_cookie))


def connect_all(real, visitor, answer, business_id):
    pending = pending_of(real, visitor, answer)
    chosen = [(one.platform, one.external_id) for one in pending.login.connectable if one.problem is None]
    browser = real.tickets.browser(visitor.bind_cookie)
    return real.accounts.connect_pending(pending.id, browser, chosen=chosen, business_id=business_id)


def stored(real):
    with real.database.reading() as session:
        return [session.query(model).count() for model in (OAuthFlow, PendingLogin, Token)]


@pytest.mark.parametrize("provider", list(Provider))
def test_a_sign_in_brings_what_the_login_may_connect(real, visitor, logins, provider):
    pending = pending_of(real, visitor, visitor.sign_in(provider, logins[0]))
    assert {one.platform for one in pending.login.connectable} == PLATFORMS[provider]
    assert pending.login.missing_scopes == ()
    assert stored(real) == [0, 1, 0]


def test_nothing_of_it_is_stored_in_the_clear(real, visitor, logins):
    grant = pending_of(real, visitor, visitor.sign_in(Provider.X, logins[0])).login.grant
    kept = real.settings.data_dir.glob("operations.db*")
    written = b"".join(path.read_bytes() for path in kept)
    assert grant.access_token.encode() not in written
    assert grant.refresh_token.encode() not in written


def test_a_reconnect_repairs_every_account_of_the_login_in_place(real, visitor, logins, business_id):
    before = connect_all(real, visitor, visitor.sign_in(Provider.META, logins[0]), business_id)
    with real.database.transaction() as session:
        for token in session.query(Token):
            token.broken_at = NOW
    answer = visitor.sign_in(Provider.META, logins[0], account_id=before[0].id)
    assert answer.headers["location"] == f"/accounts?reconnected={before[0].id}"
    with real.database.reading() as session:
        after = list_connected(session)
        assert [account.id for account in after] == [account.id for account in before]
        assert {account.token.broken_at for account in after} == {None}
    assert stored(real)[:2] == [0, 0]


def test_a_reconnect_by_somebody_else_changes_nothing(real, visitor, logins, business_id):
    (account,) = connect_all(real, visitor, visitor.sign_in(Provider.X, logins[0]), business_id)
    answer = visitor.sign_in(Provider.X, logins[1], account_id=account.id)
    assert answer.status_code == 409
    assert f"cannot read {account.name}" in sentence(answer)
    assert stored(real)[2] == 1


@pytest.mark.parametrize("provider", list(Provider))
def test_permissions_left_out_are_named(real, visitor, logins, provider):
    lasting, *left_out = SCOPES[provider]
    answer = visitor.sign_in(provider, logins[0], keep=[lasting])
    assert answer.status_code == 403 if provider is not Provider.INSTAGRAM else 303
    if answer.status_code == 403:
        assert all(scope in sentence(answer) for scope in left_out)
        assert stored(real) == [0, 0, 0]
    else:
        assert pending_of(real, visitor, answer).login.missing_scopes == tuple(left_out)


def test_a_code_that_was_used_before_is_refused(real, visitor, logins):
    """The flow is fresh and the browser the right one, but somebody has exchanged the code already."""
    code = parse_qs(urlsplit(visitor.way_back(Provider.LINKEDIN, logins[0])).query)["code"][0]
    for expected in (303, 400):
        state = visitor.begin(Provider.LINKEDIN)
        answer = visitor.come_back(Provider.LINKEDIN, code=code, state=state)
        assert answer.status_code == expected
    assert "did not take the sign-in's code" in sentence(answer)
    assert stored(real)[1:] == [1, 0]  # the first code's login alone


def test_a_code_that_came_too_late_is_refused(real, visitor, logins, sandbox, clock):
    back = visitor.way_back(Provider.X, logins[0])
    clock.advance(timedelta(seconds=31))
    sandbox.move_clock(clock.now())
    answer = visitor.get(back)
    assert answer.status_code == 400
    assert "did not take the sign-in's code" in sentence(answer)
    assert stored(real) == [0, 0, 0]


NONSENSE = [
    {"status": 200, "body": "<html>down for maintenance</html>"},
    {"status": 200, "body": {"access_token": None}},
    {"status": 200, "body": []},
    {"status": 503, "body": {"error": "overloaded"}},
]


@pytest.mark.parametrize("answer", NONSENSE)
def test_a_provider_that_answers_nonsense(real, visitor, logins, sandbox, answer):
    back = visitor.way_back(Provider.LINKEDIN, logins[0])
    sandbox.play({"account": "linkedin/*", "fault": "exact_answer", "endpoint": "token", **answer})
    page = visitor.get(back)
    assert page.status_code == 502
    assert sentence(page) == "LinkedIn gave no usable answer, so no account was connected: try again in a few minutes."
    assert stored(real) == [0, 0, 0]


def test_a_provider_that_refuses_our_app(real, visitor, logins, sandbox):
    back = visitor.way_back(Provider.LINKEDIN, logins[0])
    refusal = {"status": 401, "body": {"error": "invalid_client", "error_description": "secret=hush"}}
    sandbox.play({"account": "linkedin/*", "fault": "exact_answer", "endpoint": "token", **refusal})
    page = visitor.get(back)
    assert page.status_code == 502
    assert "check its client id" in sentence(page)
    assert "hush" not in page.text


def test_a_list_of_accounts_that_is_nonsense(real, visitor, logins, sandbox):
    back = visitor.way_back(Provider.LINKEDIN, logins[0])
    sandbox.play({"account": "linkedin/*", "fault": "wrong_shape", "endpoint": "pages"})
    page = visitor.get(back)
    assert page.status_code == 502
    assert stored(real) == [0, 0, 0]
