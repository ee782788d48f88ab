"""Syncs over REST: listed page by page, looked at, asked for, tried again and cancelled."""

import pytest

from core.domain import RunState, RunTrigger, StepState
from core.ops import runs
from core.ops.models import SyncStep
from tests.conftest import NOW
from tests.web.rest import problem

pytestmark = pytest.mark.integration


def finish(own, run_id, state=RunState.SUCCEEDED, **steps):
    """End a run; by account, how its step ended (with an error where it failed)."""
    with own.database.transaction() as session:
        runs.claim_run(session, "test", now=NOW)
        for step in runs.get_run(session, run_id).steps:
            ended = steps.get(f"a{step.account_id}", StepState.SUCCEEDED)
            row = session.get_one(SyncStep, step.id)
            row.state, row.started_at, row.finished_at, row.rows_new, row.requests = ended, NOW, NOW, 7, 3
            row.error = "The login of Ana Berg has ended." if ended is StepState.FAILED else None
        runs.record_finished(session, run_id, state, now=NOW)


@pytest.fixture
def ended(own):
    """A finished run of Aurora Coffee, whose account on X failed; its id."""
    run = runs.request_run(own.database, own.aurora, RunTrigger.SCHEDULE, now=NOW)
    finish(own, run.id, RunState.PARTIAL, **{f"a{own.accounts[1]}": StepState.FAILED})
    return run.id


class TestList:
    def test_page_by_page_the_newest_first(self, own):
        for _ in range(5):
            finish(own, runs.request_run(own.database, own.aurora, RunTrigger.MANUAL, now=NOW).id)
        client, seen, address = own.here(), [], "/runs?limit=2"
        for expected in ([5, 4], [3, 2], [1]):
            page = client.get(address).json()
            assert [run["id"] for run in page["runs"]] == expected
            seen += expected
            address = f"/runs?limit=2&before_id={page['next_before_id']}"
        assert page["next_before_id"] is None
        assert seen == [5, 4, 3, 2, 1]

    def test_of_one_business_and_in_one_state(self, own, ended):
        runs.request_run(own.database, own.bikes, RunTrigger.MANUAL, now=NOW)
        client = own.here()

        def listed(query):
            return [(run["business"], run["state"]) for run in client.get(f"/runs{query}").json()["runs"]]

        assert listed("") == [("Lumen Bikes", "requested"), ("Aurora Coffee", "partial")]
        assert listed(f"?business_id={own.aurora}") == [("Aurora Coffee", "partial")]
        assert listed("?state=requested") == [("Lumen Bikes", "requested")]
        assert listed("?state=failed") == []

    def test_what_a_run_tells(self, own, ended):
        (told,) = own.here().get("/runs").json()["runs"]
        assert told == {
            "id": ended,
            "business_id": own.aurora,
            "business": "Aurora Coffee",
            "account_id": None,
            "trigger": "schedule",
            "state": "partial",
            "requested_at": "2026-11-24T09:30:00Z",
            "requested_by": None,
            "started_at": "2026-11-24T09:30:00Z",
            "finished_at": "2026-11-24T09:30:00Z",
            "cancel_requested_at": None,
            "fill_from": None,
            "fill_to": None,
            "error": None,
            "accounts": 4,
            "accounts_done": 4,
            "rows_new": 28,
            "rows_changed": 0,
            "rows_unchanged": 0,
        }

    def test_one_with_the_part_of_each_account(self, own, ended):
        told = own.here().get(f"/runs/{ended}").json()
        assert [step["platform"] for step in told["steps"]] == ["linkedin", "x", "facebook", "instagram"]
        failed = told["steps"][1]
        assert (failed["state"], failed["error"]) == ("failed", "The login of Ana Berg has ended.")
        assert (failed["requests"], failed["account"]) == (3, "Aurora Coffee x")
        assert "answer" not in failed  # what a platform answered may hold anything

    def test_one_that_is_not_there(self, own):
        assert problem(own.here().get("/runs/99"), 404) == "There is no run 99."


