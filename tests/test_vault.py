"""The vault: encrypts, keeps its key private, and refuses clearly without it."""

import pytest
from cryptography.fernet import Fernet

from core.errors import ConfigError
from core.settings import Settings
from core.vault import KEY_FILE, Vault, derive_secret

pytestmark = pytest.mark.unit


@pytest.fixture
def settings(tmp_path):
    return Settings.read(data_dir=tmp_path, secret_key="")


def test_a_token_comes_back_and_cannot_be_read_where_it_is_stored(settings):
    encrypted = Vault.open(settings).encrypt("AQX-token")
    assert b"AQX-token" not in encrypted
    assert Vault.open(settings).decrypt(encrypted) == "AQX-token"


def test_the_generated_key_is_its_owners_alone_and_is_kept(settings, tmp_path):
    Vault.open(settings)
    key = (tmp_path / KEY_FILE).read_text()
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600
    Vault.open(settings)
    assert (tmp_path / KEY_FILE).read_text() == key


def test_another_key_is_refused_in_one_sentence_that_does_not_show_it(tmp_path):
    encrypted = Vault(Fernet.generate_key().decode(), source="x").encrypt("AQX-token")
    other = Fernet.generate_key().decode()
    with pytest.raises(ConfigError, match="put back the key") as error:
        Vault(other, source="TIDELINE_SECRET_KEY").decrypt(encrypted)
    assert other not in str(error.value)


def test_a_key_that_is_none_is_named(tmp_path):
    with pytest.raises(ConfigError, match="TIDELINE_SECRET_KEY is not a Fernet key"):
        Vault.open(Settings.read(data_dir=tmp_path, secret_key="password"))


def test_an_older_key_still_decrypts_and_the_first_encrypts():
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    encrypted = Vault(old, source="x").encrypt("AQX-token")
    both = Vault(f"{new},{old}", source="x")
    assert both.decrypt(encrypted) == "AQX-token"
    assert Vault(new, source="x").decrypt(both.encrypt("AQX-token")) == "AQX-token"


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"secret\.key cannot be read or written"):
        Vault.open(Settings.read(data_dir=tmp_path / "missing", secret_key=""))


def test_secrets_for_other_purposes_differ_and_stay(settings):
    cookies = derive_secret(settings, "cookies")
    assert derive_secret(settings, "cookies") == cookies
    assert derive_secret(settings, "other") != cookies
    assert (settings.data_dir / KEY_FILE).read_text() not in cookies


def test_an_empty_key_file_is_named_not_used(settings, tmp_path):
    (tmp_path / KEY_FILE).write_text("")
    with pytest.raises(ConfigError, match=r"secret\.key is empty"):
        Vault.open(settings)
    with pytest.raises(ConfigError, match=r"secret\.key is empty"):
        derive_secret(settings, "cookies")


def test_a_crash_while_the_key_is_made_leaves_no_key_and_no_draft(settings, tmp_path, mocker):
    mocker.patch("core.vault.os.link", side_effect=OSError(28, "No space left on device"))
    with pytest.raises(ConfigError, match="No space left"):
        Vault.open(settings)
    assert list(tmp_path.iterdir()) == []
