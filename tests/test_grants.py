"""Logins kept alive: one request however many threads and processes ask, nothing lost to a crash, renewed with no one looking."""

import os
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest

from core.clock import SystemClock
from core.domain import Platform, Provider
from core.errors import ReconnectNeededError, TransientError
from core.fetchers.grants import Grant
from core.grants import Grants
from core.ops import tokens
from core.ops.accounts import save_account
from core.ops.businesses import ensure_business
from core.ops.models import Account, Notice, Token
from core.ops.tokens import EncryptedGrant
from core.settings import PROJECT_ROOT, Settings
from core.vault import Vault
from tests.conftest import NOW
from tests.token_endpoint import open_token_endpoint

pytestmark = pytest.mark.integration

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

WORKER = """
    import sys
    from concurrent.futures import ThreadPoolExecutor
    from pathlib import Path
    from core.clock import SystemClock
    from core.grants import Grants
    from core.ops.models import Token
    from core.ops.session import open_operations
    from core.settings import Settings
    from core.vault import Vault

    settings, clock = Settings.read(), SystemClock()
    database = open_operations(settings)
    grants = Grants(database=database, vault=Vault.open(settings), settings=settings, clock=clock)
    with database.reading() as session:
        token = session.query(Token).one()
    {before}
    with ThreadPoolExecutor(10) as pool:
        got = set(pool.map(lambda _: grants.access_token(token), range(10)))
    print(*got)
"""
MEET = """
    Path(sys.argv[1]).touch()
    while len(list(Path(sys.argv[1]).parent.glob("here-*"))) < 2:
        clock.sleep(0.01)
"""
DIE_BEFORE_THE_STORE = """
    import os
    from core.ops import tokens
    tokens.save_refreshed = lambda *_, **__: os._exit(9)
"""
DIE_WITH_THE_ANSWER = """
    import os
    from core.unsaved import UnsavedGrants
    UnsavedGrants.keep = lambda *_: os._exit(9)
"""


@pytest.fixture
def endpoint():
    with open_token_endpoint() as endpoint:
        yield endpoint


@pytest.fixture
def settings(tmp_path, endpoint):
    return Settings.read(
        data_dir=tmp_path / "data", x_client_id="app", x_client_secret="secret", x_api_url=endpoint.url
    )


@pytest.fixture
def save(database, settings):
    """Store a grant that serves one account."""
    vault = Vault.open(settings)

    def save_one(provider, *, expires_at, refresh="refresh-0", owner="owner"):
        grant = EncryptedGrant(vault.encrypt("access-0"), refresh and vault.encrypt(refresh), expires_at, None, "")
        platform = Platform.INSTAGRAM if provider is Provider.META else Platform(provider.value)
        with database.transaction() as session:
            business = ensure_business(session, "Aurora", timezone="UTC", now=NOW)
            token = tokens.save_token(session, provider, owner, grant, now=min(NOW, expires_at - DAY))
            account = Account(
                business_id=business.id,
                token_id=token.id,
                platform=platform,
                external_id=owner,
                name="Aurora Coffee",
                connected_at=NOW,
            )
            save_account(session, account)
            return token

    return save_one


@pytest.fixture
def ended(save):
    """A grant whose access token has ended, by the machine's own clock."""
    return save(Provider.X, expires_at=SystemClock().now() - HOUR)


def grants_of(database, settings, clock):
    return Grants(database=database, vault=Vault.open(settings), settings=settings, clock=clock)


def start(settings, before, *arguments):
    script = textwrap.dedent(WORKER).format(before=textwrap.dedent(before).strip())
    environment = {
        **os.environ,
        "TIDELINE_DATA_DIR": str(settings.data_dir),
        "TIDELINE_X_API_URL": settings.x_api_url,
        "TIDELINE_X_CLIENT_ID": "app",
        "TIDELINE_X_CLIENT_SECRET": "secret",
    }
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, cwd=PROJECT_ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def crash(settings, how):
    """Renew in a process that dies there."""
    process = start(settings, how)
    process.communicate(timeout=60)
    assert process.returncode == 9


def stored(database):
    with database.reading() as session:
        return session.query(Token).one()


