"""What does every platform's fetcher look like, and how is an answer read safely?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from core.domain import AccountDay, Platform, Post, PostSnapshot, Profile
from core.errors import MalformedAnswerError
from core.metrics import Offers


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


class Fetcher(Protocol):
    """Reads one account. Every method raises a FetchError named by its remedy."""

    platform: ClassVar[Platform]
    offers: ClassVar[Offers]
    day_zone: ClassVar[str]
    """The IANA zone in which the platform cuts its days."""

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


class AnswerModel(BaseModel):
    """Base of the typed answers: unknown keys are ignored, numbers in id fields become text."""

    model_config = {"coerce_numbers_to_str": True, "frozen": True}


ModelT = TypeVar("ModelT", bound=BaseModel)


def parse_answer(model: type[ModelT], body: Any, *, of: str) -> ModelT:
    """`body` as `model`, or MalformedAnswerError saying which field of which answer (`of`) is wrong."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole answer"
        raise MalformedAnswerError(f"{of} came in an unexpected shape: {where}: {first['msg']}.", answer=str(body)[:2000]) from error
