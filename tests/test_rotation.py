"""Another key: everything is encrypted anew, the old key is dropped last, and no crash on the way loses a token."""

from operator import attrgetter

import pytest
from cryptography.fernet import Fernet

from core import rotation
from core.domain import Platform, Provider
from core.errors import ConfigError
from core.fetchers.grants import Grant
from core.ops import sidecars, tokens
from core.ops.accounts import save_account
from core.ops.businesses import ensure_business
from core.ops.models import Account, OAuthFlow, Token
from core.ops.tokens import EncryptedGrant
from core.settings import Settings
from core.unsaved import UnsavedGrants
from core.vault import KEY_FILE, Vault
from tests.conftest import NOW

pytestmark = pytest.mark.integration


@pytest.fixture
def fill(database):
    """Store a grant with a page, encrypted by the vault of these settings."""

    def fill_with(settings):
        vault = Vault.open(settings)
        with database.transaction() as session:
            business = ensure_business(session, "Aurora", timezone="UTC", now=NOW)
            grant = EncryptedGrant(vault.encrypt("access"), vault.encrypt("refresh"), None, None, "")
            token = tokens.save_token(session, Provider.META, "owner", grant, now=NOW)
            page = Account(
                business_id=business.id,
                token_id=token.id,
                platform=Platform.FACEBOOK,
                external_id="1",
                name="Page",
                connected_at=NOW,
                page_token=vault.encrypt("page"),
            )
            save_account(session, page)
            session.add(OAuthFlow(key="k", value=vault.encrypt("verifier"), expires_at=NOW))
        return token

    return fill_with


@pytest.fixture
def filled(settings, fill):
    return fill(settings)


def secrets(database, settings):
    """All that is stored, read with the key that these settings give now."""
    vault = Vault.open(settings)
    with database.reading() as session:
        token, page = session.query(Token).one(), session.query(Account).one()
        return [vault.decrypt(kept) for kept in (token.access_token, token.refresh_token, page.page_token)]


def key_file(settings):
    return (settings.data_dir / KEY_FILE).read_text().split()


def rotate(settings, clock):
    said = []
    rotation.rotate_key(settings, clock, said.append)
    return "\n".join(said)


def test_everything_is_encrypted_with_the_new_key_alone(settings, database, filled, clock):
    (old,) = key_file(settings)
    told = rotate(settings, clock)
    (new,) = key_file(settings)
    assert new != old
    assert new not in told
    assert secrets(database, settings) == ["access", "refresh", "page"]
    with pytest.raises(ConfigError), database.reading() as session:
        Vault(old, source="the old key").decrypt(session.query(Token).one().access_token)
    assert (settings.data_dir / KEY_FILE).stat().st_mode & 0o777 == 0o600


def test_sign_ins_under_way_have_to_begin_again(settings, database, filled, clock):
    rotate(settings, clock)
    with database.reading() as session:
        assert session.query(OAuthFlow).count() == 0


def test_a_grant_that_waits_in_a_file_is_encrypted_anew_too(settings, filled, clock):
    kept = UnsavedGrants(settings.data_dir / "grants", Vault.open(settings))
    kept.keep(filled, Grant("access-1", "refresh-1"))
    rotate(settings, clock)
    with_new_key = UnsavedGrants(settings.data_dir / "grants", Vault.open(settings))
    fresh = Vault.open(settings)
    filled.refresh_token = fresh.encrypt("refresh")
    assert with_new_key.find(filled) == Grant("access-1", "refresh-1")


@pytest.mark.parametrize(
    ("step", "turn"),
    [
        ("make_key", 1),
        ("write_key_file", 1),
        ("write_key_file", 2),
        ("encrypt_anew", 1),
        ("encrypt_anew", 2),
        ("UnsavedGrants.encrypt_anew", 1),
        ("UnsavedGrants.encrypt_anew", 2),
    ],
)
def test_no_crash_on_the_way_loses_a_token(settings, database, filled, clock, mocker, step, turn):
    """The process dies when a step has done its work and nothing after it; the same command goes on from there."""
    real, calls = attrgetter(step)(rotation), []

    def die(*arguments):
        calls.append(1)
        real(*arguments)
        if len(calls) == turn:
            raise SystemExit

    mocker.patch(f"core.rotation.{step}", die)
    with pytest.raises(SystemExit):
        rotate(settings, clock)
    mocker.stopall()
    assert secrets(database, settings) == ["access", "refresh", "page"]
    rotate(settings, clock)
    assert secrets(database, settings) == ["access", "refresh", "page"]
    assert len(key_file(settings)) == 1


def test_a_wrong_key_is_refused_and_nothing_is_changed(settings, database, filled, clock):
    wrong = Fernet.generate_key().decode()
    right = (settings.data_dir / KEY_FILE).read_text()
    (settings.data_dir / KEY_FILE).write_text(wrong)
    with pytest.raises(ConfigError, match=r"cannot be read with .*secret\.key: put back the key"):
        rotate(settings, clock)
    assert key_file(settings) == [wrong]
    (settings.data_dir / KEY_FILE).write_text(right)
    assert secrets(database, settings) == ["access", "refresh", "page"]


def test_beside_a_running_sidecar_it_is_refused(settings, database, filled, clock):
    with database.transaction() as session:
        sidecars.record_heartbeat(session, "here", jobs=[], job_error=None, now=NOW)
    before = key_file(settings)
    with pytest.raises(ConfigError, match="stop Tideline"):
        rotate(settings, clock)
    assert key_file(settings) == before


def test_a_key_from_the_settings_is_changed_in_two_steps_that_say_what_to_put_where(settings, database, fill, clock):
    old = Fernet.generate_key().decode()

    def configured(keys):
        return Settings.read(data_dir=settings.data_dir, secret_key=keys)

    fill(configured(old))
    line = rotate(configured(old), clock).splitlines()[-1]
    assert line.startswith("TIDELINE_SECRET_KEY=")
    both = line.removeprefix("TIDELINE_SECRET_KEY=")
    assert both.endswith(f",{old}")
    assert secrets(database, configured(old)) == ["access", "refresh", "page"]
    line = rotate(configured(both), clock).splitlines()[-1]
    new = line.removeprefix("TIDELINE_SECRET_KEY=")
    assert new == both.split(",")[0]
    assert secrets(database, configured(new)) == ["access", "refresh", "page"]


def test_a_process_that_goes_on_uses_the_new_key(settings, database, filled, clock):
    """A web process that was not stopped must not store what nobody can read any more."""
    vault = Vault.open(settings)
    vault.encrypt("x")
    rotate(settings, clock)
    assert Vault(key_file(settings)[0], source="x").decrypt(vault.encrypt("fresh")) == "fresh"
    assert secrets(database, settings) == ["access", "refresh", "page"]
