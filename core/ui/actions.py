"""What can a click do? Write a request; the sidecar carries it out."""

from dataclasses import dataclass

from core.domain import RunTrigger
from core.ops import runs
from core.ui import data


@dataclass(frozen=True, slots=True)
class Requested:
    """The run that answers a request; `is_new` is False where it was on its way already."""

    run_id: int
    is_new: bool


def request_syncs(business_ids: list[int]) -> list[Requested]:
    """Ask for a sync of each business."""
    on_their_way = {run.id for run in data.active_runs()}
    now = data.now()
    asked = [runs.request_run(data.operations(), id_, RunTrigger.MANUAL, now=now) for id_ in business_ids]
    return [Requested(run.id, run.id not in on_their_way) for run in asked]
