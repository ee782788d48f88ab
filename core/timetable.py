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
    next_run_time: str
    trigger: str


class Timetable:
    """Jobs at fixed minutes, each with one instance, none starving another."""

    def __init__(self, clock: Clock, *, on_missed: Callable[[], None]) -> None:
        self.last_error: str | None = None
        self._clock = clock
        self._on_missed = on_missed
        self._scheduler = schedule.Scheduler()
        self._jobs: dict[str, tuple[str, Callable[[], None]]] = {}
        self._has_failed = False

    def every_hour(self, job_id: str, name: str, work: Callable[[], None]) -> None:
        """Run `work` at minute 0 of every hour."""
        self._jobs[job_id] = (name, work)
        self._plan(job_id)

    def run_due(self) -> None:
        """Run what is due now; never raises. What failed is made good at the next call that succeeds."""
        self._plan_anew_after_a_clock_set_back()
        if self._has_failed:
            self._attempt("The catch-up", self._on_missed)
        self._scheduler.run_pending()

    def jobs(self) -> list[ScheduledJob]:
        """The jobs with the times they are really scheduled for."""
        return [
            ScheduledJob(job_id, name, _utc(job.next_run).isoformat(), "cron[minute='0']")
            for job_id, (name, _) in self._jobs.items()
            for job in self._scheduler.get_jobs(job_id)
            if job.next_run
        ]

    def _plan(self, job_id: str) -> None:
        self._scheduler.clear(job_id)
        job = self._scheduler.every().hour.at(":00")
        job.do(lambda: self._run(job_id, job)).tag(job_id)

    def _plan_anew_after_a_clock_set_back(self) -> None:
        """schedule would wait for the hour that the clock showed before."""
        latest = self._clock.now() + timedelta(hours=1)
        for job_id in self._jobs:
            if any(job.next_run and _utc(job.next_run) > latest for job in self._scheduler.get_jobs(job_id)):
                self._plan(job_id)

    def _run(self, job_id: str, job: schedule.Job) -> None:
        name, work = self._jobs[job_id]
        planned = _utc(job.next_run) if job.next_run else self._clock.now()
        is_late = self._clock.now() - planned > GRACE
        self._attempt(name, self._on_missed if is_late else work)

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


def _utc(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC)
