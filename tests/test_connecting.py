"""From a sign-in to accounts: kept encrypted for one browser, taken once, connected all together, repaired, disconnected."""

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from core.clock import MovableClock
from core.demo import _sign_in
from core.domain import Platform, Provider, RunState, RunTrigger
from core.errors import AppError, ConfigError, ReconnectNeededError, TransientError
from core.fetchers.grants import GrantedAccess
from core.fetchers.transport import Transport
from core.ops import runs
from core.ops.accounts import get_account, list_connected
from core.ops.businesses import archive_business, create_business, remove_business
from core.ops.first_runs import request_sync
from core.ops.models import Account, Activity, PendingLogin, SyncRun, Token
from core.wiring import open_accounts
from tests.conftest import NOW
from tests.stage import open_sandbox, stage_settings

pytestmark = pytest.mark.integration

HERE, ELSEWHERE = "digest-of-this-browser", "digest-of-another"


@pytest.fixture(scope="module")
def sandbox():
    with open_sandbox("--businesses", "2", "--now", NOW.isoformat()) as sandbox:
        yield sandbox


@pytest.fixture
def settings(sandbox, tmp_path):
    sandbox.move_clock(NOW)
    sandbox.play()
    return stage_settings(sandbox.port, tmp_path / "data")


@pytest.fixture
def transport():
    transport = Transport(MovableClock(NOW))
    yield transport
    transport.close()


@pytest.fixture
def accounts(settings, database, clock):
    with open_accounts(settings, clock) as (_, accounts):
        yield accounts


@pytest.fixture
def business_id(database):
    with database.transaction() as session:
        return create_business(session, "Aurora Group", timezone="Europe/Berlin", now=NOW).id


@pytest.fixture
def sign_in(sandbox, accounts, transport):
    """A real sign-in at the sandbox, as its first or second login."""
    logins = [login["login"] for login in sandbox.world()["logins"]]
    return lambda provider, who=0: _sign_in(provider, logins[who], accounts, transport)


@pytest.fixture
def keep(accounts, sign_in):
    def keep_one(provider, who=0, **begun_for):
        login = sign_in(provider, who)
        begun = {"business_id": None, "account_id": None, **begun_for}
        return accounts.keep_pending(login, browser=HERE, person="local", **begun), keys(login)

    return keep_one


@pytest.fixture
def connect(accounts, keep, business_id):
    """Sign in and connect all there is."""

    def connect_all(provider, who=0, business=None):
        pending_id, chosen = keep(provider, who)
        return accounts.connect_pending(pending_id, HERE, chosen=chosen, business_id=business or business_id)

    return connect_all


def keys(login):
    return [(found.platform, found.external_id) for found in login.connectable if found.problem is None]


def rows(database, model):
    with database.reading() as session:
        return session.query(model).order_by(model.id).all()


def told(database):
    """What was written down: kind, person, business and text."""
    return [(one.kind, one.person, one.business_id, one.text) for one in rows(database, Activity)]


def requested(database):
    with database.reading() as session:
        return [
            (run.business_id, run.account_id, sorted(step.account_id for step in run.steps))
            for run in reversed(runs.list_runs(session))
            if run.state is RunState.REQUESTED
        ]


@pytest.mark.parametrize("provider", list(Provider))
def test_a_sign_in_knows_whose_it_is_and_what_it_was_granted(sign_in, provider):
    login = sign_in(provider)
    assert login.owner_id
    assert login.scopes
    assert login.missing_scopes == ()
    assert keys(login)


def test_a_login_that_waits_is_encrypted_and_comes_back_whole(accounts, keep, sign_in, database, business_id):
    pending_id, _ = keep(Provider.META, business_id=business_id)
    (stored,) = rows(database, PendingLogin)
    found = accounts.find_pending(pending_id, HERE)
    assert len(pending_id) >= 40
    assert found.login.grant.access_token.encode() not in stored.login
    assert (found.provider, found.business_id, found.account_id) == (Provider.META, business_id, None)
    assert found.login.connectable[0].own_token
    assert found.expires_at == NOW + timedelta(minutes=10)