class TestAsking:
    def test_for_all(self, own):
        answer = own.here().post("/runs")
        assert answer.status_code == 202
        assert [(run["business"], run["state"], run["trigger"]) for run in answer.json()["runs"]] == [
            ("Aurora Coffee", "requested", "manual"),
            ("Lumen Bikes", "requested", "manual"),
        ]
        assert {run["requested_by"] for run in answer.json()["runs"]} == {"this machine"}

    def test_for_several_and_who_asked(self, own):
        answer = own.with_key().post("/runs", json={"business_ids": [own.bikes, own.aurora, own.bikes]}).json()
        assert [run["business_id"] for run in answer["runs"]] == [own.aurora, own.bikes]
        assert all(run["requested_by"].startswith("API key Reporting") for run in answer["runs"])

    def test_a_whole_number_may_be_written_with_a_point(self, own):
        answer = own.here().post("/runs", json={"business_ids": [float(own.bikes)]})
        assert [run["business_id"] for run in answer.json()["runs"]] == [own.bikes]

    def test_for_one_that_is_not_there_asks_for_none(self, own):
        answer = own.here().post("/runs", json={"business_ids": [own.aurora, 99]})
        assert problem(answer, 404) == "There is no business 99."
        assert own.here().get("/runs").json()["runs"] == []

    def test_for_what_failed_alone(self, own, ended):
        (run,) = own.here().post("/runs", json={"failed_only": True}).json()["runs"]
        steps = own.here().get(f"/runs/{run['id']}").json()["steps"]
        assert [step["account_id"] for step in steps] == [own.accounts[1]]

    def test_where_nothing_failed_there_is_nothing_to_ask_for(self, own):
        assert own.here().post("/runs", json={"failed_only": True}).json() == {"runs": []}

    def test_for_days_of_the_past(self, own):
        wish = {"business_ids": [own.aurora], "fill": {"first": "2026-01-01", "last": "2026-03-31"}}
        (run,) = own.here().post("/runs", json=wish).json()["runs"]
        assert (run["trigger"], run["fill_from"], run["fill_to"]) == ("backfill", "2026-01-01", "2026-03-31")

    @pytest.mark.parametrize(
        ("first", "last", "why"),
        [
            ("2026-03-31", "2026-01-01", "comes after the last one"),
            ("2026-01-01", "2026-12-31", "has not come yet"),
            ("1999-01-01", "2026-01-01", "No platform knows anything of 1999-01-01"),
        ],
    )
    def test_for_days_that_cannot_be(self, own, first, last, why):
        assert why in problem(own.here().post("/runs", json={"fill": {"first": first, "last": last}}), 400)

    def test_not_for_two_things_at_once(self, own):
        wish = {"failed_only": True, "fill": {"first": "2026-01-01", "last": "2026-01-02"}}
        assert "two different requests" in problem(own.here().post("/runs", json=wish), 400)


class TestCancel:
    def test_one_that_has_not_begun_ends_at_once(self, own):
        run = runs.request_run(own.database, own.aurora, RunTrigger.MANUAL, now=NOW)
        answer = own.with_key().post(f"/runs/{run.id}/cancel")
        assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")

    def test_one_that_runs_is_asked_to_stop(self, own):
        run = runs.request_run(own.database, own.aurora, RunTrigger.MANUAL, now=NOW)
        with own.database.transaction() as session:
            runs.claim_run(session, "test", now=NOW)
        told = own.here().post(f"/runs/{run.id}/cancel").json()
        assert (told["state"], told["cancel_requested_at"]) == ("running", "2026-11-24T09:30:00Z")

    def test_one_that_is_over_says_so(self, own, ended):
        assert problem(own.here().post(f"/runs/{ended}/cancel"), 409) == f"Run {ended} is over already: partial."


class TestRetry:
    def test_what_failed_is_asked_for_again(self, own, ended):
        answer = own.here().post(f"/runs/{ended}/retry")
        assert answer.status_code == 202
        assert [step["account_id"] for step in answer.json()["steps"]] == [own.accounts[1]]
        assert answer.json()["id"] != ended

    def test_of_one_that_brought_all(self, own):
        run = runs.request_run(own.database, own.bikes, RunTrigger.MANUAL, now=NOW)
        assert "is still going on" in problem(own.here().post(f"/runs/{run.id}/retry"), 409)
        finish(own, run.id)
        assert "brought all that it was asked for" in problem(own.here().post(f"/runs/{run.id}/retry"), 409)


class TestOtherDaysAreBeingFilledIn:
    def fill(self, own, first):
        wish = {"business_ids": [own.aurora], "fill": {"first": first, "last": "2026-09-30"}}
        return own.here().post("/runs", json=wish)

    def test_a_request_for_more_meets_a_conflict(self, own):
        assert self.fill(own, "2026-09-01").status_code == 202
        assert "are being filled in already" in problem(self.fill(own, "2026-09-02"), 409)

    def test_so_does_one_that_is_to_go_on(self, own):
        run_id = self.fill(own, "2026-09-01").json()["runs"][0]["id"]
        own.here().post(f"/runs/{run_id}/cancel")
        self.fill(own, "2026-09-02")
        assert "are being filled in already" in problem(own.here().post(f"/runs/{run_id}/retry"), 409)
