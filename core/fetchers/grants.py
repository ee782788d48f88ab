"""What does a provider grant, to whom, and how far does it reach?"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Grant:
    """What a provider granted; None = it does not expire, or the provider did not say. No scopes = not told."""

    access_token: str
    refresh_token: str | None = None
    expires_at: datetime | None = None
    refresh_expires_at: datetime | None = None
    scopes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Grant(•••, expires_at={self.expires_at}, refresh_expires_at={self.refresh_expires_at}, scopes={self.scopes})"


@dataclass(frozen=True, slots=True)
class Owner:
    """Who granted access: `id` is the same text at every sign-in of the same person, both are "" where the provider does not say."""

    id: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class GrantedAccess:
    """What a grant really allows: the scopes (none = not told), and until when the provider gives its data (None = without end)."""

    scopes: tuple[str, ...] = ()
    data_access_ends_at: datetime | None = None
