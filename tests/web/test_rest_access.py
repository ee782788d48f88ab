"""Who may use the REST surface, and of which businesses does she hear?"""

from datetime import timedelta

import pytest

from core.domain import RunTrigger
from core.ops.api_keys import list_keys, revoke_key
from core.ops.businesses import archive_business
from core.ops.key_rows import KeyAccess
from core.ops.runs import request_run
from core.settings import Settings
from core.web.api import access
from tests.conftest import NOW
from tests.web.rest import HERE, Rest, problem

pytestmark = pytest.mark.integration

READS = ("/businesses", "/accounts", "/catalog", "/scheduler/status", "/scheduler/jobs", "/runs", "/metrics")
WRITES = (
    ("POST", "/scheduler/trigger-sync"),
    ("POST", "/scheduler/business/1/schedule"),
    ("DELETE", "/scheduler/business/1/schedule"),
    ("POST", "/runs"),
    ("POST", "/runs/1/cancel"),
    ("POST", "/runs/1/retry"),
)
ROUTES = [*(("GET", path) for path in (*READS, "/runs/1")), *WRITES]


@pytest.fixture
def run(own):
    """A run of Lumen Bikes, the second business; the first one has one, too."""
    request_run(own.database, own.aurora, RunTrigger.MANUAL, now=NOW)
    return request_run(own.database, own.bikes, RunTrigger.MANUAL, now=NOW)


def test_the_tables_above_name_every_route(rest):
    document = rest.here().get("/openapi.json").json()
    known = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    told = {
        (m, p.replace("/business/1", "/business/{business_id}").replace("/runs/1", "/runs/{run_id}")) for m, p in ROUTES
    }
    assert known == told | {("GET", "/health")}


class TestFromElsewhere:
    @pytest.mark.parametrize(("method", "path"), ROUTES)
    def test_every_route_needs_a_key(self, shared, method, path):
        answer = shared.elsewhere().request(method, path)
        assert problem(answer, 401) == access.NEEDED
        assert answer.headers["www-authenticate"] == "Bearer"

    @pytest.mark.parametrize("path", READS)
    def test_a_key_that_may_read_does(self, shared, path):
        assert shared.with_key(access=KeyAccess.READ).get(path).status_code == 200

    @pytest.mark.parametrize(("method", "path"), WRITES)
    def test_and_changes_nothing(self, shared, method, path):
        assert problem(shared.with_key(access=KeyAccess.READ).request(method, path), 403) == access.READ_ONLY

    @pytest.mark.parametrize("header", ["Bearer tideline_wrong", "Basic dTpw", "tideline_wrong", "Bearer", ""])
    def test_another_header_is_no_key(self, shared, header):
        assert problem(shared.elsewhere(authorization=header).get("/runs"), 401) == access.UNKNOWN

    @pytest.mark.parametrize("name", ["key", "api_key", "access_token", "authorization"])
    def test_a_key_in_the_address_opens_nothing_and_is_not_repeated(self, shared, name):
        secret = shared.key()
        answer = shared.elsewhere().get(f"/runs?{name}={secret}")
        assert answer.status_code in (401, 422)
        assert secret not in answer.text

    def test_a_revoked_key_opens_nothing_from_that_moment(self, own):
        client = own.with_key()
        assert client.get("/runs").status_code == 200
        with own.database.transaction() as session:
            revoke_key(session, list_keys(session)[0].id, by="a test", now=NOW)
        assert problem(client.get("/runs"), 401) == access.UNKNOWN

    def test_its_use_is_noted_once_a_minute(self, own):
        client = own.with_key()

        def last_used():
            with own.database.reading() as session:
                return list_keys(session)[0].last_used_at

        assert last_used() is None
        for passed, noted in ((0, NOW), (59, NOW), (1, NOW + timedelta(seconds=60))):
            own.clock.advance(timedelta(seconds=passed))
            client.get("/runs")
            assert last_used() == noted


class TestAtThisMachine:
    @pytest.mark.parametrize("path", READS)
    def test_no_key_is_needed(self, shared, path):
        assert shared.here().get(path).status_code == 200

    def test_not_for_what_changes_something_either(self, own):
        assert own.here().post("/scheduler/trigger-sync").status_code == 200

    def test_a_wrong_key_is_refused_all_the_same(self, shared):
        assert problem(shared.here(authorization="Bearer tideline_wrong").get("/runs"), 401) == access.UNKNOWN

    @pytest.mark.parametrize("peer", ["127.0.0.1", "127.9.9.9", "::1"])
    def test_every_loopback_address_is_this_machine(self, shared, peer):
        assert shared.client((peer, 1), {}).get("/runs").status_code == 200

    @pytest.mark.parametrize("peer", ["203.0.113.7", "10.0.0.1", "192.168.1.4", "172.17.0.1", "localhost", ""])
    def test_no_other_is(self, shared, peer):
        assert shared.client((peer, 1), {}).get("/runs").status_code == 401

    @pytest.mark.parametrize(
        "header",
        [
            "x-forwarded-for",
            "x-forwarded-host",
            "x-forwarded-proto",
            "x-forwarded-anything",
            "forwarded",
            "via",
            "x-real-ip",
            "true-client-ip",
            "cf-connecting-ip",
        ],
    )
    def test_what_was_passed_on_comes_from_elsewhere(self, shared, header):
        assert problem(shared.here(**{header: "127.0.0.1"}).get("/runs"), 401) == access.NEEDED

    def test_no_header_makes_a_loopback_peer(self, shared):
        for header in ("x-forwarded-for", "x-real-ip", "forwarded"):
            assert shared.elsewhere(**{header: "127.0.0.1"}).get("/runs").status_code == 401

    @pytest.mark.parametrize("host", ["tideline.example.com", "192.168.1.4:8501", "localhost.evil.test", "[", ""])
    def test_the_name_it_was_called_by_must_be_local(self, shared, host):
        assert shared.here(host=host).get("/runs").status_code == 401

    def test_behind_a_public_address_it_is_a_proxy_that_asks(self, shared):
        public = Settings.read(data_dir=shared.settings.data_dir, public_url="https://tideline.example.com")
        rest = Rest(public, shared.database)
        assert problem(rest.here().get("/runs"), 401) == access.NEEDED
        assert rest.with_key().get("/runs").status_code == 200

    def test_http_1_0_is_how_nginx_passes_on(self, shared):
        scope = {"type": "http", "client": HERE, "headers": [(b"host", b"localhost:8501")], "http_version": "1.1"}
        assert access.is_local(scope, shared.settings)
        assert not access.is_local({**scope, "http_version": "1.0"}, shared.settings)
        assert not access.is_local({**scope, "client": None}, shared.settings)  # a socket in the file system


