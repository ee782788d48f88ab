"""Tokens: refreshed once, stored before they are used, never lost to a database that cannot write, never over a new login."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from core.accounts import Accounts
from core.domain import Platform, Provider
from core.errors import ReconnectNeededError, TransientError
from core.fetchers.oauth import Grant
from core.fetchers.transport import Transport
from core.ops import tokens
from core.ops.accounts import get_account, save_account
from core.ops.businesses import ensure_business
from core.ops.models import Account, Token
from core.ops.tokens import EncryptedGrant
from core.vault import Vault
from tests.conftest import NOW

pytestmark = pytest.mark.integration

HOUR = timedelta(hours=1)


class Provided:
    """What the provider answers to a refresh; counts how often it was asked."""

    def __init__(self):
        self.asked = 0
        self.error = None
        self.meanwhile = lambda: None

    def __call__(self, app, grant, *, api_version, now):
        self.asked += 1
        self.meanwhile()
        if self.error:
            raise self.error
        refresh = grant.refresh_token and f"refresh-{self.asked}"
        return Grant(f"access-{self.asked}", refresh, now + 2 * HOUR)


@pytest.fixture
def provided(mocker):
    return mocker.patch("core.grants.refresh_grant", Provided())


@pytest.fixture
def vault(settings, database):
    return Vault.open(settings)


@pytest.fixture
def accounts(settings, database, vault, clock):
    transport = Transport(clock)
    yield Accounts(database=database, vault=vault, transport=transport, settings=settings, clock=clock)
    transport.close()


@pytest.fixture
def connect(database, vault):
    def connect_one(platform=Platform.X, *, expires_in=2 * HOUR, refresh="refresh-0", page_token=None):
        grant = EncryptedGrant(
            vault.encrypt("access-0"), refresh and vault.encrypt(refresh), NOW + expires_in, None, "tweet.read"
        )
        with database.transaction() as session:
            business = ensure_business(session, "Aurora", timezone="UTC", now=NOW)
            token = tokens.save_token(session, platform.provider, "owner", grant, now=NOW)
            account = Account(
                business_id=business.id,
                token_id=token.id,
                platform=platform,
                external_id="1",
                name="a",
                connected_at=NOW,
                page_token=page_token and vault.encrypt(page_token),
            )
            return save_account(session, account).id

    return connect_one


def loaded(accounts, account_id):
    with accounts._database.reading() as session:
        return get_account(session, account_id)


def stored(database, vault):
    with database.reading() as session:
        token = session.query(Token).one()
    return vault.decrypt(token.access_token), token.broken_at


def bearer(session):
    return session._headers["Authorization"].removeprefix("Bearer ")


def test_a_token_that_lasts_is_used_as_it_is(accounts, connect, provided):
    assert bearer(accounts.open_account(loaded(accounts, connect()))) == "access-0"
    assert provided.asked == 0


def test_a_token_about_to_end_is_refreshed_and_stored_first(accounts, connect, provided, database, vault, clock):
    account_id = connect()
    clock.advance(2 * HOUR)
    assert bearer(accounts.open_account(loaded(accounts, account_id))) == "access-1"
    assert stored(database, vault)[0] == "access-1"
    assert bearer(accounts.open_account(loaded(accounts, account_id))) == "access-1"
    assert provided.asked == 1


def test_a_pair_that_could_not_be_stored_is_kept_until_it_can(
    accounts, connect, provided, database, vault, clock, mocker
):
    account_id = connect()
    clock.advance(2 * HOUR)
    failing = mocker.patch(
        "core.grants.tokens.save_refreshed", side_effect=OperationalError("x", {}, Exception("disk full"))
    )
    with pytest.raises(OperationalError):
        accounts.open_account(loaded(accounts, account_id))
    mocker.stop(failing)
    assert bearer(accounts.open_account(loaded(accounts, account_id))) == "access-1"
    assert provided.asked == 1
    assert stored(database, vault)[0] == "access-1"


def test_a_database_that_cannot_write_is_noticed_before_x_is_asked(accounts, connect, provided, clock, mocker):
    account_id = connect()
    clock.advance(2 * HOUR)
    mocker.patch("core.grants.tokens.check_writable", side_effect=OperationalError("x", {}, Exception("locked")))
    with pytest.raises(OperationalError):
        accounts.open_account(loaded(accounts, account_id))
    assert provided.asked == 0


def test_a_person_who_signs_in_during_a_refresh_keeps_her_new_login(
    accounts, connect, provided, database, vault, clock
):
    account_id = connect()
    clock.advance(2 * HOUR)

    def sign_in_again():
        grant = EncryptedGrant(vault.encrypt("new-login"), vault.encrypt("r"), NOW + 5 * HOUR, None, "")
        with database.transaction() as session:
            tokens.save_token(session, Provider.X, "owner", grant, now=NOW)

    provided.meanwhile = sign_in_again
    assert bearer(accounts.open_account(loaded(accounts, account_id))) == "new-login"
    provided.error = ReconnectNeededError("spent")
    assert stored(database, vault) == ("new-login", None)


def test_a_refused_refresh_breaks_the_grant_that_was_refused_and_no_newer_one(
    accounts, connect, provided, database, vault, clock
):
    account_id = connect()
    clock.advance(2 * HOUR)
    provided.error = ReconnectNeededError("X no longer accepts this login.")
    with pytest.raises(ReconnectNeededError):
        accounts.open_account(loaded(accounts, account_id))
    assert stored(database, vault)[1] == clock.now()
    with pytest.raises(ReconnectNeededError, match="no longer accepts"):
        accounts.open_account(loaded(accounts, account_id))
    assert provided.asked == 1


def test_a_passing_fault_of_the_token_endpoint_breaks_nothing(accounts, connect, provided, database, vault, clock):
    account_id = connect()
    clock.advance(2 * HOUR)
    provided.error = TransientError("503")
    with pytest.raises(TransientError):
        accounts.open_account(loaded(accounts, account_id))
    assert stored(database, vault) == ("access-0", None)


def test_without_a_refresh_token_a_login_is_used_to_its_end(accounts, connect, provided, clock):
    account_id = connect(Platform.LINKEDIN, expires_in=timedelta(minutes=5), refresh=None)
    assert bearer(accounts.open_account(loaded(accounts, account_id))) == "access-0"
    assert provided.asked == 0


def test_metas_grant_is_made_longer_ten_days_ahead_and_once_a_day(accounts, connect, provided, clock):
    account_id = connect(Platform.FACEBOOK, expires_in=timedelta(days=60), refresh=None, page_token="page")
    clock.advance(timedelta(days=49))
    accounts.open_account(loaded(accounts, account_id))
    assert provided.asked == 0
    clock.advance(timedelta(days=2))
    provided.error = TransientError("not now")
    for _ in range(3):
        assert bearer(accounts.open_account(loaded(accounts, account_id))) == "page"
        clock.advance(HOUR)
    assert provided.asked == 1
    clock.advance(timedelta(days=1))
    provided.error = None
    accounts.open_account(loaded(accounts, account_id))
    assert provided.asked == 2


def test_a_page_is_read_with_its_own_token_although_the_grant_has_ended(
    accounts, connect, provided, database, vault, clock
):
    account_id = connect(Platform.FACEBOOK, expires_in=timedelta(days=60), refresh=None, page_token="page")
    clock.advance(timedelta(days=61))
    provided.error = ReconnectNeededError("expired")
    assert bearer(accounts.open_account(loaded(accounts, account_id))) == "page"
    assert stored(database, vault)[1] is None


def test_a_renewal_after_a_refusal_asks_once_for_all_who_met_it(accounts, connect, provided):
    account_id = connect()
    assert accounts.renew(account_id)
    assert provided.asked == 1


def test_only_the_third_refusal_in_a_row_asks_a_person(accounts, connect, database, vault):
    account_id = connect()
    error = ReconnectNeededError("refused")
    assert isinstance(accounts.record_refused(account_id, error), TransientError)
    assert isinstance(accounts.record_refused(account_id, error), TransientError)
    assert accounts.record_refused(account_id, error) is error
    assert stored(database, vault)[1] is not None


def test_a_login_that_is_gone_asks_to_connect_again(accounts, connect, database):
    account_id = connect()
    with database.transaction() as session:
        session.delete(session.query(Token).one())
    with pytest.raises(ReconnectNeededError):
        accounts.open_account(loaded(accounts, account_id))
