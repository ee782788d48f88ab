"""Runs: one active per business, claimed once, closed in a final state."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from core.domain import LoadCounts, Platform, RunState, RunTrigger, StepState
from core.errors import MalformedAnswerError, RateLimitedError, ReconnectNeededError, Remedy
from core.ops import costs, runs, steps
from core.ops.accounts import save_account
from core.ops.businesses import ensure_business
from core.ops.models import Account
from core.ops.steps import StepOutcome
from tests.conftest import NOW

pytestmark = pytest.mark.integration


@pytest.fixture
def business_id(database):
    return add_business(database, "Aurora Coffee", "101")


def add_business(database, name, external_id):
    with database.transaction() as session:
        business = ensure_business(session, name, timezone="UTC", now=NOW)
        account = Account(
            business_id=business.id, platform=Platform.X, external_id=external_id, name=name, connected_at=NOW
        )
        save_account(session, account)
        return business.id


def request(database, business_id, trigger=RunTrigger.MANUAL, now=NOW):
    return runs.request_run(database, business_id, trigger, now=now)


def claim(database, instance="here", now=NOW):
    with database.transaction() as session:
        return runs.claim_run(session, instance, now=now)


def finish(database, run_id, state=RunState.SUCCEEDED, now=NOW):
    with database.transaction() as session:
        runs.record_finished(session, run_id, state, now=now)


def get(database, run_id):
    with database.reading() as session:
        return runs.get_run(session, run_id)


def test_a_second_request_returns_the_run_that_is_active(database, business_id):
    first = request(database, business_id)
    assert request(database, business_id).id == first.id
    claim(database)
    assert request(database, business_id).id == first.id
    finish(database, first.id)
    assert request(database, business_id).id != first.id


def test_requests_at_the_same_moment_make_one_run(database, business_id):
    with ThreadPoolExecutor(8) as pool:
        ids = {run.id for run in pool.map(lambda _: request(database, business_id), range(24))}
    assert len(ids) == 1


def test_a_run_is_claimed_once(database, business_id):
    request(database, business_id)
    with ThreadPoolExecutor(8) as pool:
        claimed = [run for run in pool.map(lambda n: claim(database, f"sidecar {n}"), range(16)) if run]
    assert len(claimed) == 1
    assert claimed[0].state is RunState.RUNNING


def test_a_run_has_a_step_for_every_connected_account(database, business_id):
    run = request(database, business_id)
    assert [step.account.external_id for step in get(database, run.id).steps] == ["101"]


def test_a_step_keeps_what_it_cost_and_brought(database, business_id):
    run = request(database, business_id)
    step_id = get(database, run.id).steps[0].id
    outcome = StepOutcome(requests=7, retries=1, waited_s=0.5, posts=20, counts=LoadCounts(5, 3, 12), covered_to=NOW)
    with database.transaction() as session:
        assert steps.record_step(session, step_id, outcome, now=NOW) is StepState.SUCCEEDED
    step = get(database, run.id).steps[0]
    assert (step.requests, step.retries, step.waited_s, step.posts) == (7, 1, 0.5, 20)
    assert (step.rows_new, step.rows_changed, step.rows_unchanged, step.covered_to) == (5, 3, 12, NOW)


@pytest.mark.parametrize(
    ("error", "state", "remedy"),
    [
        (ReconnectNeededError("Sign in again."), StepState.FAILED, Remedy.RECONNECT),
        (RateLimitedError("Slow down.", retry_at=NOW + timedelta(hours=1)), StepState.WAITING, Remedy.WAIT),
        (MalformedAnswerError("Not JSON.", answer="<html>"), StepState.FAILED, Remedy.REPORT),
    ],
)
def test_a_failed_step_names_its_remedy(database, business_id, error, state, remedy):
    run = request(database, business_id)
    step_id = get(database, run.id).steps[0].id
    with database.transaction() as session:
        steps.record_step(session, step_id, StepOutcome(error=error), now=NOW)
    step = get(database, run.id).steps[0]
    assert (step.state, step.remedy, step.error) == (state, remedy, str(error))
    assert step.retry_at == getattr(error, "retry_at", None)
    assert step.answer == getattr(error, "answer", None)


def test_a_dead_sidecars_runs_become_interrupted_with_their_steps(database, business_id):
    run = request(database, business_id)
    claim(database)
    with database.transaction() as session:
        assert runs.record_interrupted(session, now=NOW, lease_before=NOW) == 0
        assert runs.record_interrupted(session, now=NOW) == 1
    ended = get(database, run.id)
    assert (ended.state, ended.finished_at) == (RunState.INTERRUPTED, NOW)
    assert [step.state for step in ended.steps] == [StepState.INTERRUPTED]


def test_a_lease_that_is_renewed_keeps_a_run(database, business_id):
    run = request(database, business_id)
    claim(database, "here")
    later = NOW + timedelta(minutes=5)
    with database.transaction() as session:
        runs.renew_leases(session, "here", [run.id], now=later)
        assert runs.record_interrupted(session, now=later, lease_before=later) == 0
        assert runs.record_interrupted(session, now=later, lease_before=later + timedelta(hours=1)) == 1


def test_overdue_is_a_business_never_synced_or_older_than_its_schedule(database, business_id):
    with database.reading() as session:
        assert runs.list_overdue(session, now=NOW) == [business_id]
    run = request(database, business_id)
    finish(database, run.id)
    with database.reading() as session:
        assert runs.list_overdue(session, now=NOW + timedelta(minutes=59)) == []
        assert runs.list_overdue(session, now=NOW + timedelta(minutes=60)) == [business_id]


def test_a_run_cut_short_leaves_its_business_overdue(database, business_id):
    finish(database, request(database, business_id).id, RunState.INTERRUPTED)
    with database.reading() as session:
        assert runs.list_overdue(session, now=NOW) == [business_id]


def test_runs_are_listed_newest_first_and_chosen_by_business_state_and_page(database, business_id):
    other = add_business(database, "Fjell", "102")
    first = request(database, business_id)
    second = request(database, other)
    finish(database, second.id, RunState.FAILED)
    third = request(database, other)

    def listed(**choice):
        with database.reading() as session:
            return [run.id for run in runs.list_runs(session, **choice)]

    assert listed() == [third.id, second.id, first.id]
    assert listed(business_id=other) == [third.id, second.id]
    assert listed(business_ids=[business_id]) == [first.id]
    assert listed(business_ids=[]) == []
    assert listed(before_id=third.id, limit=1) == [second.id]
    assert listed(state=RunState.FAILED) == [second.id]


def test_a_run_that_is_looked_for_may_not_be_there(database, business_id):
    run = request(database, business_id)
    with database.reading() as session:
        assert runs.find_run(session, run.id).business.name == "Aurora Coffee"
        assert runs.find_run(session, 999) is None


def waiting_step(database, business_id, minutes):
    run = request(database, business_id)
    claim(database)
    step_id = get(database, run.id).steps[0].id
    error = RateLimitedError("Slow down.", retry_at=NOW + timedelta(minutes=minutes))
    with database.transaction() as session:
        steps.record_step(session, step_id, StepOutcome(error=error), now=NOW)
    finish(database, run.id, RunState.PARTIAL)
    return run


def retries(database, now):
    with database.transaction() as session:
        return runs.request_retries(session, now=now)


def test_an_account_that_waits_gets_a_run_of_its_own_when_it_may_go_on(database, business_id):
    waiting_step(database, business_id, minutes=12)
    assert retries(database, NOW + timedelta(minutes=11)) == []
    (run_id,) = retries(database, NOW + timedelta(minutes=12))
    run = get(database, run_id)
    assert (run.trigger, run.state, run.account_id) == (RunTrigger.RETRY, RunState.REQUESTED, run.steps[0].account_id)
    assert retries(database, NOW + timedelta(minutes=13)) == []


def test_sync_now_is_not_held_up_by_an_accounts_own_run(database, business_id):
    waiting_step(database, business_id, minutes=1)
    (retry_id,) = retries(database, NOW + timedelta(minutes=2))
    pressed = request(database, business_id)
    assert pressed.id != retry_id
    assert {claim(database).id, claim(database).id} == {retry_id, pressed.id}


def test_an_accounts_own_run_moves_no_schedule(database, business_id):
    waiting_step(database, business_id, minutes=1)
    retries(database, NOW + timedelta(minutes=50))
    with database.reading() as session:
        assert runs.list_overdue(session, now=NOW + timedelta(minutes=60)) == [business_id]


def test_a_platform_with_an_interval_of_its_own_is_left_out_of_runs_between(database, business_id):
    run = request(database, business_id)
    step = get(database, run.id).steps[0]
    with database.transaction() as session:
        steps.record_step_started(session, step.id, now=NOW)
    every = {Platform.X: timedelta(hours=2)}
    with database.reading() as session:
        assert runs.list_due_accounts(session, business_id, every, now=NOW + timedelta(hours=1)) == []
        assert runs.list_due_accounts(session, business_id, every, now=NOW + timedelta(minutes=115)) == [
            step.account_id
        ]
        assert runs.list_due_accounts(session, business_id, {}, now=NOW + timedelta(hours=1)) == [step.account_id]


def test_what_a_platform_cost_today_is_added_up_since_midnight_utc(database, business_id):
    run = request(database, business_id)
    step = get(database, run.id).steps[0]
    with database.transaction() as session:
        steps.record_step_started(session, step.id, now=NOW)
        costs.record_cost(session, step.id, cost_usd=0.51, fill_usd=0.0)
        costs.record_cost(session, step.id, cost_usd=0.25, fill_usd=0.25)
    with database.reading() as session:
        assert costs.spent_today(session, Platform.X, now=NOW) == pytest.approx(0.76)
        assert costs.looked_today(session, step.account_id, now=NOW) == pytest.approx(0.51)
        assert costs.spent_today(session, Platform.LINKEDIN, now=NOW) == 0
    with database.transaction() as session:
        steps.record_step(session, step.id, StepOutcome(), now=NOW)
    with database.reading() as session:
        assert costs.spent_today(session, Platform.X, now=NOW + timedelta(days=1)) == 0


def test_a_run_whose_end_could_not_be_recorded_is_closed_by_its_own_sidecar(database, business_id):
    run = request(database, business_id)
    claim(database, "here")
    with database.transaction() as session:
        runs.renew_leases(session, "here", [run.id], now=NOW)
    assert get(database, run.id).state is RunState.RUNNING
    with database.transaction() as session:
        runs.renew_leases(session, "elsewhere", [], now=NOW)
    assert get(database, run.id).state is RunState.RUNNING
    with database.transaction() as session:
        runs.renew_leases(session, "here", [], now=NOW)
    assert get(database, run.id).state is RunState.INTERRUPTED


def test_a_retry_is_not_asked_for_beside_a_run_that_reads_the_account(database, business_id):
    waiting_step(database, business_id, minutes=1)
    (retry_id,) = retries(database, NOW + timedelta(minutes=2))
    pressed = request(database, business_id)
    step_id = get(database, pressed.id).steps[0].id
    error = RateLimitedError("Slow down.", retry_at=NOW + timedelta(minutes=3))
    with database.transaction() as session:
        steps.record_step(session, step_id, StepOutcome(error=error), now=NOW)
    assert retries(database, NOW + timedelta(minutes=4)) == []
    finish(database, retry_id)
    finish(database, pressed.id, RunState.PARTIAL)
    assert len(retries(database, NOW + timedelta(minutes=4))) == 1


def test_old_runs_are_forgotten_but_never_an_accounts_newest(database, business_id):
    old, newer = (request_and_finish(database, business_id, NOW + timedelta(days=day)) for day in (0, 1))
    with database.transaction() as session:
        runs.prune(session, before=NOW + timedelta(days=30))
    with database.reading() as session:
        assert [run.id for run in runs.list_runs(session)] == [newer.id]
    assert old.id != newer.id


def test_an_accounts_newest_success_is_kept_however_many_have_failed_since(database, business_id):
    good = request(database, business_id)
    record(database, good, StepOutcome(covered_to=NOW))
    finish(database, good.id)
    for day in (1, 2):
        bad = request(database, business_id, now=NOW + timedelta(days=day))
        record(database, bad, StepOutcome(error=ReconnectNeededError("Sign in again.")))
        finish(database, bad.id, RunState.FAILED, now=NOW + timedelta(days=day))
    with database.transaction() as session:
        runs.prune(session, before=NOW + timedelta(days=300))
    with database.reading() as session:
        assert [run.id for run in runs.list_runs(session)] == [bad.id, good.id]


def record(database, run, outcome):
    step_id = get(database, run.id).steps[0].id
    with database.transaction() as session:
        steps.record_step(session, step_id, outcome, now=NOW)


def request_and_finish(database, business_id, now):
    run = request(database, business_id, now=now)
    finish(database, run.id, now=now)
    return run


def test_a_run_from_a_clock_that_was_ahead_makes_nothing_wait(database, business_id):
    request_and_finish(database, business_id, NOW + timedelta(days=400))
    with database.reading() as session:
        assert runs.list_overdue(session, now=NOW) == [business_id]
