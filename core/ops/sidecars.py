"""Is a sidecar alive, and what has it really scheduled?"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.ops.models import Activity, Sidecar, SyncRun
from core.ops.schedules import get_schedule

ALL_JOB = "sync_all_businesses"
SILENCE = timedelta(seconds=12)
"""A heart that has not beaten for so long stands still (it beats every 2 s)."""


@dataclass(frozen=True, slots=True)
class SidecarStatus:
    """What the sidecar says of itself; `jobs` are dictionaries of id, name, next_run_time (ISO, UTC; None: paused) and trigger."""

    is_running: bool
    jobs: list[dict[str, Any]] = field(default_factory=list)
    beat_at: datetime | None = None
    job_error: str | None = None


def record_heartbeat(
    session: Session, instance: str, *, jobs: list[dict[str, Any]], job_error: str | None, now: datetime
) -> None:
    """Beat, and say which jobs are scheduled for when."""
    sidecar = session.get(Sidecar, instance)
    if sidecar is None:
        sidecar = Sidecar(instance=instance, started_at=now)
        session.add(sidecar)
    sidecar.beat_at, sidecar.jobs, sidecar.stopped_at = now, jobs, None
    sidecar.job_error = job_error and job_error[:2000]


def record_stopped(session: Session, instance: str, *, now: datetime) -> None:
    """A sidecar that leaves cleanly says so."""
    sidecar = session.get(Sidecar, instance)
    if sidecar is not None:
        sidecar.stopped_at = now


def sidecar_status(session: Session, *, now: datetime) -> SidecarStatus:
    """The newest sidecar's word, and whether its heart beats."""
    # a beat from the future is of a clock that was set back since
    newest = select(Sidecar).where(Sidecar.beat_at <= now + SILENCE).order_by(Sidecar.beat_at.desc()).limit(1)
    sidecar = session.scalars(newest).first()
    if sidecar is None:
        return SidecarStatus(is_running=False)
    is_running = sidecar.stopped_at is None and now - sidecar.beat_at <= SILENCE
    return SidecarStatus(is_running, sidecar.jobs if is_running else [], sidecar.beat_at, sidecar.job_error)


def newest_instant(session: Session) -> datetime | None:
    """The newest instant that anything was recorded at, which no clock may be before."""
    columns = (Sidecar.beat_at, SyncRun.requested_at, SyncRun.finished_at, Activity.at)
    found = [session.scalar(select(func.max(column))) for column in columns]
    return max((instant for instant in found if instant is not None), default=None)


def job_of(business_id: int) -> str:
    """The id of the job that syncs a business with a schedule of its own."""
    return f"sync_business_{business_id}"


def next_run_of(session: Session, business_id: int, *, now: datetime) -> datetime | None:
    """When a business is synced next by itself, as the sidecar has really scheduled it.

    None: its schedule is paused, it is archived, no sidecar is running, or the sidecar has not seen a new schedule yet.
    """
    schedule = get_schedule(session, business_id)
    if schedule.settings.is_paused or schedule.is_archived:
        return None
    wanted = job_of(business_id) if schedule.is_own else ALL_JOB
    jobs = {job["id"]: job["next_run_time"] for job in sidecar_status(session, now=now).jobs}
    planned = jobs.get(wanted)
    return datetime.fromisoformat(planned) if planned else None
