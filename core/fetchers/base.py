"""What does every platform's fetcher look like?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Protocol, TypeVar

from core.domain import AccountDay, Platform, Post, PostSnapshot, Profile
from core.fetchers.dialect import Dialect
from core.fetchers.grants import Owner
from core.fetchers.transport import ApiSession
from core.metrics import Grain, Metric, Offers
from core.settings import ProviderSettings

MetricKeys = frozenset[tuple[Grain, Metric]]
"""Metrics by their grain."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ListedPost:
    """A post with the counters its platform already gives in the list."""

    post: Post
    counters: PostSnapshot


@dataclass(frozen=True, slots=True)
class PostList:
    """Posts newest first, and whether that is all: False where the limit cut the list, so that older ones may follow."""

    listed: list[ListedPost]
    is_complete: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What a sync would take at most: requests, and money where the platform bills by what is read."""

    requests: int
    cost_usd: float = 0.0


@dataclass(frozen=True, slots=True)
class ConnectableAccount:
    """A page or profile that a login may connect; `own_token` where the platform issues one per page.

    `problem` is the sentence why it cannot be connected, None where it can.
    """

    platform: Platform
    external_id: str
    name: str
    handle: str | None = None
    avatar_url: str | None = None
    role: str | None = None
    own_token: str | None = None
    problem: str | None = None

    def __repr__(self) -> str:
        return (
            f"ConnectableAccount({self.platform.value}, {self.external_id!r}, {self.name!r}, problem={self.problem!r})"
        )


class Door(Protocol):
    """How a login enters a platform: how it is spoken to, whose login it is, and what it may connect."""

    @staticmethod
    def dialect(app: ProviderSettings, token: str, *, api_version: str) -> Dialect:
        """How the provider is spoken to in the name of whoever granted `token`."""
        ...

    @staticmethod
    def fetch_owner(session: ApiSession) -> Owner:
        """Who granted access, as the provider calls that person or account; the same at every sign-in."""
        ...

    @staticmethod
    def list_connectable(session: ApiSession) -> list[ConnectableAccount]:
        """The accounts of this platform that the login may connect, those with a problem included."""
        ...


class Fetcher(Door, Protocol):
    """Reads one account. Every method raises a FetchError named by its remedy."""

    platform: ClassVar[Platform]
    offers: ClassVar[Offers]
    day_zone: ClassVar[str]
    """The IANA zone in which the platform cuts its days."""
    forgets_gone_posts: ClassVar[bool]
    """Whether the platform's rules demand that the text and media of a deleted post go too."""

    def __init__(self, session: ApiSession, external_id: str, *, skip: MetricKeys = frozenset()) -> None:
        """`skip`: metrics that are known to be retired and are not asked."""
        ...

    @property
    def retired(self) -> MetricKeys:
        """The metrics that the platform has refused to this fetcher; each cost itself alone."""
        ...

    @classmethod
    def plan(cls, posts: int, days: int) -> Plan:
        """What a sync of that many posts and days would take at most."""
        ...

    def fetch_profile(self) -> Profile:
        """The account's names and its followers now."""
        ...

    def fetch_posts(
        self, limit: int, *, since: datetime | None = None, until: datetime | None = None, offset_hint: int = 0
    ) -> PostList:
        """The newest posts published in [since, until), newest first, each once, at most `limit`.

        `offset_hint`: about how many posts are as new as `until` or newer, for platforms that can only count their way back.
        """
        ...

    def fetch_snapshots(self, listed: Sequence[ListedPost]) -> list[PostSnapshot]:
        """The lifetime counters of these posts, those of the list included, in the platform's batches."""
        ...

    def fetch_days(self, first: date, last: date) -> list[AccountDay]:
        """The account's numbers per day, both ends included; a day without data is left out. [] where not offered."""
        ...

    def find_gone(self, post_ids: Sequence[str]) -> set[str]:
        """Which of these known posts the platform itself says are deleted; one that may not be read is not gone."""
        ...


def in_batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """`items` in slices of at most `size`."""
    return (items[start : start + size] for start in range(0, len(items), size))


def count_batches(items: int, size: int) -> int:
    """How many slices of at most `size` that many items make."""
    return -(-items // size)
