"""What did an account's step do, line by line? Kept for two weeks beside the step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.orm import Session

from core.ops.columns import table_of
from core.ops.models import StepLog, SyncStep

KEEP_LOGS = timedelta(days=14)
_LOGS = table_of(StepLog)
_FORGET = delete(_LOGS).where(_LOGS.c.step_id == bindparam("this_step"))
_KEEP = insert(_LOGS)
"""Built once, for every step of every account comes by here."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """A request, a wait, an error or a note; `status`, `ms` and `attempt` are a request's, `status` None where nobody answered."""

    at: datetime
    kind: str
    text: str
    status: int | None = None
    ms: int | None = None
    attempt: int | None = None


def save_log(session: Session, step_id: int, lines: Sequence[Mapping[str, Any]]) -> None:
    """Keep a step's lines in the place of those that may be there already."""
    session.execute(_FORGET, {"this_step": step_id})
    session.execute(_KEEP, {"step_id": step_id, "lines": [dict(line) for line in lines]})


def find_log(session: Session, step_id: int) -> list[LogLine]:
    """The lines, oldest first; none where the step is older than two weeks, or has not ended."""
    log = session.get(StepLog, step_id)
    return [LogLine(**line | {"at": datetime.fromisoformat(line["at"])}) for line in (log.lines if log else [])]


def prune_logs(session: Session, *, before: datetime) -> None:
    """Remove the lines of steps that ended before an instant; the steps stay."""
    old = select(SyncStep.id).where(SyncStep.finished_at < before)
    session.execute(delete(StepLog).where(StepLog.step_id.in_(old)))
