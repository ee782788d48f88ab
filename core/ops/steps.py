"""What did one account's part of a run cost and bring, or which error ended it?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import CursorResult, bindparam, update
from sqlalchemy.orm import Session

from core.domain import LoadCounts, StepState
from core.errors import AppError, MalformedAnswerError, RateLimitedError, StoppedError
from core.ops.columns import table_of
from core.ops.models import SyncStep
from core.ops.quotas import Told, record_readings
from core.ops.step_logs import save_log

_STEPS = table_of(SyncStep)
_UPDATE = update(_STEPS).where(_STEPS.c.id == bindparam("this_step"))
"""Sets the columns it is given; built once, and past the mapper, for every step of every account comes by here."""


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """What one account's step cost and brought, or the error that ended it.

    The four parts of its time add up to its length, from its begin to the moment that this was made.
    """

    requests: int = 0
    retries: int = 0
    waited_s: float = 0.0
    asked_s: float = 0.0
    parsed_s: float = 0.0
    loaded_s: float = 0.0
    log: Sequence[Mapping[str, Any]] = ()
    limits: Sequence[Told] = ()
    posts: int = 0
    filled: str | None = None
    counts: LoadCounts = field(default_factory=LoadCounts)
    covered_to: datetime | None = None
    error: AppError | None = None


def record_step_started(session: Session, step_id: int, *, now: datetime) -> None:
    _update_step(session, step_id, {"state": StepState.RUNNING, "started_at": now})


def record_reached(session: Session, step_id: int, *, days_from: date | None, posts_from: datetime | None) -> None:
    """Remember how far a step that fills in the past has come: the days, or the posts, from then on are loaded."""
    told = {"days_filled_from": days_from, "posts_filled_from": posts_from}
    _update_step(session, step_id, {name: value for name, value in told.items() if value is not None})


def record_step(session: Session, step_id: int, outcome: StepOutcome, *, now: datetime) -> StepState:
    """Close a step with what it cost and brought, or with its error's sentence and remedy."""
    values = {
        "state": StepState.SUCCEEDED if outcome.error is None else StepState.FAILED,
        "finished_at": now,
        "requests": outcome.requests,
        "retries": outcome.retries,
        "waited_s": outcome.waited_s,
        "asked_s": outcome.asked_s,
        "parsed_s": outcome.parsed_s,
        "loaded_s": outcome.loaded_s,
        "filled": outcome.filled,
        "posts": outcome.posts,
        "covered_to": outcome.covered_to,
        "rows_new": outcome.counts.new,
        "rows_changed": outcome.counts.changed,
        "rows_unchanged": outcome.counts.unchanged,
        **_told_by(outcome.error),
    }
    _update_step(session, step_id, values)
    if outcome.log:
        save_log(session, step_id, outcome.log)
    if outcome.limits:
        record_readings(session, outcome.limits, now=now)
    return StepState(values["state"])


def _told_by(error: AppError | None) -> dict[str, Any]:
    """What a step keeps of the error that ended it; a rate limit makes it wait, a stop cuts it short."""
    if error is None:
        return {}
    told: dict[str, Any] = {"error": str(error)[:2000], "remedy": error.remedy}
    if isinstance(error, RateLimitedError):
        told |= {"state": StepState.WAITING, "retry_at": error.retry_at}
    if isinstance(error, StoppedError):
        told |= {"state": StepState.CANCELLED if error.is_cancelled else StepState.INTERRUPTED}
    if isinstance(error, MalformedAnswerError):
        told["answer"] = error.answer[:2000]
    return told


def _update_step(session: Session, step_id: int, values: dict[str, Any]) -> None:
    updated = session.execute(_UPDATE, {"this_step": step_id, **values})
    if not (isinstance(updated, CursorResult) and updated.rowcount):
        raise LookupError(f"step {step_id} is gone: its account or business was removed")
