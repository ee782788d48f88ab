"""When does which job run? The schedule library, with what it leaves out on purpose; its only importer.

A job that raises would stay first in line for ever and starve the rest: here it is caught, recorded and scheduled
again. Times are UTC because the process runs in UTC (core.settings.use_utc): `.at(":00", "UTC")` would need pytz.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import schedule

from core.clock import Clock

log = logging.getLogger(__name__)

GRACE = timedelta(seconds=300)
"""A run that comes later than this (the machine slept) is skipped; missed runs become one."""


@dataclass(frozen=True, slots=True)
class ScheduledJob:
    """A job as it is really scheduled; the fields are those of the REST surface."""

    id: str
    name: str
    next_run_time: str | None
    """ISO, in UTC; None while it is paused."""
    trigger: str


@dataclass(slots=True)
class _Job:
    name: str
    trigger: str
    work: Callable[[], None]
    planned: schedule.Job | None


class Timetable:
    """Jobs at full hours or at an instant that is planned anew each time; one instance of each, none starving another."""

    def __init__(self, clock: Clock, *, on_missed: Callable[[], None]) -> None:
        self.last_error: str | None = None
        self._clock = clock
        self._on_missed = on_missed
        self._scheduler = schedule.Scheduler()
        self._jobs: dict[str, _Job] = {}
        self._has_failed = False

    def every_hour(self, job_id: str, name: str, work: Callable[[], None]) -> None:
        """Run `work` at minute 0 of every hour."""
        self._jobs[job_id] = _Job(name, "cron[minute='0']", work, None)
        self._plan_hourly(job_id)

    def plan(self, job_id: str, name: str, work: Callable[[], None], *, every: timedelta, at: datetime | None) -> None:
        """Run `work` at an instant, None for a job that is paused; whoever plans it says each time when it comes next."""
        self.drop(job_id)
        self._jobs[job_id] = _Job(name, f"interval[{every}]", work, None)
        if at is not None:
            job = self._schedule(job_id, self._scheduler.every(int(every.total_seconds())).seconds)
            job.next_run = at.astimezone(UTC).replace(tzinfo=None)

    def drop(self, job_id: str) -> None:
        """Forget a job."""
        self._scheduler.clear(job_id)
        self._jobs.pop(job_id, None)

    def planned_at(self, job_id: str) -> datetime | None:
        """When a job runs next; None where it is paused or not known."""
        job = self._jobs.get(job_id)
        return _next_run(job.planned) if job else None

    def run_due(self) -> None:
        """Run what is due now; never raises. What failed is made good at the next call that succeeds."""
        self._plan_anew_after_a_clock_set_back()
        if self._has_failed:
            self._attempt("The catch-up", self._on_missed)
        self._scheduler.run_pending()

    def jobs(self) -> list[ScheduledJob]:
        """The jobs with the times they are really scheduled for."""
        return [
            ScheduledJob(job_id, job.name, planned.isoformat() if planned else None, job.trigger)
            for job_id, job in self._jobs.items()
            for planned in [_next_run(job.planned)]
        ]

    def _plan_hourly(self, job_id: str) -> None:
        self._scheduler.clear(job_id)
        self._schedule(job_id, self._scheduler.every().hour.at(":00"))

    def _schedule(self, job_id: str, job: schedule.Job) -> schedule.Job:
        self._jobs[job_id].planned = job
        job.do(lambda: self._run(job_id, job)).tag(job_id)
        return job

    def _plan_anew_after_a_clock_set_back(self) -> None:
        """schedule would wait for the hour that the clock showed before. Whoever plans a job at an instant sees to it himself."""
        latest = self._clock.now() + timedelta(hours=1)
        for job_id, job in self._jobs.items():
            planned = _next_run(job.planned)
            if job.trigger.startswith("cron") and planned and planned > latest:
                self._plan_hourly(job_id)

    def _run(self, job_id: str, job: schedule.Job) -> None:
        known = self._jobs[job_id]
        planned = _next_run(job) or self._clock.now()
        is_late = self._clock.now() - planned > GRACE
        self._attempt(known.name, self._on_missed if is_late else known.work)

    def _attempt(self, name: str, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:
            log.exception("the job %r failed", name)
            self.last_error = f"{name} failed at {self._clock.now():%Y-%m-%d %H:%M} UTC: {error}"
            self._has_failed = True
        else:
            self.last_error = None
            self._has_failed = False


def _next_run(job: schedule.Job | None) -> datetime | None:
    return job.next_run.replace(tzinfo=UTC) if job is not None and job.next_run is not None else None