def test_twenty_threads_ask_once_and_all_get_the_new_token(database, settings, endpoint, ended):
    endpoint.slowness_s = 0.3
    grants = grants_of(database, settings, SystemClock())
    with ThreadPoolExecutor(20) as pool:
        got = list(pool.map(lambda _: grants.access_token(ended), range(20)))
    assert got == ["access-1"] * 20
    assert endpoint.asked == 1


def test_twenty_threads_of_two_processes_ask_once(database, settings, endpoint, ended, tmp_path):
    endpoint.slowness_s = 0.5
    processes = [start(settings, MEET, tmp_path / f"here-{number}") for number in range(2)]
    said = [process.communicate(timeout=60)[0].split() for process in processes]
    assert said == [["access-1"], ["access-1"]]
    assert endpoint.asked == 1
    assert stored(database).broken_at is None


def test_a_pair_that_was_given_before_a_crash_is_stored_by_the_next_process(database, settings, endpoint, ended):
    crash(settings, DIE_BEFORE_THE_STORE)
    assert Vault.open(settings).decrypt(stored(database).access_token) == "access-0"
    assert grants_of(database, settings, SystemClock()).access_token(ended) == "access-1"
    assert endpoint.asked == 1
    assert Vault.open(settings).decrypt(stored(database).refresh_token) == "refresh-1"
    assert list((settings.data_dir / "grants").glob("*.kept")) == []


def test_what_waits_in_a_file_is_encrypted_and_its_owners_alone(database, settings, ended):
    crash(settings, DIE_BEFORE_THE_STORE)
    (path,) = (settings.data_dir / "grants").glob("*.kept")
    assert b"access-1" not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0


def test_a_pair_of_before_a_new_sign_in_is_not_taken(database, settings, endpoint, ended, save):
    crash(settings, DIE_BEFORE_THE_STORE)
    again = save(Provider.X, expires_at=SystemClock().now() - HOUR, refresh="refresh-1")
    assert grants_of(database, settings, SystemClock()).access_token(again) == "access-2"


def test_a_pair_lost_with_its_process_costs_the_login_and_says_so_at_once(database, settings, endpoint, ended):
    crash(settings, DIE_WITH_THE_ANSWER)
    grants = grants_of(database, settings, SystemClock())
    with pytest.raises(ReconnectNeededError):
        grants.access_token(ended)
    with database.reading() as session:
        notice = session.query(Notice).one()
    assert "no longer works" in notice.text
    assert "Aurora Coffee" in notice.text
    assert notice.token_id == ended.id


def test_a_refused_login_is_asked_for_once_by_all_who_wait(database, settings, endpoint, save):
    token = save(Provider.X, expires_at=SystemClock().now() - HOUR, refresh="spent")
    endpoint.slowness_s = 0.2
    grants = grants_of(database, settings, SystemClock())

    def refused(_):
        with pytest.raises(ReconnectNeededError):
            grants.access_token(token)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(refused, range(8)))
    assert endpoint.asked == 1


def test_a_kept_pair_that_has_ended_meanwhile_is_renewed_before_it_is_used(database, settings, endpoint, save, clock):
    token = save(Provider.X, expires_at=NOW - HOUR)
    grants = grants_of(database, settings, clock)
    endpoint.answer({"refresh_token": ["refresh-0"]})
    grants._unsaved.keep(token, Grant("access-1", "refresh-1", NOW - HOUR / 2))
    assert grants.access_token(token) == "access-2"


def test_a_kept_pair_that_was_stored_already_is_no_renewal(database, settings, save, clock, mocker):
    """LinkedIn keeps its refresh token, so a crash right after the store leaves a file that seems to be newer."""
    token = save(Provider.LINKEDIN, expires_at=NOW + DAY)
    grants = grants_of(database, settings, clock)
    grants._unsaved.keep(token, Grant("access-0", "refresh-0", NOW + DAY))
    asked = mocker.patch("core.grants.refresh_grant", return_value=Grant("access-1", "refresh-0", NOW + 60 * DAY))
    assert grants.refresh(token) == "access-1"
    assert asked.call_count == 1


