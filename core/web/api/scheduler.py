"""How is the scheduler asked and told? Its status and jobs, syncs now, and a business's own schedule."""

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from core.ops import schedules
from core.ops.sidecars import SidecarStatus, sidecar_status
from core.ops.turns import LONGEST_INTERVAL
from core.web.api.access import Caller, CallerOf, Office, OfficeOf, visible_business
from core.web.api.asking import ask_for_sync, ready
from core.web.api.problems import documented
from core.web.api.shapes import BusinessId, Id

routes = APIRouter(prefix="/scheduler", tags=["Scheduler"])

OF_ONE = "sync_business_"
"""What the id of a job begins with that syncs one business."""


class Job(BaseModel):
    """A job as the sidecar has really scheduled it."""

    id: str
    name: str
    next_run_time: Annotated[str, Field(json_schema_extra={"format": "date-time"})] | None
    trigger: str


class Status(BaseModel):
    """Whether the sidecar runs, and its jobs."""

    running: bool
    jobs: list[Job]
    state: Literal["STATE_RUNNING", "STATE_STOPPED"]


class SchedulerStatus(BaseModel):
    """A stopped sidecar is an answer, not an error."""

    success: Literal[True] = True
    status: Status


class Jobs(BaseModel):
    """The jobs as the sidecar has really scheduled them."""

    success: Literal[True] = True
    scheduler_running: bool
    jobs: list[Job]
    total_jobs: int


class Triggered(BaseModel):
    """The runs that answer a request; one that was on its way already is the answer, too."""

    success: Literal[True] = True
    message: str
    run_ids: list[int]


class Scheduled(BaseModel):
    """How a business is synced from now on."""

    success: Literal[True] = True
    message: str
    business_id: int
    interval_hours: int


class Unscheduled(BaseModel):
    """A business without a schedule of its own is synced every hour, with all others."""

    success: Literal[True] = True
    message: str
    business_id: int


@routes.get("/status")
def status(office: OfficeOf, caller: CallerOf) -> SchedulerStatus:
    """Whether the sidecar runs, and what it has scheduled."""
    found = _sidecar(office)
    state: Any = "STATE_RUNNING" if found.is_running else "STATE_STOPPED"
    return SchedulerStatus(status=Status(running=found.is_running, jobs=_jobs(found, caller), state=state))


@routes.get("/jobs")
def jobs(office: OfficeOf, caller: CallerOf) -> Jobs:
    """What the sidecar has scheduled."""
    found = _sidecar(office)
    shown = _jobs(found, caller)
    return Jobs(scheduler_running=found.is_running, jobs=shown, total_jobs=len(shown))


@routes.post("/trigger-sync", responses=documented(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT))
def trigger_sync(
    office: OfficeOf,
    caller: CallerOf,
    business_id: Annotated[Id | None, Query(description="One business; without it all that the key opens.")] = None,
) -> Triggered:
    """Ask for a sync now; the sidecar begins it within a second."""
    asked = ready(office, caller, None if business_id is None else [business_id])
    run_ids = [ask_for_sync(office, caller, one).id for one in asked]
    whose = f"business {business_id}" if business_id is not None else "all businesses"
    of_key = " of this key" if business_id is None and caller.business_ids is not None else ""
    return Triggered(message=f"Sync triggered for {whose}{of_key}", run_ids=run_ids)


@routes.post("/business/{business_id}/schedule", responses=documented(HTTPStatus.NOT_FOUND))
def set_schedule(
    office: OfficeOf,
    caller: CallerOf,
    business_id: BusinessId,
    interval_hours: Annotated[int, Query(ge=1, le=LONGEST_INTERVAL, description="Every so many hours.")] = 24,
) -> Scheduled:
    """Sync a business every so many hours; its pause and its quiet hours stay as they are."""
    visible_business(office, caller, business_id)
    with office.database.transaction() as session:
        known = schedules.get_schedule(session, business_id).settings
        chosen = replace(known, interval_hours=interval_hours)
        schedules.save_schedule(session, business_id, chosen, by=caller.name, now=office.clock.now())
    hours = "hour" if interval_hours == 1 else "hours"
    return Scheduled(
        message=f"Scheduled sync for business {business_id} every {interval_hours} {hours}",
        business_id=business_id,
        interval_hours=interval_hours,
    )


@routes.delete("/business/{business_id}/schedule", responses=documented(HTTPStatus.NOT_FOUND))
def remove_schedule(office: OfficeOf, caller: CallerOf, business_id: BusinessId) -> Unscheduled:
    """Sync a business every hour again, with all others."""
    visible_business(office, caller, business_id)
    with office.database.transaction() as session:
        had_one = schedules.remove_schedule(session, business_id, by=caller.name, now=office.clock.now())
    done = "Removed the schedule of" if had_one else "There was no schedule of its own for"
    return Unscheduled(
        message=f"{done} business {business_id}: it is synced every hour, with all others", business_id=business_id
    )


def _sidecar(office: Office) -> SidecarStatus:
    with office.database.reading() as session:
        return sidecar_status(session, now=office.clock.now())


def _jobs(found: SidecarStatus, caller: Caller) -> list[Job]:
    """Those of all businesses, and those of single ones that she sees."""
    return [Job.model_validate(job) for job in found.jobs if _is_seen(job["id"], caller)]


def _is_seen(job_id: str, caller: Caller) -> bool:
    whose = job_id.removeprefix(OF_ONE)
    return whose == job_id or caller.sees(int(whose))
