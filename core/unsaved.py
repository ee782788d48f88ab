"""Where is a fresh pair of tokens safe until the database has it? In a file of its own, encrypted, from the moment it was given.

X kills the old refresh token as it answers: a crash before the new one is stored would cost the login.
"""

import hashlib
import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from pydantic import TypeAdapter, ValidationError

from core.fetchers.grants import Grant
from core.ops.models import Token
from core.vault import Vault

_GRANT = TypeAdapter(Grant)


class UnsavedGrants:
    """Keeps at most one grant per token row; whoever calls holds the row's lock."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        self._folder = folder
        self._vault = vault

    def keep(self, token: Token, grant: Grant) -> None:
        """On disk when this returns."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        kept = self._vault.encrypt(self._digest(token) + _GRANT.dump_json(grant).decode())
        with NamedTemporaryFile(dir=self._folder, prefix=".grant-", delete=False) as draft:
            draft.write(kept)
            draft.flush()
            os.fsync(draft.fileno())
        Path(draft.name).replace(self._path(token.id))

    def find(self, token: Token) -> Grant | None:
        """The grant that was given in place of this token, where it was never stored."""
        path = self._path(token.id)
        if not path.exists():
            return None
        kept, digest = self._vault.decrypt(path.read_bytes()), self._digest(token)
        if not kept.startswith(digest):
            return None  # a person has signed in since, or it is of another database
        try:
            return _GRANT.validate_json(kept.removeprefix(digest))
        except ValidationError:
            raise ValueError(f"{path} does not hold a grant") from None  # pydantic would quote it

    def forget(self, token_id: int) -> None:
        self._path(token_id).unlink(missing_ok=True)

    def encrypt_anew(self) -> None:
        """Encrypt what is kept with the vault's first key."""
        for path in self._folder.glob("grant-*.kept"):
            beside = path.with_suffix(".new")
            beside.write_bytes(self._vault.encrypt_anew(path.read_bytes()))
            beside.replace(path)

    def _path(self, token_id: int) -> Path:
        return self._folder / f"grant-{token_id}.kept"

    def _digest(self, token: Token) -> str:
        """What tells that a kept grant came in the place of this one: of the secret, which stays when it is encrypted anew."""
        replaced = self._vault.decrypt(token.refresh_token or token.access_token)
        return hashlib.sha256(replaced.encode()).hexdigest()
