"""Does a platform give a metric now? Given, retired, given again or not offered, and since when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from core.metrics import Offer


class StandingState(StrEnum):
    """How a metric stands at a platform."""

    GIVEN = "given"
    GIVEN_AGAIN = "given_again"
    REDEFINED = "redefined"
    NOT_YET = "not_yet"
    RETIRED = "retired"
    NOT_OFFERED = "not_offered"


@dataclass(frozen=True, slots=True)
class Standing:
    """The state, and the day since which it holds (None = ever)."""

    state: StandingState
    since: date | None = None


_AFTER = {
    "retired": StandingState.RETIRED,
    "returned": StandingState.GIVEN_AGAIN,
    "redefined": StandingState.REDEFINED,
}


def standing(offer: Offer | None, events: Sequence[tuple[date, str]], *, today: date) -> Standing:
    """By the platform's own map and what became of the metric (day and word, the oldest first)."""
    if offer is None:
        return Standing(StandingState.NOT_OFFERED)
    if offer.last_day and offer.last_day < today:
        return Standing(StandingState.RETIRED, offer.last_day)
    if offer.first_day and offer.first_day > today:
        return Standing(StandingState.NOT_YET, offer.first_day)
    known = [(day, _AFTER[word]) for day, word in events if word in _AFTER]
    return Standing(known[-1][1], known[-1][0]) if known else Standing(StandingState.GIVEN, offer.first_day)
