"""A run looked at closely: its accounts, its log, and what can be done about it."""

from datetime import timedelta

import pytest

from core.domain import Platform, RunState, RunTrigger
from core.errors import TransientError
from core.ops import runs, step_logs
from core.ops.models import Account
from core.ops.steps import StepOutcome
from tests.conftest import NOW
from tests.pages.test_syncs import FINE, open_syncs, table

pytestmark = pytest.mark.integration

LINES = [
    {
        "at": NOW.isoformat(),
        "kind": "request",
        "text": "GET api.linkedin.com/rest/posts",
        "status": 503,
        "ms": 120,
        "attempt": 1,
    },
    {"at": NOW.isoformat(), "kind": "wait", "text": "2 s before the next attempt"},
    {
        "at": NOW.isoformat(),
        "kind": "request",
        "text": "GET api.linkedin.com/rest/posts",
        "status": 200,
        "ms": 80,
        "attempt": 2,
    },
]


def facts(dashboard, at):
    return next(body for body in dashboard.bodies(at) if "Started by" in body)


def test_a_run_says_who_began_it_and_what_it_brought(dashboard, filled):
    filled.run(filled.bikes, FINE)
    at = open_syncs(dashboard, run="1")
    assert "Run 1 · Lumen Bikes" in dashboard.texts(at)
    told = facts(dashboard, at)
    assert "<dt>Started by</dt><dd>Schedule</dd>" in told
    assert "<dt>Rows</dt><dd>3 new, 2 changed</dd>" in told
    assert [code.value for code in at.get("code")] == ["http://localhost:8501/syncs?run=1"]


def test_a_run_that_a_person_asked_for_names_her(dashboard, filled):
    runs.request_run(filled.database, filled.bikes, RunTrigger.MANUAL, now=NOW, requested_by="local")
    assert "<dd>Sync now, A person here</dd>" in facts(dashboard, open_syncs(dashboard, run="1"))


def test_the_log_of_an_account_has_its_attempts(dashboard, filled):
    filled.run(filled.bikes, FINE)
    with filled.database.transaction() as session:
        step_logs.save_log(session, runs.get_run(session, 1).steps[0].id, LINES)
    lines = table(open_syncs(dashboard, run="1"), "Attempt")
    assert lines["Says"].tolist() == [line["text"] for line in LINES]
    assert lines["Status"].dropna().tolist() == [503, 200]
    assert lines["Attempt"].dropna().tolist() == [1, 2]


def test_two_accounts_that_are_called_alike_have_a_log_each(dashboard, filled):
    twins, (first,) = filled.add_business("Twins", Platform.X)
    with filled.database.transaction() as session:
        name = session.get_one(Account, first).name
        session.add(Account(business_id=twins, platform=Platform.X, external_id="other", name=name, connected_at=NOW))
    filled.run(twins, FINE, FINE)
    chooser = open_syncs(dashboard, run="1").selectbox(key="drawer_log_1")
    assert len(chooser.options) == 2


def test_without_a_log_it_says_why(dashboard, filled):
    filled.run(filled.bikes, FINE)
    assert any(text.startswith("Nothing was kept") for text in dashboard.texts(open_syncs(dashboard, run="1")))


def test_where_the_time_went(dashboard, filled):
    filled.run(filled.bikes, StepOutcome(waited_s=3.2, asked_s=12.0, parsed_s=1.4, loaded_s=0.2))
    told = next(body for body in dashboard.bodies(open_syncs(dashboard, run="1")) if "Asking the platforms" in body)
    assert "<dt>Waiting before retries</dt><dd>3 s</dd>" in told
    assert "<dt>Asking the platforms</dt><dd>12 s</dd>" in told
    assert "Loading" not in told


def test_what_a_run_did_not_bring_is_asked_for_again(dashboard, filled):
    failed = StepOutcome(error=TransientError("Busy."))
    filled.run(filled.aurora, FINE, failed, FINE, FINE, state=RunState.PARTIAL, at=NOW - timedelta(hours=1))
    at = open_syncs(dashboard, run="1")
    at.button(key="drawer_retry").click().run()
    assert not at.exception
    with filled.database.reading() as session:
        newest = runs.list_runs(session)[0]
    assert (newest.id, [step.account_id for step in newest.steps]) == (2, [filled.accounts[1]])


def test_a_run_that_brought_all_has_nothing_to_ask_again(dashboard, filled):
    filled.run(filled.bikes, FINE)
    at = open_syncs(dashboard, run="1")
    assert not [button for button in at.button if button.key in ("drawer_retry", "drawer_cancel")]


@pytest.mark.parametrize("asked", ["7", "x", "99999999999999999999", "-1"])
def test_a_link_to_a_run_that_there_is_not_says_so(dashboard, filled, asked):
    texts = dashboard.texts(open_syncs(dashboard, run=asked))
    assert any(text.startswith(f"There is no run {asked} any more") for text in texts)
