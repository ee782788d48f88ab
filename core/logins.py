"""What did a person bring back from a provider, until it is decided what to connect of it?"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from pydantic import TypeAdapter, ValidationError

from core.domain import Platform, Provider
from core.errors import AppError
from core.fetchers.base import ConnectableAccount
from core.fetchers.grants import Grant


@dataclass(frozen=True, slots=True)
class Login:
    """A person's fresh grant at a provider, and what it may connect; nothing of it is stored yet."""

    provider: Provider
    owner_id: str
    grant: Grant
    connectable: list[ConnectableAccount]
    owner_name: str = ""
    scopes: tuple[str, ...] = ()
    missing_scopes: tuple[str, ...] = ()
    data_access_ends_at: datetime | None = None

    def to_json(self) -> str:
        """All of it, tokens included: for encryption only."""
        return _LOGIN.dump_json(self).decode()

    @classmethod
    def from_json(cls, text: str) -> Self:
        try:
            return _LOGIN.validate_json(text)  # type: ignore[return-value]  # there is no other Login
        except ValidationError:
            raise AppError(
                "This sign-in was begun by another version of Tideline: sign in again."
            ) from None  # pydantic would quote the tokens

    def choose(self, chosen: Collection[tuple[Platform, str]]) -> list[ConnectableAccount]:
        """These of its accounts; AppError where it may not connect one of them."""
        known = {(found.platform, found.external_id): found for found in self.connectable}
        accounts = [known[key] for key in chosen if key in known]
        if len(accounts) < len(chosen) or not chosen:
            raise AppError("Choose at least one of the pages and accounts in the list.")
        for account in accounts:
            if account.problem is not None:
                raise AppError(f"{account.name} cannot be connected: {account.problem}")
        return accounts

    def find_readable(self, platform: Platform, external_id: str) -> ConnectableAccount | None:
        """The account, where this login can read it."""
        wanted = (platform, external_id)
        return next(
            (
                found
                for found in self.connectable
                if (found.platform, found.external_id) == wanted and found.problem is None
            ),
            None,
        )


@dataclass(frozen=True, slots=True)
class PendingLogin:
    """A login that waits for its person's choice."""

    id: str
    provider: Provider
    login: Login
    business_id: int | None
    account_id: int | None
    expires_at: datetime
    person: str = ""


_LOGIN = TypeAdapter(Login)