class TestPagesOfOthers:
    """A page that is open in a browser of this machine can send requests to it, too."""

    @pytest.mark.parametrize(("method", "path"), WRITES)
    @pytest.mark.parametrize(
        "headers",
        [
            {"origin": "https://evil.test"},
            {"origin": "http://localhost:3000"},
            {"origin": "http://localhost:8501"},
            {"origin": "null"},
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-site"},
        ],
    )
    def test_they_change_nothing(self, shared, method, path, headers):
        assert problem(shared.here(**headers).request(method, path), 403) == access.BROWSER

    def test_with_a_key_it_is_no_page_of_others(self, own):
        key = own.key()
        client = own.elsewhere(authorization=f"Bearer {key}", origin="https://a-tool-of-ours.test")
        assert client.post("/scheduler/trigger-sync").status_code == 200


class TestScope:
    """A key of one business: everything of the others is as if there were none."""

    @pytest.fixture
    def of_one(self, own):
        return own.with_key(own.aurora)

    def test_lists_hold_its_business_alone(self, of_one, own, run):
        assert [one["name"] for one in of_one.get("/businesses").json()["businesses"]] == ["Aurora Coffee"]
        for path, whole in (("/accounts", "accounts"), ("/runs", "runs"), ("/metrics", "account_days")):
            found = of_one.get(path).json()[whole]
            assert {one["business_id"] for one in found} == {own.aurora}
        rules = of_one.get("/metrics").json()["engagement_rules"]
        assert [rule["business"] for rule in rules] == ["Aurora Coffee"]

    def test_the_other_one_is_not_found(self, of_one, own, run):
        other = own.bikes
        asked = [
            ("GET", f"/accounts?business_id={other}"),
            ("GET", f"/runs?business_id={other}"),
            ("GET", f"/metrics?business_id={other}"),
            ("GET", f"/metrics?business_id={other}&grain=post_lifetime&format=parquet"),
            ("POST", f"/scheduler/trigger-sync?business_id={other}"),
            ("POST", f"/scheduler/business/{other}/schedule"),
            ("DELETE", f"/scheduler/business/{other}/schedule"),
        ]
        for method, path in asked:
            assert problem(of_one.request(method, path), 404) == f"There is no business {other}."
        assert problem(of_one.post("/runs", json={"business_ids": [own.aurora, other]}), 404)

    def test_it_is_told_as_one_that_never_was(self, of_one, own, run):
        for path in ("/runs/{}", "/accounts?business_id={}"):
            hidden, absent = of_one.get(path.format(run.id)), of_one.get(path.format(999))
            assert hidden.status_code == absent.status_code == 404
            assert hidden.text.replace(str(run.id), "999") == absent.text

    @pytest.mark.parametrize(("method", "path"), [("GET", ""), ("POST", "/cancel"), ("POST", "/retry")])
    def test_neither_are_its_runs(self, of_one, run, method, path):
        assert problem(of_one.request(method, f"/runs/{run.id}{path}"), 404) == f"There is no run {run.id}."

    def test_syncs_of_all_are_of_its_own(self, of_one, own):
        answer = of_one.post("/scheduler/trigger-sync").json()
        assert answer["message"] == "Sync triggered for all businesses of this key"
        assert {one["business_id"] for one in own.here().get("/runs").json()["runs"]} == {own.aurora}
        assert len(answer["run_ids"]) == 1
        assert len(of_one.post("/runs").json()["runs"]) == 1

    def test_an_archived_business_is_not_found(self, of_one, own):
        with own.database.transaction() as session:
            archive_business(session, own.aurora, now=NOW)
        assert of_one.get("/businesses").json() == {"businesses": []}
        assert of_one.get(f"/metrics?business_id={own.aurora}").status_code == 404

    def test_a_key_whose_businesses_are_gone_sees_none_of_the_rest(self, of_one, own, run):
        with own.database.transaction() as session:
            session.connection().exec_driver_sql(f"DELETE FROM businesses WHERE id = {own.aurora}")
        assert of_one.get("/businesses").json() == {"businesses": []}
        assert of_one.get("/runs").json()["runs"] == []
        assert of_one.get("/metrics").json()["account_days"] == []
        assert of_one.post("/scheduler/trigger-sync").json()["run_ids"] == []
