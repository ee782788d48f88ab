"""What may be asked for: some accounts, what failed, a range of the past; and the word that ends it."""

from datetime import date, timedelta

import pytest

from core.domain import Platform, RunState, RunTrigger, StepState
from core.errors import ConfigError, RateLimitedError, TransientError
from core.ops import runs, steps
from core.ops.accounts import save_account
from core.ops.activities import list_activities
from core.ops.businesses import ensure_business
from core.ops.models import Account, SyncStep
from core.ops.steps import StepOutcome
from tests.conftest import NOW

pytestmark = pytest.mark.integration

SPRING = (date(2026, 3, 1), date(2026, 5, 31))
SUMMER = (date(2026, 6, 1), date(2026, 8, 31))
FAULT = StepOutcome(error=TransientError("The platform did not answer."))
TOMORROW = NOW + timedelta(days=1)
CAP = StepOutcome(error=RateLimitedError("Today's cap would be passed.", retry_at=TOMORROW))


@pytest.fixture
def business_id(database):
    with database.transaction() as session:
        business = ensure_business(session, "Aurora", timezone="UTC", now=NOW)
        for number in (1, 2):
            account = Account(
                business_id=business.id,
                platform=Platform.X,
                external_id=str(number),
                name=f"account {number}",
                connected_at=NOW,
            )
            save_account(session, account)
        return business.id


def request(database, business_id, trigger=RunTrigger.MANUAL, **more):
    return get(database, runs.request_run(database, business_id, trigger, now=NOW, **more).id)


def fill(database, business_id, days=SPRING, **more):
    return request(database, business_id, RunTrigger.BACKFILL, fill=days, requested_by="Mira", **more)


def get(database, run_id):
    with database.reading() as session:
        return runs.get_run(session, run_id)


def claim(database, **more):
    with database.transaction() as session:
        return runs.claim_run(session, "here", now=NOW, **more)


def end(database, run, *outcomes, state=RunState.PARTIAL):
    """Record how the run's accounts ended, in their order, and end the run."""
    with database.transaction() as session:
        for step, outcome in zip(run.steps, outcomes, strict=False):
            steps.record_step(session, step.id, outcome, now=NOW)
        runs.record_finished(session, run.id, state, now=NOW)


def cancel(database, run):
    with database.transaction() as session:
        return runs.cancel_run(session, run.id, by="Mira", now=NOW)


def accounts_of(run):
    return [step.account.name for step in run.steps]


def states_of(run):
    return [step.state for step in run.steps]


class TestFailed:
    def test_only_the_accounts_whose_last_sync_failed_are_asked_for(self, database, business_id):
        end(database, request(database, business_id), FAULT, StepOutcome())
        run = runs.request_failed(database, business_id, requested_by="Mira", now=NOW)
        again = get(database, run.id)
        assert (accounts_of(again), again.requested_by) == (["account 1"], "Mira")

    def test_what_succeeded_since_has_not_failed(self, database, business_id):
        end(database, request(database, business_id), FAULT, FAULT)
        end(database, request(database, business_id), StepOutcome(), StepOutcome())
        assert runs.request_failed(database, business_id, requested_by=None, now=NOW) is None

    def test_a_filling_in_of_the_past_tells_nothing_of_how_an_account_stands(self, database, business_id):
        end(database, request(database, business_id), FAULT, StepOutcome())
        end(database, fill(database, business_id), StepOutcome(), FAULT)
        run = runs.request_failed(database, business_id, requested_by=None, now=NOW)
        assert accounts_of(get(database, run.id)) == ["account 1"]

    def test_a_run_is_asked_for_again_without_what_it_brought(self, database, business_id):
        run = request(database, business_id)
        end(database, run, StepOutcome(), FAULT)
        again = runs.retry_run(database, run.id, requested_by="Mira", now=NOW)
        assert accounts_of(get(database, again.id)) == ["account 2"]
        end(database, get(database, again.id), StepOutcome(), state=RunState.SUCCEEDED)
        assert runs.retry_run(database, again.id, requested_by="Mira", now=NOW) is None

    def test_a_run_that_is_not_there_is_said(self, database, business_id):
        with pytest.raises(ConfigError, match="no run 99"):
            runs.retry_run(database, 99, requested_by=None, now=NOW)
        with pytest.raises(ConfigError, match="no run 99"), database.transaction() as session:
            runs.cancel_run(session, 99, by=None, now=NOW)