def test_a_login_that_waits_shows_no_token(accounts, keep):
    pending_id, _ = keep(Provider.META)
    found = accounts.find_pending(pending_id, HERE)
    assert found.login.grant.access_token not in repr(found)
    assert found.login.connectable[0].own_token not in repr(found)


def test_only_its_own_browser_finds_a_login_and_for_ten_minutes(accounts, keep, clock):
    pending_id, _ = keep(Provider.X)
    assert accounts.find_pending(pending_id, ELSEWHERE) is None
    assert accounts.find_pending("guessed", HERE) is None
    clock.advance(timedelta(minutes=9, seconds=59))
    assert accounts.find_pending(pending_id, HERE) is not None
    clock.advance(timedelta(seconds=1))
    assert accounts.find_pending(pending_id, HERE) is None


def test_what_was_chosen_is_connected_and_its_first_sync_asked_for(accounts, keep, database, business_id):
    pending_id, chosen = keep(Provider.META)
    connected = accounts.connect_pending(pending_id, HERE, chosen=chosen[:1], business_id=business_id)
    assert [(account.platform, account.external_id) for account in connected] == chosen[:1]
    assert connected[0].business.name == "Aurora Group"
    assert connected[0].token.owner_name
    assert requested(database) == [(business_id, None, [connected[0].id])]
    assert accounts.open_account(connected[0]).get(f"/{connected[0].external_id}?fields=id").status == 200


def test_who_connected_and_disconnected_what_is_written_down(accounts, keep, database, business_id):
    pending_id, chosen = keep(Provider.X)
    (account,) = accounts.connect_pending(pending_id, HERE, chosen=chosen, business_id=business_id)
    accounts.disconnect(account.id, by="Mira")
    accounts.disconnect(account.id, by="Mira")
    assert told(database) == [
        ("connected", "local", business_id, f"{account.name} was connected."),
        ("disconnected", "Mira", business_id, f"{account.name} was disconnected; its history stays."),
    ]


def test_a_second_press_connects_nothing(accounts, keep, database, business_id):
    pending_id, chosen = keep(Provider.X)
    accounts.connect_pending(pending_id, HERE, chosen=chosen, business_id=business_id)
    with pytest.raises(AppError, match="used already"):
        accounts.connect_pending(pending_id, HERE, chosen=chosen, business_id=business_id)
    assert len(rows(database, Account)) == 1
    assert rows(database, PendingLogin) == []


def test_another_browser_cannot_take_a_login_and_does_not_use_it_up(accounts, keep, database, business_id):
    pending_id, chosen = keep(Provider.X)
    with pytest.raises(AppError, match="used already, or it is older"):
        accounts.connect_pending(pending_id, ELSEWHERE, chosen=chosen, business_id=business_id)
    assert rows(database, Token) == []
    accounts.connect_pending(pending_id, HERE, chosen=chosen, business_id=business_id)


@pytest.mark.parametrize("chosen", [[], [(Platform.X, "1")], [(Platform.LINKEDIN, "of somebody else")]])
def test_only_what_the_login_lists_can_be_chosen(accounts, keep, database, business_id, chosen):
    pending_id, _ = keep(Provider.LINKEDIN)
    with pytest.raises(AppError, match="Choose at least one"):
        accounts.connect_pending(pending_id, HERE, chosen=chosen, business_id=business_id)
    assert rows(database, Account) == rows(database, Token) == []
    assert accounts.find_pending(pending_id, HERE) is not None


def test_a_page_with_a_problem_cannot_be_chosen(accounts, sign_in, business_id, database):
    login = sign_in(Provider.LINKEDIN)
    troubled = replace(login.connectable[0], problem="Your role there is analyst.")
    pending_id = accounts.keep_pending(
        replace(login, connectable=[troubled]), browser=HERE, person="local", business_id=None, account_id=None
    )
    key = (troubled.platform, troubled.external_id)
    with pytest.raises(AppError, match="Your role there is analyst"):
        accounts.connect_pending(pending_id, HERE, chosen=[key], business_id=business_id)
    assert rows(database, Account) == []


