"""Which syncs are there, and how is one asked for, filled back, tried again or cancelled?"""

from datetime import date
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, ConfigDict, Field

from core.domain import RunState, RunTrigger
from core.errors import ConfigError
from core.ops import runs as stored
from core.ops.models import SyncRun
from core.web.api.access import Caller, CallerOf, Office, OfficeOf, visible_business
from core.web.api.asking import ask_for_sync, ready
from core.web.api.problems import RefusedError, documented, not_found, unfit
from core.web.api.shapes import AskedRuns, Id, NumberedId, RunId, Runs, RunShape, RunWithStepsShape

MOST_RUNS = 200
MOST_BUSINESSES = 1000

routes = APIRouter(prefix="/runs", tags=["Runs"])


class Question(BaseModel):
    """Which runs are listed."""

    model_config = ConfigDict(extra="forbid")

    business_id: Id | None = Field(None, description="Those of one business.")
    state: RunState | None = Field(None, description="Those in this state.")
    before_id: Id | None = Field(None, description="Those that are older: what the page before gave as next_before_id.")
    limit: int = Field(50, ge=1, le=MOST_RUNS, description="How many.")


class Fill(BaseModel):
    """The days to be read again from the platforms, both ends included."""

    model_config = ConfigDict(extra="forbid")

    first: date
    last: date


class Wish(BaseModel):
    """What is to be synced. Without anything: every business that the key opens, as a sync at the full hour would."""

    model_config = ConfigDict(extra="forbid")

    business_ids: list[NumberedId] | None = Field(
        None, min_length=1, max_length=MOST_BUSINESSES, description="Those alone; null for all that the key opens."
    )
    failed_only: bool = Field(False, strict=True, description="Only the accounts whose newest sync failed.")
    fill: Fill | None = Field(
        None, description="Fill in these days of the past, as far as the platforms still have them."
    )


@routes.get("", responses=documented(HTTPStatus.NOT_FOUND))
def list_runs(office: OfficeOf, caller: CallerOf, asked: Annotated[Question, Query()]) -> Runs:
    """The runs, the newest first."""
    if asked.business_id is not None:
        visible_business(office, caller, asked.business_id)
    with office.database.reading() as session:
        found = stored.list_runs(
            session,
            limit=asked.limit + 1,
            business_id=asked.business_id,
            before_id=asked.before_id,
            state=asked.state,
            business_ids=None if caller.business_ids is None else sorted(caller.business_ids),
        )
    page = found[: asked.limit]
    has_more = len(found) > asked.limit
    return Runs(runs=[RunShape.of(run) for run in page], next_before_id=page[-1].id if has_more else None)


@routes.get("/{run_id}", responses=documented(HTTPStatus.NOT_FOUND))
def get_run(office: OfficeOf, caller: CallerOf, run_id: RunId) -> RunWithStepsShape:
    """One run, with the part of each account."""
    return RunWithStepsShape.of(_visible_run(office, caller, run_id))


@routes.post(
    "",
    status_code=HTTPStatus.ACCEPTED,
    responses=documented(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def ask_for_runs(office: OfficeOf, caller: CallerOf, wish: Annotated[Wish | None, Body()] = None) -> AskedRuns:
    """Ask for syncs; the sidecar begins them within a second. Where nothing has failed, failed_only asks for none."""
    wish = wish or Wish()
    if wish.failed_only and wish.fill:
        raise unfit("failed_only and fill are two different requests: send one of them.")
    asked = ready(office, caller, wish.business_ids)
    found = [_ask(office, caller, business_id, wish) for business_id in asked]
    with office.database.reading() as session:
        return AskedRuns(runs=[RunShape.of(stored.get_run(session, run.id)) for run in found if run])


@routes.post("/{run_id}/cancel", responses=documented(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT))
def cancel_run(office: OfficeOf, caller: CallerOf, run_id: RunId) -> RunWithStepsShape:
    """End a run: at once where it has not begun, else when the accounts it is at are done. What was read is kept."""
    run = _visible_run(office, caller, run_id)
    if run.state.is_final:
        raise RefusedError(f"Run {run_id} is over already: {run.state}.", HTTPStatus.CONFLICT)
    with office.database.transaction() as session:
        stored.cancel_run(session, run_id, by=caller.name, now=office.clock.now())
    return RunWithStepsShape.of(_visible_run(office, caller, run_id))


@routes.post(
    "/{run_id}/retry",
    status_code=HTTPStatus.ACCEPTED,
    responses=documented(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def retry_run(office: OfficeOf, caller: CallerOf, run_id: RunId) -> RunWithStepsShape:
    """Ask again for what a run did not bring: its accounts that failed, were cut short or were cancelled."""
    before = _visible_run(office, caller, run_id)
    try:
        run = stored.retry_run(office.database, run_id, requested_by=caller.name, now=office.clock.now())
    except stored.BusyError as busy:
        raise RefusedError(str(busy), HTTPStatus.CONFLICT) from busy
    if run is None:
        why = "brought all that it was asked for" if before.state.is_final else "is still going on"
        raise RefusedError(f"Run {run_id} {why}: there is nothing to try again.", HTTPStatus.CONFLICT)
    return RunWithStepsShape.of(_visible_run(office, caller, run.id))


def _ask(office: Office, caller: Caller, business_id: int, wish: Wish) -> SyncRun | None:
    now = office.clock.now()
    if wish.failed_only:
        return stored.request_failed(office.database, business_id, requested_by=caller.name, now=now)
    if wish.fill is None:
        return ask_for_sync(office, caller, business_id)
    try:
        return stored.request_run(
            office.database,
            business_id,
            RunTrigger.BACKFILL,
            now=now,
            requested_by=caller.name,
            fill=(wish.fill.first, wish.fill.last),
        )
    except stored.BusyError as busy:
        raise RefusedError(str(busy), HTTPStatus.CONFLICT) from busy
    except ConfigError as error:  # its sentence says which days can be filled
        raise unfit(str(error)) from error


def _visible_run(office: Office, caller: Caller, run_id: int) -> SyncRun:
    """The run with its steps; one of a business that she does not see does not exist for her."""
    with office.database.reading() as session:
        run = stored.find_run(session, run_id)
    if run is None or not caller.sees(run.business_id):
        raise not_found(f"run {run_id}")
    return run