class TestFills:
    def test_it_neither_blocks_a_sync_nor_is_swallowed_by_one(self, database, business_id):
        sync, past = request(database, business_id), fill(database, business_id)
        assert sync.id != past.id
        assert (past.fill_from, past.fill_to, past.requested_by) == (*SPRING, "Mira")
        assert request(database, business_id).id == sync.id
        assert fill(database, business_id).id == past.id

    def test_a_sync_is_claimed_before_it_and_alone_where_no_more_fit(self, database, business_id):
        past, sync = fill(database, business_id), request(database, business_id)
        assert claim(database).id == sync.id
        assert claim(database, takes_fills=False) is None
        assert claim(database).id == past.id

    def test_other_days_of_the_same_business_wait_for_their_turn(self, database, business_id):
        fill(database, business_id)
        with pytest.raises(ConfigError, match="from 2026-03-01 to 2026-05-31 of this business"):
            fill(database, business_id, SUMMER)

    @pytest.mark.parametrize(
        ("days", "words"),
        [
            ((date(2026, 5, 2), date(2026, 5, 1)), "comes after the last"),
            ((date(2026, 5, 2), date(2027, 5, 1)), "has not come yet"),
            ((date(1999, 5, 2), date(2026, 5, 1)), "No platform knows"),
        ],
    )
    def test_days_that_cannot_be_are_said_in_one_sentence(self, database, business_id, days, words):
        with pytest.raises(ConfigError, match=words):
            fill(database, business_id, days)

    def test_a_range_goes_with_a_back_fill_and_with_nothing_else(self, database, business_id):
        with pytest.raises(ValueError, match="back-fill"):
            request(database, business_id, fill=SPRING)
        with pytest.raises(ValueError, match="back-fill"):
            request(database, business_id, RunTrigger.BACKFILL)

    def test_it_moves_no_schedule(self, database, business_id):
        end(database, fill(database, business_id), StepOutcome(), StepOutcome(), state=RunState.SUCCEEDED)
        with database.reading() as session:
            assert runs.list_overdue(session, now=NOW) == [business_id]

    def test_it_is_written_down_with_who_asked(self, database, business_id):
        fill(database, business_id)
        with database.reading() as session:
            (told,) = list_activities(session, business_id=business_id)
        assert (told.kind, told.person) == ("backfill", "Mira")
        assert told.text == "The days from 2026-03-01 to 2026-05-31 of Aurora are asked for again."


def reach(database, run, number=0):
    """Let an account's filling have come to some point."""
    with database.transaction() as session:
        step = session.get_one(SyncStep, run.steps[number].id)
        step.days_filled_from, step.posts_filled_from = date(2026, 4, 1), NOW


def reached(run):
    return [(step.days_filled_from, step.posts_filled_from) for step in run.steps]


class TestGoingOn:
    def retries(self, database, now):
        with database.transaction() as session:
            return [get(database, run_id) for run_id in runs.request_retries(session, now=now)]

    def interrupted(self, database):
        with database.transaction() as session:
            ids = runs.request_interrupted_fills(session, now=NOW)
        return [get(database, run_id) for run_id in ids]

    def test_what_had_to_wait_goes_on_alone_where_it_stopped(self, database, business_id):
        run = fill(database, business_id)
        reach(database, run)
        end(database, run, CAP, StepOutcome())
        with database.reading() as session:
            assert not runs.has_due_retries(session, now=NOW)
            assert runs.has_due_retries(session, now=TOMORROW)
        with database.transaction() as session:
            (run_id,) = runs.request_retries(session, now=TOMORROW)
        on = get(database, run_id)
        assert (on.trigger, on.fill_from, on.fill_to) == (RunTrigger.BACKFILL, *SPRING)
        assert (accounts_of(on), on.requested_by) == (["account 1"], "Mira")
        assert reached(on) == [(date(2026, 4, 1), NOW)]
        with database.transaction() as session:
            assert runs.request_retries(session, now=TOMORROW) == []

    def test_syncs_in_between_do_not_make_it_forgotten(self, database, business_id):
        end(database, fill(database, business_id), CAP)
        end(database, request(database, business_id), StepOutcome(), StepOutcome(), state=RunState.SUCCEEDED)
        with database.transaction() as session:
            assert len(runs.request_retries(session, now=TOMORROW)) == 1

    def test_a_sync_that_waits_goes_on_as_a_sync_beside_a_filling(self, database, business_id):
        end(database, request(database, business_id), CAP, StepOutcome())
        claimed = fill(database, business_id)
        with database.transaction() as session:
            (run_id,) = runs.request_retries(session, now=TOMORROW)
        assert get(database, run_id).trigger is RunTrigger.RETRY
        assert claimed.state is RunState.REQUESTED

    def test_two_ranges_of_one_account_follow_each_other(self, database, business_id):
        for days in (SPRING, SUMMER):
            end(database, fill(database, business_id, days), CAP, StepOutcome())
        with database.transaction() as session:
            (first,) = runs.request_retries(session, now=TOMORROW)
            assert runs.request_retries(session, now=TOMORROW) == []
        end(database, get(database, first), StepOutcome(), state=RunState.SUCCEEDED)
        with database.transaction() as session:
            (second,) = runs.request_retries(session, now=TOMORROW)
        ranges = {(run.fill_from, run.fill_to) for run in (get(database, first), get(database, second))}
        assert ranges == {SPRING, SUMMER}

    def test_what_a_dead_sidecar_was_filling_goes_on_at_the_next_start(self, database, business_id):
        run = fill(database, business_id)
        claim(database)
        reach(database, run)
        with database.transaction() as session:
            steps.record_step(session, run.steps[1].id, StepOutcome(), now=NOW)
            runs.record_interrupted(session, now=NOW)
        (on,) = self.interrupted(database)
        assert (accounts_of(on), reached(on)) == (["account 1"], [(date(2026, 4, 1), NOW)])
        assert self.interrupted(database) == []

    def test_accounts_whose_newest_sync_was_cut_short_are_known(self, database, business_id):
        run = request(database, business_id)
        claim(database)
        with database.transaction() as session:
            steps.record_step(session, run.steps[0].id, StepOutcome(), now=NOW)
            runs.record_interrupted(session, now=NOW)
        end(database, fill(database, business_id), StepOutcome(), StepOutcome(), state=RunState.SUCCEEDED)

        def interrupted():
            with database.reading() as session:
                return runs.list_interrupted(session)

        assert interrupted() == {business_id: [run.steps[1].account_id]}
        again = request(database, business_id)
        assert interrupted() == {}
        end(database, again, StepOutcome(), StepOutcome(), state=RunState.SUCCEEDED)
        assert interrupted() == {}

    def test_what_was_cancelled_does_not_go_on_by_itself_but_where_it_stopped_when_asked_again(
        self, database, business_id
    ):
        run = fill(database, business_id)
        claim(database)
        reach(database, run)
        cancel(database, run)
        with database.transaction() as session:
            runs.record_interrupted(session, now=NOW)
        assert get(database, run.id).state is RunState.CANCELLED
        assert self.interrupted(database) == []
        again = get(database, runs.retry_run(database, run.id, requested_by="Mira", now=NOW).id)
        assert reached(again) == [(date(2026, 4, 1), NOW), (None, None)]

    def test_what_was_brought_to_its_end_is_asked_for_anew(self, database, business_id):
        run = fill(database, business_id)
        reach(database, run)
        end(database, run, StepOutcome(), StepOutcome(), state=RunState.SUCCEEDED)
        assert reached(fill(database, business_id)) == [(None, None), (None, None)]