def test_an_account_of_another_business_is_refused_by_name(accounts, connect, keep, database, business_id):
    connect(Provider.X)
    with database.transaction() as session:
        other = create_business(session, "Borealis", timezone="UTC", now=NOW).id
    pending_id, chosen = keep(Provider.X)
    with pytest.raises(AppError, match="belongs to the business Aurora Group: move it"):
        accounts.connect_pending(pending_id, HERE, chosen=chosen, business_id=other)
    assert rows(database, Account)[0].business_id == business_id


def test_nothing_is_connected_to_an_archived_business(accounts, keep, database, business_id):
    with database.transaction() as session:
        archive_business(session, business_id, now=NOW)
    pending_id, chosen = keep(Provider.X)
    with pytest.raises(ConfigError, match="Aurora Group is archived"):
        accounts.connect_pending(pending_id, HERE, chosen=chosen, business_id=business_id)


def test_a_sync_that_another_process_asks_for_in_the_same_moment_costs_no_connection(
    accounts, connect, keep, database, business_id, mocker
):
    """PostgreSQL lets both look before either has written; the index then lets one of the two in."""
    (page,) = connect(Provider.X)
    with database.transaction() as session:
        mocker.patch.object(session, "scalar", return_value=None)
        request_sync(session, business_id, [page.id], RunTrigger.MANUAL, now=NOW)
    assert requested(database) == [(business_id, None, [page.id])]


@pytest.mark.parametrize("gone", ["account", "business"])
def test_what_a_sign_in_was_begun_for_may_be_deleted_meanwhile(accounts, connect, keep, database, business_id, gone):
    (page,) = connect(Provider.X)
    begun_for = {"account_id": page.id} if gone == "account" else {"business_id": business_id}
    with database.transaction() as session:
        remove_business(session, business_id)
    if gone == "account":
        with pytest.raises(AppError, match="is gone, with its business: nothing was stored"):
            keep(Provider.X, **begun_for)
        assert rows(database, PendingLogin) == []
    else:
        pending_id, _ = keep(Provider.X, **begun_for)
        assert accounts.find_pending(pending_id, HERE).business_id is None


def test_the_login_that_read_an_account_before_is_forgotten(accounts, connect, sign_in, database, business_id):
    connect(Provider.LINKEDIN)
    login = replace(sign_in(Provider.LINKEDIN), owner_id="colleague")
    pending_id = accounts.keep_pending(login, browser=HERE, person="local", business_id=None, account_id=None)
    accounts.connect_pending(pending_id, HERE, chosen=keys(login), business_id=business_id)
    assert [token.owner_id for token in rows(database, Token)] == ["colleague"]


def test_what_a_platform_tells_at_length_fits_its_column(accounts, sign_in, database, business_id):
    login = sign_in(Provider.X)
    endless = replace(login.connectable[0], name="n" * 501, handle="h" * 501, avatar_url="https://a.test/" + "u" * 2000)
    pending_id = accounts.keep_pending(
        replace(login, connectable=[endless]), browser=HERE, person="local", business_id=None, account_id=None
    )
    accounts.connect_pending(pending_id, HERE, chosen=keys(login), business_id=business_id)
    (account,) = rows(database, Account)
    assert [len(told) for told in (account.name, account.handle, account.avatar_url)] == [500, 500, 2000]


def test_accounts_that_come_while_a_run_is_at_work_get_runs_of_their_own(connect, database, business_id):
    connect(Provider.X)
    with database.transaction() as session:
        runs.claim_run(session, "sidecar", now=NOW)
    (page,) = connect(Provider.LINKEDIN)
    assert requested(database) == [(business_id, page.id, [page.id])]


