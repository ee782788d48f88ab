"""The REST surface as a whole: health, the document, and what it says where it cannot do what was asked."""

import pytest

from core import __version__
from core.ops.migrate import migrate
from core.ops.session import open_operations
from core.ops.sidecars import record_heartbeat
from core.settings import Settings
from tests.conftest import NOW
from tests.ui.folder import JOB
from tests.web.rest import Rest, problem

pytestmark = pytest.mark.integration

WELL = {"status": "ok", "version": __version__, "operations": "ok", "warehouse": None, "sidecar": "stopped"}


def beat(database):
    with database.transaction() as session:
        record_heartbeat(session, "here:1", jobs=[JOB], job_error=None, now=NOW)


@pytest.fixture
def without_schema(tmp_path):
    settings = Settings.read(data_dir=tmp_path)
    database = open_operations(settings)
    yield Rest(settings, database)
    database.close()


class TestHealth:
    def test_all_is_well(self, rest, warehouse):
        warehouse.publish()
        beat(rest.database)
        answer = rest.here().get("/health")
        assert answer.status_code == 200
        assert answer.json() == {**WELL, "warehouse": "warehouse-1.duckdb", "sidecar": "running"}
        assert answer.headers["cache-control"] == "no-store"

    def test_nothing_published_and_no_sidecar_are_told_and_are_no_fault(self, rest):
        answer = rest.here().get("/health")
        assert (answer.status_code, answer.json()) == (200, WELL)

    def test_it_needs_no_key_from_elsewhere_and_takes_head(self, rest):
        assert rest.elsewhere().get("/health").status_code == 200
        assert rest.elsewhere().head("/health").status_code == 200

    def test_without_a_schema(self, without_schema):
        answer = without_schema.here().get("/health")
        assert answer.status_code == 503
        assert (answer.json()["status"], answer.json()["success"]) == ("unavailable", False)
        assert "python -m core migrate" in answer.json()["error"]
        assert answer.headers["cache-control"] == "no-store"

    def test_another_schema(self, rest):
        with rest.database.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        assert rest.here().get("/health").status_code == 503

    def test_without_a_data_folder(self, tmp_path):
        answer = Rest(Settings.read(data_dir=tmp_path / "nowhere"), None).here().get("/health")
        assert answer.status_code == 503
        assert "cannot be opened" in answer.json()["error"]

    def test_it_is_well_again_once_the_schema_is_there(self, without_schema):
        client = without_schema.here()
        assert client.get("/health").status_code == 503
        migrate(without_schema.settings)
        assert client.get("/health").status_code == 200


class TestProblems:
    @pytest.mark.parametrize("path", ["", "/", "/nothing", "/health/x", "/docs", "/redoc"])
    def test_an_unknown_path(self, rest, path):
        assert "There is nothing at /api/v1" in problem(rest.here().get(path), 404)

    def test_a_wrong_method_with_the_right_ones(self, rest):
        answer = rest.here().put("/runs")
        assert problem(answer, 405) == "/api/v1/runs does not take PUT."
        assert answer.headers["allow"] == "GET, POST"

    def test_the_schedulers_own_say_success_too(self, rest):
        client = rest.here()
        assert client.get("/scheduler/nothing").json()["success"] is False
        assert client.post("/scheduler/trigger-sync?business_id=7").json()["success"] is False
        assert "success" not in client.get("/runs/7").json()

    def test_without_a_schema(self, without_schema):
        answer = without_schema.here().get("/scheduler/status")
        assert "python -m core migrate" in problem(answer, 503)
        assert answer.json()["success"] is False

    def test_a_fault_of_our_own_tells_nothing(self, rest, monkeypatch):
        monkeypatch.setattr("core.web.api.scheduler.sidecar_status", lambda *_, **__: 1 / 0)
        sentence = problem(rest.here().get("/scheduler/status"), 500)
        assert sentence == "Tideline met a fault of its own; the web process's log has the details."

    @pytest.mark.parametrize(
        ("asked", "named"),
        [
            ("/runs?limit=0", "limit is wrong: Input should be greater than or equal to 1."),
            ("/runs?limit=abc", "limit is wrong: Input should be a valid integer"),
            ("/runs?state=lost", "state is wrong: Input should be 'requested', 'running', 'succeeded'"),
            (
                "/runs?before_id=99999999999999999999",
                "before_id is wrong: Input should be less than or equal to 2147483647.",
            ),
            ("/runs/abc", "The path's run_id is wrong: Input should be a valid integer"),
            ("/metrics?platform=tiktok", "wrong: Input should be 'linkedin', 'x', 'facebook' or 'instagram'."),
            ("/metrics?first=yesterday", "first is wrong: Input should be a valid date"),
        ],
    )
    def test_a_wrong_value_is_named_with_what_is_taken(self, rest, asked, named):
        assert named in problem(rest.here().get(asked), 422)

    @pytest.mark.parametrize(
        ("method", "asked", "named"),
        [
            (
                "GET",
                "/runs?bussiness_id=1",
                "'bussiness_id' is no query parameter of /api/v1/runs, which takes business_id",
            ),
            ("GET", "/businesses?all=1", "'all' is no query parameter of /api/v1/businesses, which takes none."),
            ("GET", "/health?deep=1", "'deep'"),
            ("GET", "/metrics?metric=reach", "'metric'"),
            ("POST", "/scheduler/trigger-sync?busines_id=1", "'busines_id'"),
        ],
    )
    def test_an_unknown_parameter_is_named_with_the_known_ones(self, rest, method, asked, named):
        assert named in problem(rest.here().request(method, asked), 422)

    @pytest.mark.parametrize(
        ("body", "named"),
        [
            ({"business": 1}, "The body's business is wrong: Extra inputs are not permitted."),
            ({"business_ids": []}, "The body's business_ids is wrong: List should have at least 1 item"),
            ({"business_ids": ["1"]}, "The body's business_ids.0 is wrong: Input should be a valid integer."),
            ({"fill": {"first": "2026-01-01"}}, "The body's fill.last is wrong: Field required."),
        ],
    )
    def test_a_wrong_body_is_named_by_its_field(self, rest, body, named):
        assert named in problem(rest.here().post("/runs", json=body), 422)

    def test_a_body_that_is_not_json_and_one_that_is_too_large(self, rest):
        client, headers = rest.here(), {"content-type": "application/json"}
        assert "JSON" in problem(client.post("/runs", content="{", headers=headers), 422)
        assert client.post("/runs", content=" " * 70_000, headers=headers).status_code == 413


class TestDocument:
    def test_it_is_served_to_all_and_names_every_route_by_its_function(self, rest):
        document = rest.elsewhere().get("/openapi.json").json()
        assert document["openapi"].startswith("3.1")
        assert document["servers"] == [{"url": "/api/v1"}]
        names = {one["operationId"] for operations in document["paths"].values() for one in operations.values()}
        assert {"health", "status", "trigger_sync", "set_schedule", "list_runs", "metrics", "catalog"} <= names

    def test_everything_but_health_wants_a_key(self, rest):
        document = rest.elsewhere().get("/openapi.json").json()
        operations = {path: one for path, found in document["paths"].items() for one in found.values()}
        open_ones = {path for path, operation in operations.items() if "security" not in operation}
        assert open_ones == {"/health"}
