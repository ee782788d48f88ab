"""What can be asked of the syncs with a click? A run of some accounts or days, an end, a schedule; written down for the sidecar."""

from collections.abc import Collection, Sequence

from core.analytics.periods import Period
from core.domain import RunState, RunTrigger
from core.ops import runs, schedules
from core.ops.models import SyncRun
from core.ops.schedules import ScheduleSettings
from core.ui import data
from core.ui.actions import PERSON, Requested


def sync(business_ids: Sequence[int]) -> list[Requested]:
    """Ask for a sync of each business."""
    known, database = _on_their_way(), data.operations()
    return [
        _told(runs.request_run(database, id_, RunTrigger.MANUAL, now=data.now(), requested_by=PERSON), known)
        for id_ in business_ids
    ]


def retry_failed(business_ids: Sequence[int]) -> list[Requested]:
    """Ask for a sync of only those accounts whose last one failed."""
    known, database = _on_their_way(), data.operations()
    asked = [runs.request_failed(database, id_, requested_by=PERSON, now=data.now()) for id_ in business_ids]
    return [_told(run, known) for run in asked if run is not None]


def retry(run_id: int) -> list[Requested]:
    """Ask again for what one run did not bring; nothing where it brought all."""
    known = _on_their_way()
    run = runs.retry_run(data.operations(), run_id, requested_by=PERSON, now=data.now())
    return [_told(run, known)] if run else []


def fill(business_id: int, account_ids: Sequence[int], days: Period) -> list[Requested]:
    """Ask the platforms once more for these days."""
    known = _on_their_way()
    run = runs.request_run(
        data.operations(),
        business_id,
        RunTrigger.BACKFILL,
        now=data.now(),
        account_ids=list(account_ids),
        requested_by=PERSON,
        fill=(days.first, days.last),
    )
    return [_told(run, known)]


def cancel(run_id: int) -> RunState:
    """Ask for a run to end; how it stands then."""
    with data.operations().transaction() as session:
        return runs.cancel_run(session, run_id, by=PERSON, now=data.now())


def save_schedule(business_id: int, settings: ScheduleSettings) -> None:
    with data.operations().transaction() as session:
        schedules.save_schedule(session, business_id, settings, by=PERSON, now=data.now())


def remove_schedule(business_id: int) -> None:
    """Let the business be synced every hour with all others again."""
    with data.operations().transaction() as session:
        schedules.remove_schedule(session, business_id, by=PERSON, now=data.now())


def _on_their_way() -> set[int]:
    return {run.id for run in data.active_runs()}


def _told(run: SyncRun, known: Collection[int]) -> Requested:
    return Requested(run.id, run.id not in known)