class TestReconnecting:
    def test_every_account_of_the_login_is_repaired_in_place(self, accounts, connect, keep, database, clock):
        before = connect(Provider.META)
        with database.transaction() as session:
            token = session.query(Token).one()
            token.broken_at, token.broken_reason = NOW, "ended"
            for account in session.query(Account):
                account.page_token = b"spoilt"
            session.query(SyncRun).delete()
        pending_id, _ = keep(Provider.META, account_id=before[0].id)
        repaired = accounts.reconnect_pending(pending_id, HERE)
        assert {account.id for account in repaired} == {account.id for account in before}
        assert [token.broken_at for token in rows(database, Token)] == [None]
        for account in repaired:
            assert accounts.open_account(account).get(f"/{account.external_id}?fields=id").status == 200
        (run,) = requested(database)
        assert run[2] == sorted(account.id for account in before)
        again = [one for one in told(database) if one[0] == "reconnected"]
        assert len(again) == len(before)
        assert again[0][1] == "local"

    def test_an_account_of_an_archived_business_is_repaired_and_not_synced(
        self, accounts, connect, keep, database, business_id
    ):
        first, second = connect(Provider.META)[:2]
        with database.transaction() as session:
            other = create_business(session, "Borealis", timezone="UTC", now=NOW).id
            session.get_one(Account, second.id).business_id = other
            archive_business(session, other, now=NOW)
            session.query(SyncRun).delete()
        pending_id, _ = keep(Provider.META, account_id=first.id)
        repaired = accounts.reconnect_pending(pending_id, HERE)
        assert second.id in {account.id for account in repaired}
        assert {business for business, _, _ in requested(database)} == {business_id}

    def test_another_login_that_cannot_read_the_account_changes_nothing(self, accounts, connect, keep, database):
        (page,) = connect(Provider.LINKEDIN)
        before = rows(database, Token)[0].access_token
        pending_id, _ = keep(Provider.LINKEDIN, who=1, account_id=page.id)
        with pytest.raises(AppError, match=r"You signed in as .*, whose login cannot read .*: nothing was changed"):
            accounts.reconnect_pending(pending_id, HERE)
        assert [token.access_token for token in rows(database, Token)] == [before]
        assert accounts.find_pending(pending_id, HERE) is None  # nothing is kept of the login that was no use

    def test_a_colleague_who_can_read_the_account_takes_it_over(self, accounts, connect, sign_in, database):
        (page,) = connect(Provider.LINKEDIN)
        login = replace(sign_in(Provider.LINKEDIN), owner_id="colleague", owner_name="Bo Berg")
        pending_id = accounts.keep_pending(login, browser=HERE, person="local", business_id=None, account_id=page.id)
        (taken,) = accounts.reconnect_pending(pending_id, HERE)
        assert (taken.id, taken.token.owner_name) == (page.id, "Bo Berg")
        assert [token.owner_name for token in rows(database, Token)] == ["Bo Berg"]

    def test_a_disconnected_account_comes_back_with_its_id(self, accounts, connect, keep, database):
        (page,) = connect(Provider.LINKEDIN)
        accounts.disconnect(page.id)
        pending_id, _ = keep(Provider.LINKEDIN, account_id=page.id)
        (back,) = accounts.reconnect_pending(pending_id, HERE)
        assert (back.id, back.disconnected_at) == (page.id, None)

    def test_a_second_reconnect_with_the_same_sign_in_is_refused(self, accounts, connect, keep):
        (page,) = connect(Provider.LINKEDIN)
        pending_id, _ = keep(Provider.LINKEDIN, account_id=page.id)
        accounts.reconnect_pending(pending_id, HERE)
        with pytest.raises(AppError, match="used already"):
            accounts.reconnect_pending(pending_id, HERE)


