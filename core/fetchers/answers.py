"""How is an answer read safely, and how do its numbers become records? A missing number stays None."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, Field, ValidationError

from core.domain import AccountDay, PostSnapshot
from core.errors import MalformedAnswerError
from core.fetchers.dialect import quote_answer
from core.metrics import Grain, Metric, Offers


def _in_utc(instant: datetime) -> datetime:
    if not 1 < instant.year < 9999:  # a zone or half a day away, it would leave the calendar
        raise ValueError("an instant outside the calendar")
    return instant.astimezone(UTC)


def _no_bool(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("true or false where a number belongs")  # noqa: TRY004  # pydantic wants a ValueError
    return value


def _no_fraction(value: Any) -> Any:
    if isinstance(value, float | bool):
        raise ValueError("an id that has lost its digits")  # noqa: TRY004  # the same
    return value


ExternalId = Annotated[str, Field(min_length=1), BeforeValidator(_no_fraction)]
"""A platform's id: text, for they pass 2**53; a whole number becomes text."""
Counter = Annotated[int, Field(ge=-(2**63), lt=2**63), BeforeValidator(_no_bool)]
"""A whole number that fits a BIGINT column; it may be negative (LinkedIn's likeCount) and may fall."""
Instant = Annotated[AwareDatetime, BeforeValidator(_no_bool), AfterValidator(_in_utc)]

Numbers = Mapping[Metric, int | None]
"""The counters of one post or one day; None = not answered."""


class AnswerModel(BaseModel):
    """Base of the typed answers: unknown keys are ignored, numbers in text fields become text."""

    model_config = {"coerce_numbers_to_str": True, "frozen": True}


ModelT = TypeVar("ModelT", bound=BaseModel)
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
            f"{of} came in an unexpected shape: {where}: {first['msg']}.", answer=quote_answer(body)
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
    engagements = sum_engagements(numbers, offers, Grain.POST_LIFETIME)
    return PostSnapshot(post_id, **_columns({**numbers, Metric.ENGAGEMENTS: engagements}))


def build_days(table: Mapping[date, Numbers], days: Sequence[date]) -> list[AccountDay]:
    """The asked days that have at least one number, oldest first."""
    asked = set(days)
    return [
        AccountDay(day, **_columns(numbers))
        for day, numbers in sorted(table.items())
        if day in asked and any(number is not None for number in numbers.values())
    ]


def _columns(numbers: Numbers) -> dict[str, int | None]:
    """Numbers by the names of their columns, which hold 64 bits: a sum may have outgrown them."""
    for metric, number in numbers.items():
        if number is not None and not -(2**63) <= number < 2**63:
            raise MalformedAnswerError(f"The platform's numbers are too big to be {metric.value}.", answer=str(number))
    return {metric.value: number for metric, number in numbers.items()}


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


def closed_days(first: date, last: date, *, now: datetime, zone: str, most: int) -> list[date]:
    """The days from `first` to `last` that are over in `zone`, of the `most` last ones: never today, never the future."""
    today = now.astimezone(ZoneInfo(zone)).date()
    first, last = max(first, today - timedelta(days=most)), min(last, today - timedelta(days=1))
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
