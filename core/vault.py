"""How are tokens kept? Encrypted, with a key from the settings or one generated into the data folder; the only importer of cryptography."""

import hashlib
import hmac
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Self

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from core.errors import ConfigError
from core.settings import Settings

KEY_FILE = "secret.key"


class Vault:
    """Encrypts and decrypts tokens. Several keys may be given: the first encrypts, all decrypt.

    A key file is looked at before each use: `rotate-key` may have changed it under a process that goes on.
    """

    def __init__(self, keys: str | Callable[[], str], *, source: str) -> None:
        self._source = source
        self._read = keys if callable(keys) else lambda: keys
        self._keys, self._fernet = "", MultiFernet([Fernet(Fernet.generate_key())])
        self._open()

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """The vault of these settings; its key file is made where neither a setting nor a file gives one."""
        configured = settings.secret_key.get_secret_value()
        if configured:
            return cls(configured, source="TIDELINE_SECRET_KEY")
        path = key_path(settings)
        _read_or_make_key(path)
        return cls(lambda: read_key_file(path), source=str(path))

    def encrypt(self, secret: str) -> bytes:
        return self._open().encrypt(secret.encode())

    def decrypt(self, encrypted: bytes) -> str:
        try:
            return self._open().decrypt(encrypted).decode()
        except InvalidToken:
            raise self._refusal() from None

    def encrypt_anew(self, encrypted: bytes) -> bytes:
        """The same secret, encrypted with the first key."""
        try:
            return self._open().rotate(encrypted)
        except InvalidToken:
            raise self._refusal() from None

    def _open(self) -> MultiFernet:
        keys = self._read()
        if keys != self._keys:
            self._fernet = _fernet_of(keys, self._source)
            self._keys = keys
        return self._fernet

    def _refusal(self) -> ConfigError:
        return ConfigError(
            f"The stored tokens cannot be read with {self._source}: put back the key they were stored with."
        )


def derive_secret(settings: Settings, purpose: str) -> str:
    """A secret of its own for another purpose (cookies), made from the same key: the first, where there are several."""
    configured = settings.secret_key.get_secret_value()
    keys = split_keys(configured or _read_or_make_key(key_path(settings)))
    return hmac.new(keys[0].encode(), purpose.encode(), hashlib.sha256).hexdigest()


def make_key() -> str:
    return Fernet.generate_key().decode()


def split_keys(keys: str) -> list[str]:
    return keys.replace(",", " ").split()


def key_path(settings: Settings) -> Path:
    return settings.data_dir / KEY_FILE


def read_key_file(path: Path) -> str:
    """The keys in the file; ConfigError where it is gone, empty or unreadable, never a new key in their place."""
    try:
        keys = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ConfigError(
            f"{path} cannot be read or written ({why}): give the data folder's owner the right to, or put back the key that was there."
        ) from error
    if not keys:
        raise ConfigError(
            f"{path} is empty: put back the key that was there, or remove it if no account is connected yet."
        )
    return keys


def write_key_file(path: Path, keys: str) -> None:
    """Put these keys in the file's place, all at once and on disk: after a crash it holds the old ones or these."""
    try:
        with NamedTemporaryFile(dir=path.parent, prefix=".secret-", delete=False) as draft:  # its owner's alone (0600)
            draft.write(keys.encode("ascii"))
            draft.flush()
            os.fsync(draft.fileno())
        Path(draft.name).replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise _unwritable(path, error) from error


def _fernet_of(keys: str, source: str) -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in split_keys(keys)])
    except ValueError as error:
        raise ConfigError(
            f"{source} is not a Fernet key (44 characters of base64): put back the key that was there."
        ) from error


def _read_or_make_key(path: Path) -> str:
    try:
        if not path.exists():
            _make_key_file(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    return read_key_file(path)


def _unwritable(path: Path, error: OSError) -> ConfigError:
    return ConfigError(
        f"{path} cannot be read or written ({error.strerror}): give the data folder's owner the right to."
    )


def _make_key_file(path: Path) -> None:
    """The whole key appears at once, or not at all: a crash between two steps must not leave an empty one."""
    with NamedTemporaryFile(dir=path.parent, prefix=".secret-") as draft:  # made for its owner alone (0600)
        draft.write(Fernet.generate_key())
        draft.flush()
        os.fsync(draft.fileno())
        with suppress(FileExistsError):  # another process was first: its key is the one
            os.link(draft.name, path)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """A new name is on disk only when its folder is."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