class TestCancel:
    def test_a_run_that_waits_is_cancelled_at_once(self, database, business_id):
        run = request(database, business_id)
        assert cancel(database, run) is RunState.CANCELLED
        ended = get(database, run.id)
        assert (ended.state, ended.cancelled_by, ended.finished_at) == (RunState.CANCELLED, "Mira", NOW)
        assert states_of(ended) == [StepState.CANCELLED, StepState.CANCELLED]
        assert claim(database) is None
        assert request(database, business_id).id != run.id

    def test_a_run_that_runs_is_asked_to_stop(self, database, business_id):
        run = request(database, business_id)
        claim(database)
        with database.reading() as session:
            assert runs.list_cancelled(session, [run.id]) == []
        assert cancel(database, run) is RunState.RUNNING
        with database.reading() as session:
            assert runs.list_cancelled(session, [run.id]) == [run.id]
            assert runs.list_cancelled(session, []) == []

    def test_it_is_written_down_once(self, database, business_id):
        run = request(database, business_id)
        claim(database)
        cancel(database, run)
        cancel(database, run)
        with database.reading() as session:
            (told,) = list_activities(session)
        assert (told.kind, told.person, told.business_id) == ("run_cancelled", "Mira", business_id)

    def test_a_run_that_has_ended_stays_as_it_is(self, database, business_id):
        run = request(database, business_id)
        end(database, run, StepOutcome(), StepOutcome(), state=RunState.SUCCEEDED)
        assert cancel(database, run) is RunState.SUCCEEDED
        assert get(database, run.id).cancelled_by is None


class TestOthersOfTheSameBusiness:
    def test_the_same_days_of_another_account_are_not_taken_for_what_is_being_filled_in(self, database, business_id):
        first = fill(database, business_id, account_ids=[1])
        with pytest.raises(runs.BusyError, match=f"of other accounts of this business .* cancel run {first.id} first"):
            fill(database, business_id, account_ids=[1, 2])
        assert fill(database, business_id, account_ids=[1]).id == first.id

    def test_what_is_not_connected_any_more_is_not_tried_again(self, database, business_id):
        run = request(database, business_id)
        claim(database)
        end(database, run, FAULT, StepOutcome())
        with database.transaction() as session:
            session.get_one(Account, run.steps[0].account_id).disconnected_at = NOW
        with pytest.raises(runs.BusyError, match="is not connected any more"):
            runs.retry_run(database, run.id, requested_by="Mira", now=NOW)
        with database.reading() as session:
            assert [one.id for one in runs.list_runs(session)] == [run.id]
