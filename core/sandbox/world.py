"""What do the dialects tell of? Logins, their accounts, posts and days, in Tideline's own neutral words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from core.domain import AccountDay, Platform, PostKind, PostSnapshot, Provider

FACEBOOK_ZONE = "America/Los_Angeles"


def day_zone(platform: Platform) -> str:
    """The zone in which a platform cuts its days."""
    return FACEBOOK_ZONE if platform is Platform.FACEBOOK else "UTC"


@dataclass(frozen=True, slots=True)
class WorldPost:
    """A post as it was published; None = there is none, or the source does not say."""

    post_id: str
    kind: PostKind
    published_at: datetime
    text: str | None = None
    link: str | None = None
    permalink: str | None = None
    deleted_at: datetime | None = None
    edited_at: datetime | None = None
    hides_likes: bool = False

    def is_public(self, now: datetime) -> bool:
        return self.published_at <= now and (self.deleted_at is None or now < self.deleted_at)

    def counters(self, now: datetime) -> PostSnapshot:
        """The lifetime counters as they stand at `now`; None = the source does not give it."""
        raise NotImplementedError


class Account(Protocol):
    """A page or profile: everything about it follows from the instant asked for."""

    platform: Platform
    external_id: str
    name: str
    handle: str

    def posts(self, now: datetime) -> Sequence[WorldPost]:
        """The posts to be seen at `now`, oldest first."""
        ...

    def find_post(self, post_id: str, now: datetime) -> WorldPost | None:
        """The post to be seen at `now` under this id, however old."""
        ...

    def has_post(self, post_id: str, now: datetime) -> bool:
        """Whether this account ever published the post, deleted or not."""
        ...

    def followers(self, now: datetime) -> int | None:
        """How many follow at `now`, None where the source does not say."""
        ...

    def days(self, first: date, last: date, now: datetime) -> list[AccountDay]:
        """The days that have begun by `now`, both ends included; a day without numbers is left out."""
        ...


@dataclass(frozen=True, slots=True)
class Login:
    """Who can sign in: a person who owns the accounts of one business.

    `hosts` are accounts that exist only because a platform's dialect needs them: an Instagram account is
    reached through a Facebook Page.
    """

    name: str
    business: str
    timezone: str
    accounts: tuple[Account, ...]
    hosts: tuple[Account, ...] = ()

    def list_accounts(self, platform: Platform) -> list[Account]:
        return [account for account in (*self.accounts, *self.hosts) if account.platform is platform]

    def find_account(self, platform: Platform, external_id: str) -> Account | None:
        owned = self.list_accounts(platform)
        return next((account for account in owned if account.external_id == external_id), None)

    def can_sign_in_at(self, provider: Provider) -> bool:
        if provider is Provider.INSTAGRAM:
            return bool(self.list_accounts(Platform.INSTAGRAM))
        return any(account.platform.provider is provider for account in self.accounts)


@dataclass(frozen=True, slots=True)
class World:
    """Everybody who can sign in. `limited`: the platforms' limits on how old or deep data may be hold."""

    seed: int
    logins: tuple[Login, ...]
    limited: bool = True
    _by_name: dict[str, Login] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        self._by_name.update({login.name: login for login in self.logins})

    def find_login(self, name: str) -> Login | None:
        return self._by_name.get(name)