class TestOpening:
    def test_an_account_that_was_loaded_before_a_new_sign_in_is_read_with_the_new_login(
        self, accounts, connect, keep, database, clock
    ):
        (page,) = connect(Provider.X)
        pending_id, _ = keep(Provider.X, account_id=page.id)
        accounts.reconnect_pending(pending_id, HERE)
        newest = accounts._vault.decrypt(rows(database, Token)[0].access_token)
        assert newest != accounts._vault.decrypt(page.token.access_token)
        assert accounts.open_account(page)._headers["Authorization"] == f"Bearer {newest}"

    def test_a_disconnected_account_has_no_login(self, accounts, connect):
        (page,) = connect(Provider.LINKEDIN)
        accounts.disconnect(page.id)
        with pytest.raises(ReconnectNeededError, match="no login any more"):
            accounts.open_account(page)


class TestDisconnecting:
    def test_the_grant_is_given_back_and_forgotten_and_the_account_stays(self, accounts, connect, database, settings):
        (page,) = connect(Provider.X)
        access_token = accounts._vault.decrypt(page.token.access_token)
        assert accounts.disconnect(page.id) is None
        asked = httpx.get(f"{settings.x_api_url}/users/me", headers={"Authorization": f"Bearer {access_token}"})
        assert asked.status_code == 401
        assert rows(database, Token) == []
        with database.reading() as session:
            account = get_account(session, page.id)
            assert list_connected(session) == []
        assert (account.name, account.disconnected_at, account.page_token) == (page.name, NOW, None)

    def test_a_grant_that_others_use_is_kept(self, accounts, connect, database, mocker):
        revoke = mocker.patch("core.accounts.revoke_grant")
        first, *others = connect(Provider.META)
        assert accounts.disconnect(first.id) is None
        assert revoke.call_count == 0
        assert len(rows(database, Token)) == 1
        for account in others:
            accounts.disconnect(account.id)
        assert revoke.call_count == 1
        assert rows(database, Token) == []

    def test_a_platform_that_does_not_answer_keeps_nobody_from_disconnecting(self, accounts, connect, database, mocker):
        mocker.patch("core.accounts.revoke_grant", side_effect=TransientError("X is down."))
        (page,) = connect(Provider.X)
        assert "X did not take the login back: X is down. Tideline no longer uses it" in accounts.disconnect(page.id)
        assert rows(database, Token) == []

    def test_disconnecting_twice_is_harmless(self, accounts, connect, database, clock):
        (page,) = connect(Provider.X)
        accounts.disconnect(page.id)
        clock.advance(timedelta(hours=1))
        assert accounts.disconnect(page.id) is None
        assert rows(database, Account)[0].disconnected_at == NOW


def test_declined_essentials_end_in_a_login_that_reaches_nothing(accounts, sign_in, mocker):
    mocker.patch("core.accounts.fetch_access", return_value=GrantedAccess(("rw_organization_admin",)))
    login = sign_in(Provider.LINKEDIN)
    assert (login.connectable, login.missing_scopes) == ([], ("r_organization_social",))


def test_a_declined_extra_is_told_and_the_rest_can_be_connected(accounts, sign_in, mocker):
    granted = ("pages_show_list", "pages_read_engagement", "read_insights", "business_management")
    mocker.patch("core.accounts.fetch_access", return_value=GrantedAccess(granted))
    login = sign_in(Provider.META)
    assert login.missing_scopes == ("instagram_basic", "instagram_manage_insights")
    assert login.connectable


def test_an_app_that_is_known_passes_and_one_that_is_not_gets_a_sentence(accounts, settings, mocker):
    for provider in Provider:
        accounts.check_app(provider)
    with pytest.raises(AppError, match="LinkedIn does not accept our app"):
        wrong = settings.model_copy(update={"linkedin_client_secret": type(settings.linkedin_client_secret)("wrong")})
        mocker.patch.object(accounts, "_settings", wrong)
        accounts.check_app(Provider.LINKEDIN)


def test_a_run_that_is_requested_for_a_manual_connect_says_so(connect, database):
    connect(Provider.X)
    assert [run.trigger for run in rows(database, SyncRun)] == [RunTrigger.MANUAL]
