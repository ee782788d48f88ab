"""When are businesses with a schedule of their own synced? Each is a job of the timetable, planned anew as its schedule changes."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from core.clock import Clock
from core.ops.schedules import BusinessSchedule, list_own_schedules
from core.ops.session import OperationsDatabase
from core.ops.sidecars import job_of
from core.timetable import Timetable


class OwnSchedules:
    """Keeps the timetable's jobs as the operations database says; nothing has to be told of a change."""

    def __init__(
        self, *, database: OperationsDatabase, timetable: Timetable, clock: Clock, request: Callable[[int], None]
    ) -> None:
        """`request` asks for a sync of a business, and records that its schedule came round."""
        self._database = database
        self._timetable = timetable
        self._clock = clock
        self._request = request
        self._known: dict[int, BusinessSchedule] = {}

    def refresh(self) -> None:
        """Plan what is new, changed or has come round, and forget what is gone."""
        with self._database.reading() as session:
            found = {one.business_id: one for one in list_own_schedules(session)}
        for business_id in self._known.keys() - found.keys():
            self._timetable.drop(job_of(business_id))
        for schedule in found.values():
            self._plan(schedule)
        self._known = found

    def _plan(self, schedule: BusinessSchedule) -> None:
        """Keep what is planned unless the schedule has changed, or would come round earlier by a clock that was set back."""
        job_id = job_of(schedule.business_id)
        turn, planned = schedule.next_turn(self._clock.now()), self._timetable.planned_at(job_id)
        is_kept = turn is None or (planned is not None and planned <= turn)
        if is_kept and self._known.get(schedule.business_id) == schedule:
            return
        self._timetable.plan(
            job_id,
            f"Sync Analytics for {schedule.business}",
            partial(self._request, schedule.business_id),
            every=timedelta(hours=schedule.settings.interval_hours),
            at=turn,
        )
