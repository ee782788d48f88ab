"""What does every platform's fetcher look like, and how is an answer read safely?"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, ClassVar, Protocol, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, ValidationError

from core.domain import AccountDay, Platform, Post, PostSnapshot, Profile
from core.errors import MalformedAnswerError
from core.fetchers.transport import ApiSession, Transport, redact
from core.metrics import Grain, Metric, Offers
from core.settings import ProviderSettings


@dataclass(frozen=True, slots=True)
class ListedPost:
    """A post with the counters its platform already gives in the list."""

    post: Post
    counters: PostSnapshot


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


class Fetcher(Protocol):
    """Reads one account. Every method raises a FetchError named by its remedy."""

    platform: ClassVar[Platform]
    offers: ClassVar[Offers]
    day_zone: ClassVar[str]
    """The IANA zone in which the platform cuts its days."""

    def __init__(self, session: ApiSession, external_id: str) -> None: ...

    @staticmethod
    def open_session(transport: Transport, app: ProviderSettings, token: str, *, api_version: str) -> ApiSession:
        """A conversation with the provider in the name of whoever granted `token`."""
        ...

    @staticmethod
    def fetch_owner(session: ApiSession) -> str:
        """Who granted access, as the provider calls that person or account; the same at every sign-in."""
        ...

    @staticmethod
    def list_connectable(session: ApiSession) -> list[ConnectableAccount]:
        """The accounts of this platform that the login may connect, those with a problem included."""
        ...

    def fetch_profile(self) -> Profile:
        """The account's names and its followers now."""
        ...

    def fetch_posts(self, limit: int) -> list[ListedPost]:
        """The newest posts, newest first, each once, at most `limit`."""
        ...

    def fetch_snapshots(self, listed: Sequence[ListedPost]) -> list[PostSnapshot]:
        """The lifetime counters of these posts, those of the list included, in the platform's batches."""
        ...

    def fetch_days(self, first: date, last: date) -> list[AccountDay]:
        """The account's numbers per day, both ends included; a day without data is left out. [] where not offered."""
        ...


def _in_utc(instant: datetime) -> datetime:
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("an instant outside the calendar") from error


ExternalId = Annotated[str, Field(min_length=1)]
Counter = Annotated[int, Field(ge=-(2**63), lt=2**63)]
"""A whole number that fits a BIGINT column; it may be negative (LinkedIn's likeCount) and may fall."""
Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]

Numbers = Mapping[Metric, int | None]
"""The counters of one post or one day; None = not answered."""


class AnswerModel(BaseModel):
    """Base of the typed answers: unknown keys are ignored, numbers in id fields become text."""

    model_config = {"coerce_numbers_to_str": True, "frozen": True}


ModelT = TypeVar("ModelT", bound=BaseModel)
T = TypeVar("T")
KeyT = TypeVar("KeyT")


def parse_answer(model: type[ModelT], body: Any, *, of: str) -> ModelT:
    """`body` as `model`, or MalformedAnswerError saying which field of which answer (`of`) is wrong."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole answer"
        # `from None`: pydantic's own text quotes the input, which may hold a token
        raise MalformedAnswerError(
            f"{of} came in an unexpected shape: {where}: {first['msg']}.", answer=redact(str(body))[:2000]
        ) from None


def add_up(*parts: int | None) -> int | None:
    """The sum, or None where one part is not known: a sum must not hide a hole."""
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


ENGAGEMENT_PARTS = (Metric.LIKES, Metric.COMMENTS, Metric.SHARES, Metric.SAVES)


def sum_engagements(numbers: Numbers, offers: Offers, grain: Grain) -> int | None:
    """Reactions + comments + shares + saves, of those the platform offers; None where one of these is not known."""
    return add_up(*(numbers.get(part) for part in ENGAGEMENT_PARTS if (grain, part) in offers))


def build_snapshot(post_id: str, numbers: Numbers, offers: Offers) -> PostSnapshot:
    """A post's counters with their engagements added up."""
    columns = {metric.value: number for metric, number in numbers.items()}
    return PostSnapshot(post_id, **columns, engagements=sum_engagements(numbers, offers, Grain.POST_LIFETIME))


def numbers_of(counters: object, metrics: Iterable[Metric]) -> dict[Metric, int | None]:
    """The metrics of a record or answer whose fields are called like them."""
    return {metric: getattr(counters, metric.value) for metric in metrics}


def merge_tables(tables: Iterable[Mapping[KeyT, Mapping[Metric, int | None]]]) -> dict[KeyT, dict[Metric, int | None]]:
    """Several tables of numbers as one, joined by their keys (days or post ids)."""
    merged: dict[KeyT, dict[Metric, int | None]] = {}
    for table in tables:
        for key, numbers in table.items():
            merged.setdefault(key, {}).update(numbers)
    return merged


def build_days(table: Mapping[date, Numbers], days: Sequence[date]) -> list[AccountDay]:
    """The asked days that have at least one number, oldest first."""
    asked = set(days)
    return [
        AccountDay(day, **{metric.value: number for metric, number in numbers.items()})
        for day, numbers in sorted(table.items())
        if day in asked and any(number is not None for number in numbers.values())
    ]


def closed_days(first: date, last: date, *, now: datetime, zone: str, most: int) -> list[date]:
    """The days from `first` to `last` that are over in `zone`, of the `most` last ones: never today, never the future."""
    today = now.astimezone(ZoneInfo(zone)).date()
    first, last = max(first, today - timedelta(days=most)), min(last, today - timedelta(days=1))
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def take_newest(listed: Iterable[ListedPost], limit: int) -> list[ListedPost]:
    """The first `limit` different posts, newest first."""
    taken: dict[str, ListedPost] = {}
    for item in listed if limit > 0 else ():
        taken.setdefault(item.post.post_id, item)
        if len(taken) >= limit:
            break
    return sorted(taken.values(), key=lambda item: item.post.published_at, reverse=True)


def in_batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """`items` in slices of at most `size`."""
    return (items[start : start + size] for start in range(0, len(items), size))
