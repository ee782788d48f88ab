"""How are tokens kept? Encrypted, with a key from the settings or one generated into the data folder; the only importer of cryptography."""

import hashlib
import hmac
import os
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Self

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from core.errors import ConfigError
from core.settings import Settings

KEY_FILE = "secret.key"


class Vault:
    """Encrypts and decrypts tokens. Several keys may be given: the first encrypts, all decrypt."""

    def __init__(self, keys: str, *, source: str) -> None:
        self._source = source
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys.replace(",", " ").split()])
        except ValueError as error:
            raise ConfigError(
                f"{source} is not a Fernet key (44 characters of base64): put back the key that was there."
            ) from error

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """The vault of these settings; its key file is made where neither a setting nor a file gives one."""
        configured = settings.secret_key.get_secret_value()
        if configured:
            return cls(configured, source="TIDELINE_SECRET_KEY")
        path = settings.data_dir / KEY_FILE
        return cls(_read_or_make_key(path), source=str(path))

    def encrypt(self, secret: str) -> bytes:
        return self._fernet.encrypt(secret.encode())

    def decrypt(self, encrypted: bytes) -> str:
        try:
            return self._fernet.decrypt(encrypted).decode()
        except InvalidToken:
            raise ConfigError(
                f"The stored tokens cannot be read with {self._source}: put back the key they were stored with."
            ) from None


def derive_secret(settings: Settings, purpose: str) -> str:
    """A secret of its own for another purpose (cookies), made from the same key."""
    configured = settings.secret_key.get_secret_value()
    key = configured or _read_or_make_key(settings.data_dir / KEY_FILE)
    return hmac.new(key.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def _read_or_make_key(path: Path) -> str:
    try:
        if not path.exists():
            _make_key(path)
        key = path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read or written ({error.strerror}): give the data folder's owner the right to."
        ) from error
    if not key:
        raise ConfigError(
            f"{path} is empty: put back the key that was there, or remove it if no account is connected yet."
        )
    return key


def _make_key(path: Path) -> None:
    """The whole key appears at once, or not at all: a crash between two steps must not leave an empty one."""
    with NamedTemporaryFile(dir=path.parent, prefix=".secret-") as draft:  # made for its owner alone (0600)
        draft.write(Fernet.generate_key())
        draft.flush()
        os.fsync(draft.fileno())
        with suppress(FileExistsError):  # another process was first: its key is the one
            os.link(draft.name, path)
