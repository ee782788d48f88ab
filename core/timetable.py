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
        self._names: dict[str, str] = {}

    def every_hour(self, job_id: str, name: str, work: Callable[[], None]) -> None:
        """Run `work` at minute 0 of every hour."""
        job = self._scheduler.every().hour.at(":00")
        job.do(lambda: self._run(job, name, work)).tag(job_id)
        self._names[job_id] = name

    def run_due(self) -> None:
        """Run what is due now; never raises."""
        self._scheduler.run_pending()

    def jobs(self) -> list[ScheduledJob]:
        """The jobs with the times they are really scheduled for."""
        return [
            ScheduledJob(job_id, name, _utc(job.next_run).isoformat(), "cron[minute='0']")
            for job_id, name in self._names.items()
            for job in self._scheduler.get_jobs(job_id)
            if job.next_run
        ]

    def _run(self, job: schedule.Job, name: str, work: Callable[[], None]) -> None:
        planned = _utc(job.next_run) if job.next_run else self._clock.now()
        late = self._clock.now() - planned > GRACE
        try:
            (self._on_missed if late else work)()
        except Exception as error:
            log.exception("the job %r failed", name)
            self.last_error = f"{name} failed at {self._clock.now():%Y-%m-%d %H:%M} UTC: {error}"
        else:
            self.last_error = None


def _utc(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC)
