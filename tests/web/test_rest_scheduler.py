"""The scheduler's routes answer as they are written down, word by word; a stopped sidecar is an answer, not an error."""

from datetime import timedelta

import pytest

from core.ops.schedules import ScheduleSettings, get_schedule, save_schedule
from core.ops.sidecars import SILENCE, record_heartbeat, record_stopped
from tests.conftest import NOW
from tests.ui.folder import JOB
from tests.web.rest import problem

pytestmark = pytest.mark.integration

STOPPED = {"success": True, "status": {"running": False, "jobs": [], "state": "STATE_STOPPED"}}


def beat(database, *jobs):
    with database.transaction() as session:
        record_heartbeat(session, "here:1", jobs=list(jobs), job_error=None, now=NOW)


def job_of(business_id):
    return {"id": f"sync_business_{business_id}", "name": "Sync one", "next_run_time": None, "trigger": "paused"}


def schedule_of(own, business_id):
    with own.database.reading() as session:
        return get_schedule(session, business_id)


class TestStatus:
    def test_a_running_sidecar(self, rest):
        beat(rest.database, JOB)
        assert rest.here().get("/scheduler/status").json() == {
            "success": True,
            "status": {"running": True, "jobs": [JOB], "state": "STATE_RUNNING"},
        }

    def test_no_sidecar_ever(self, rest):
        answer = rest.here().get("/scheduler/status")
        assert (answer.status_code, answer.json()) == (200, STOPPED)

    def test_a_sidecar_that_left(self, rest):
        beat(rest.database, JOB)
        with rest.database.transaction() as session:
            record_stopped(session, "here:1", now=NOW)
        assert rest.here().get("/scheduler/status").json() == STOPPED

    def test_a_sidecar_that_died(self, rest):
        beat(rest.database, JOB)
        client = rest.here()
        rest.clock.advance(SILENCE)
        assert client.get("/scheduler/status").json()["status"]["running"] is True
        rest.clock.advance(timedelta(seconds=1))
        assert client.get("/scheduler/status").json() == STOPPED


class TestJobs:
    def test_with_their_number(self, rest):
        beat(rest.database, JOB)
        assert rest.here().get("/scheduler/jobs").json() == {
            "success": True,
            "scheduler_running": True,
            "jobs": [JOB],
            "total_jobs": 1,
        }

    def test_without_a_sidecar_there_are_none(self, rest):
        answer = {"success": True, "scheduler_running": False, "jobs": [], "total_jobs": 0}
        assert rest.here().get("/scheduler/jobs").json() == answer

    def test_a_key_sees_the_jobs_of_its_businesses_and_the_one_of_all(self, own):
        beat(own.database, JOB, job_of(own.aurora), job_of(own.bikes))
        client = own.with_key(own.bikes)
        assert client.get("/scheduler/jobs").json()["jobs"] == [JOB, job_of(own.bikes)]
        assert client.get("/scheduler/status").json()["status"]["jobs"] == [JOB, job_of(own.bikes)]
        assert own.here().get("/scheduler/jobs").json()["total_jobs"] == 3


class TestTriggerSync:
    def test_of_all_businesses(self, own):
        answer = own.here().post("/scheduler/trigger-sync").json()
        assert answer == {"success": True, "message": "Sync triggered for all businesses", "run_ids": [1, 2]}

    def test_of_one(self, own):
        answer = own.here().post(f"/scheduler/trigger-sync?business_id={own.bikes}").json()
        message = f"Sync triggered for business {own.bikes}"
        assert answer == {"success": True, "message": message, "run_ids": [1]}
        assert own.here().get("/runs/1").json()["business"] == "Lumen Bikes"

    def test_a_sync_on_its_way_is_the_answer(self, own):
        client = own.here()
        first = client.post("/scheduler/trigger-sync").json()["run_ids"]
        assert client.post("/scheduler/trigger-sync").json()["run_ids"] == first

    def test_of_a_business_without_an_account(self, own):
        empty, _ = own.folder.add_business("Nobody")
        sentence = problem(own.here().post(f"/scheduler/trigger-sync?business_id={empty}"), 409)
        assert sentence == "Nobody has no connected account, so there is nothing to sync: connect one first."
        assert len(own.here().post("/scheduler/trigger-sync").json()["run_ids"]) == 2

    def test_without_any_business(self, rest):
        assert rest.here().post("/scheduler/trigger-sync").json()["run_ids"] == []


class TestSchedule:
    def test_every_24_hours_unless_said_otherwise(self, own):
        assert own.here().post(f"/scheduler/business/{own.aurora}/schedule").json() == {
            "success": True,
            "message": f"Scheduled sync for business {own.aurora} every 24 hours",
            "business_id": own.aurora,
            "interval_hours": 24,
        }
        assert schedule_of(own, own.aurora).settings == ScheduleSettings(interval_hours=24)

    def test_every_six_and_who_said_so(self, own):
        answer = own.with_key().post(f"/scheduler/business/{own.aurora}/schedule?interval_hours=6").json()
        assert (answer["interval_hours"], answer["message"][-13:]) == (6, "every 6 hours")
        known = schedule_of(own, own.aurora)
        assert known.settings.interval_hours == 6
        assert known.changed_by.startswith("API key Reporting")

    def test_pause_and_quiet_hours_stay_as_they_are(self, own):
        chosen = ScheduleSettings(interval_hours=2, is_paused=True, quiet_from=22, quiet_to=6)
        with own.database.transaction() as session:
            save_schedule(session, own.aurora, chosen, by="a test", now=NOW)
        own.here().post(f"/scheduler/business/{own.aurora}/schedule?interval_hours=12")
        assert schedule_of(own, own.aurora).settings == ScheduleSettings(12, True, 22, 6)

    @pytest.mark.parametrize("hours", ["0", "-1", "169", "1.5", "soon", ""])
    def test_other_intervals_are_refused(self, own, hours):
        answer = own.here().post(f"/scheduler/business/{own.aurora}/schedule?interval_hours={hours}")
        assert "interval_hours is wrong" in problem(answer, 422)
        assert not schedule_of(own, own.aurora).is_own

    def test_removed_it_is_synced_every_hour_with_the_others(self, own):
        client, path = own.here(), f"/scheduler/business/{own.aurora}/schedule"
        client.post(path)
        assert client.delete(path).json() == {
            "success": True,
            "message": f"Removed the schedule of business {own.aurora}: it is synced every hour, with all others",
            "business_id": own.aurora,
        }
        assert not schedule_of(own, own.aurora).is_own
        again = client.delete(path)
        assert again.status_code == 200
        assert again.json()["message"].startswith("There was no schedule of its own")
