"""The REST surface: health and the scheduler's status, JSON always."""

from datetime import timedelta

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from core import __version__
from core.clock import MovableClock
from core.ops.sidecars import SILENCE, record_heartbeat, record_stopped
from core.settings import Settings
from core.web.api import create_api
from tests.conftest import NOW
from tests.web.client import TestClient

pytestmark = pytest.mark.integration

JOB = {
    "id": "sync_all_businesses",
    "name": "Sync Analytics for All Businesses",
    "next_run_time": "2026-11-24T10:00:00+00:00",
    "trigger": "cron[minute='0']",
}


STOPPED = {"success": True, "status": {"running": False, "jobs": [], "state": "STATE_STOPPED"}}


def serve(settings, clock=None):
    api = create_api(settings, clock or MovableClock(NOW))
    return TestClient(Starlette(routes=[Mount("/api/v1", app=api)]), raise_server_exceptions=False)


def beat(database, now=NOW):
    with database.transaction() as session:
        record_heartbeat(session, "here:1", jobs=[JOB], job_error=None, now=now)


class TestHealth:
    def test_all_is_well(self, settings, database, warehouse):
        warehouse.publish()
        beat(database)
        answer = serve(settings).get("/api/v1/health")
        assert answer.status_code == 200
        assert answer.json() == {
            "status": "ok",
            "version": __version__,
            "operations": "ok",
            "warehouse": "warehouse-1.duckdb",
            "sidecar": "running",
        }
        assert answer.headers["cache-control"] == "no-store"

    def test_nothing_published_and_no_sidecar_are_told_and_are_no_fault(self, settings, database):
        answer = serve(settings).get("/api/v1/health")
        assert answer.status_code == 200
        assert (answer.json()["warehouse"], answer.json()["sidecar"]) == (None, "stopped")

    @pytest.mark.parametrize("path", ["/api/v1/health", "/api/v1/scheduler/status"])
    def test_without_a_schema(self, tmp_path, path):
        answer = serve(Settings.read(data_dir=tmp_path)).get(path)
        assert answer.status_code == 503
        assert answer.json()["status"] == "unavailable"
        assert "python -m core migrate" in answer.json()["error"]

    def test_another_schema(self, settings, database):
        with database.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        assert serve(settings).get("/api/v1/health").status_code == 503

    def test_without_a_data_folder(self, tmp_path):
        answer = serve(Settings.read(data_dir=tmp_path / "nowhere")).get("/api/v1/health")
        assert answer.status_code == 503
        assert "cannot be opened" in answer.json()["error"]

    def test_it_is_well_again_once_the_schema_is_there(self, tmp_path):
        from core.ops.migrate import migrate  # noqa: PLC0415  # late, as the operator would

        settings = Settings.read(data_dir=tmp_path)
        client = serve(settings)
        assert client.get("/api/v1/health").status_code == 503
        migrate(settings)
        assert client.get("/api/v1/health").status_code == 200


class TestSchedulerStatus:
    def test_a_running_sidecar(self, settings, database):
        beat(database)
        answer = serve(settings).get("/api/v1/scheduler/status")
        assert answer.status_code == 200
        assert answer.json() == {
            "success": True,
            "status": {"running": True, "jobs": [JOB], "state": "STATE_RUNNING"},
        }

    def test_no_sidecar_ever(self, settings, database):
        assert serve(settings).get("/api/v1/scheduler/status").json() == STOPPED

    def test_a_sidecar_that_left(self, settings, database):
        beat(database)
        with database.transaction() as session:
            record_stopped(session, "here:1", now=NOW)
        assert serve(settings).get("/api/v1/scheduler/status").json() == STOPPED

    def test_a_sidecar_that_died(self, settings, database):
        clock = MovableClock(NOW)
        beat(database)
        client = serve(settings, clock)
        clock.advance(SILENCE)
        assert client.get("/api/v1/scheduler/status").json()["status"]["running"] is True
        clock.advance(timedelta(seconds=1))
        assert client.get("/api/v1/scheduler/status").json() == STOPPED


class TestErrors:
    @pytest.mark.parametrize("path", ["/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v1/health/x"])
    def test_an_unknown_path(self, settings, database, path):
        answer = serve(settings).get(path)
        assert answer.status_code == 404
        assert answer.json()["success"] is False

    def test_a_wrong_method(self, settings, database):
        answer = serve(settings).post("/api/v1/health")
        assert answer.status_code == 405
        assert answer.json()["success"] is False

    def test_a_fault_of_our_own_tells_nothing(self, settings, database, monkeypatch):
        monkeypatch.setattr("core.web.api.sidecar_status", lambda *_, **__: 1 / 0)
        answer = serve(settings).get("/api/v1/health")
        assert answer.status_code == 500
        assert "division" not in answer.text
        assert answer.json()["success"] is False
