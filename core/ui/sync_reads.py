"""What does the Syncs page read of single runs and of what happened? One question each."""

from collections.abc import Callable
from typing import Any, TypeVar

from core.ops import activities, run_summaries, schedules, step_logs
from core.ops.models import Activity
from core.ops.run_summaries import RunSummary
from core.ops.schedules import BusinessSchedule
from core.ops.step_logs import LogLine
from core.ui import data

Answer = TypeVar("Answer")
NEWEST_ACTIVITIES = 100


def find_run(run_id: int) -> RunSummary | None:
    return ask(lambda session: run_summaries.find_run_summary(session, run_id))


def log_of(step_id: int) -> list[LogLine]:
    return ask(lambda session: step_logs.find_log(session, step_id))


def newest_activities(business_id: int | None) -> list[Activity]:
    return ask(lambda session: activities.list_activities(session, limit=NEWEST_ACTIVITIES, business_id=business_id))


def schedule_of(business_id: int) -> BusinessSchedule:
    return ask(lambda session: schedules.get_schedule(session, business_id))


def ask(query: Callable[[Any], Answer]) -> Answer:
    """The answer of the operations database."""
    with data.operations().reading() as session:
        return query(session)