class Renewed:
    """Answers renewals, refusing whom the test names."""

    def __init__(self):
        self.asked = []
        self.refused = set()

    def __call__(self, app, grant, *, api_version, now):
        self.asked.append(app.provider)
        if app.provider in self.refused:
            raise TransientError("not now")
        return Grant("fresh", grant.refresh_token, now + 60 * DAY)


@pytest.fixture
def renewed(mocker):
    return mocker.patch("core.grants.refresh_grant", Renewed())


def test_nothing_more_is_renewed_after_a_stop(database, settings, save, clock, renewed):
    save(Provider.X, expires_at=NOW + timedelta(minutes=29))
    stop = Event()
    stop.set()
    grants_of(database, settings, clock).refresh_due(stop)
    assert renewed.asked == []


def test_what_ends_within_half_an_hour_is_renewed_with_nobody_looking(database, settings, save, clock, renewed):
    save(Provider.X, expires_at=NOW + timedelta(minutes=29))
    save(Provider.LINKEDIN, expires_at=NOW + timedelta(minutes=31))
    grants = grants_of(database, settings, clock)
    grants.refresh_due()
    assert renewed.asked == [Provider.X]
    clock.advance(timedelta(minutes=2))
    grants.refresh_due()
    assert renewed.asked == [Provider.X, Provider.LINKEDIN]


def test_long_lived_tokens_are_renewed_from_ten_days_before_their_end_at_most_daily(
    database, settings, save, clock, renewed
):
    save(Provider.META, expires_at=NOW + 11 * DAY, refresh=None)
    save(Provider.INSTAGRAM, expires_at=NOW + 11 * DAY, refresh=None, owner="second")
    renewed.refused = {Provider.META}
    grants = grants_of(database, settings, clock)
    grants.refresh_due()
    assert renewed.asked == []
    clock.advance(DAY)
    for _ in range(3):
        grants.refresh_due()
        clock.advance(HOUR)
    assert renewed.asked == [Provider.META, Provider.INSTAGRAM]
    clock.advance(DAY)
    grants.refresh_due()
    assert renewed.asked[2:] == [Provider.META]


def test_one_that_cannot_be_renewed_leaves_the_others_alone(database, settings, save, clock, renewed, caplog):
    save(Provider.X, expires_at=NOW)
    save(Provider.LINKEDIN, expires_at=NOW)
    renewed.refused = {Provider.X}
    grants_of(database, settings, clock).refresh_due()
    assert renewed.asked == [Provider.X, Provider.LINKEDIN]
    assert "the x grant 1 could not be renewed: not now" in caplog.text


@pytest.mark.parametrize("provider", [Provider.X, Provider.META])
def test_one_that_cannot_even_be_read_leaves_the_others_alone(
    database, settings, save, clock, endpoint, caplog, mocker, provider
):
    broken = save(provider, expires_at=NOW + HOUR / 4)
    save(Provider.LINKEDIN, expires_at=NOW, owner="second")
    with database.transaction() as session:
        token = session.get_one(Token, broken.id)
        token.access_token = token.refresh_token = b"of another key"
        token.obtained_at = NOW - 2 * DAY
    asked = mocker.patch("core.grants.Grants._ask_for_grant", return_value=Grant("fresh", "next", NOW + DAY))
    grants_of(database, settings, clock).refresh_due()
    assert [call.args[0].provider for call in asked.call_args_list][-1] is Provider.LINKEDIN
    assert f"the {provider.value} grant {broken.id} could not be renewed" in caplog.text


def test_a_login_that_cannot_be_renewed_is_not_asked_for(database, settings, save, clock, renewed):
    save(Provider.LINKEDIN, expires_at=NOW + timedelta(minutes=5), refresh=None)
    grants_of(database, settings, clock).refresh_due()
    assert renewed.asked == []


def test_an_instagram_login_that_has_ended_asks_for_a_person(database, settings, save, clock, renewed):
    token = save(Provider.INSTAGRAM, expires_at=NOW - HOUR, refresh=None)
    with pytest.raises(ReconnectNeededError, match="Instagram login has ended"):
        grants_of(database, settings, clock).access_token(token)
    assert stored(database).broken_at == NOW
