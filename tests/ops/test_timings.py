"""What is told of how long runs and accounts took?"""

from datetime import timedelta

import pytest

from core.domain import LoadCounts, Platform, RunState, RunTrigger, StepState
from core.errors import TransientError
from core.ops import runs, steps, timings
from core.ops.accounts import save_account
from core.ops.businesses import ensure_business
from core.ops.models import Account
from core.ops.steps import StepOutcome
from tests.conftest import NOW

pytestmark = pytest.mark.integration

OUTCOME = StepOutcome(
    requests=5, waited_s=1.0, asked_s=8.0, parsed_s=2.0, loaded_s=0.5, counts=LoadCounts(new=3, changed=2, unchanged=40)
)


@pytest.fixture
def business_id(database):
    return add_business(database, "Aurora")


def add_business(database, name):
    with database.transaction() as session:
        business = ensure_business(session, name, timezone="UTC", now=NOW)
        for number in range(2):
            save_account(
                session,
                Account(
                    business_id=business.id,
                    platform=Platform.X,
                    external_id=f"{name}{number}",
                    name=f"{name} {number}",
                    connected_at=NOW,
                ),
            )
        return business.id


def run(database, business_id, *outcomes, at=NOW, is_over=True):
    """A run whose accounts ended so, 12 s after they began."""
    asked = runs.request_run(database, business_id, RunTrigger.SCHEDULE, now=at)
    began = at + timedelta(seconds=2)
    with database.transaction() as session:
        claimed = runs.claim_run(session, "here", now=began)
        for step, outcome in zip(claimed.steps, outcomes, strict=False):
            steps.record_step_started(session, step.id, now=began)
            steps.record_step(session, step.id, outcome, now=began + timedelta(seconds=12))
        if is_over:
            timings.record_published(session, asked.id, 0.75)
            runs.record_finished(session, asked.id, RunState.SUCCEEDED, now=began + timedelta(seconds=13))
    return asked.id


def of_runs(database, **chosen):
    with database.reading() as session:
        return timings.list_run_times(session, **{"since": NOW - timedelta(days=1), **chosen})


def of_steps(database, **chosen):
    with database.reading() as session:
        return timings.list_step_times(session, **{"since": NOW - timedelta(days=1), **chosen})


def test_a_run_tells_when_it_was_asked_for_begun_ended_and_how_long_it_published(database, business_id):
    run_id = run(database, business_id, OUTCOME, OUTCOME)
    (told,) = of_runs(database)
    assert (told.run_id, told.business, told.state, told.published_s) == (run_id, "Aurora", RunState.SUCCEEDED, 0.75)
    assert [at - NOW for at in (told.requested_at, told.started_at, told.finished_at)] == [
        timedelta(seconds=seconds) for seconds in (0, 2, 15)
    ]


def test_an_accounts_part_tells_its_seconds_and_rows(database, business_id):
    run(database, business_id, OUTCOME)
    (told,) = of_steps(database)
    assert (told.account, told.business, told.platform) == ("Aurora 0", "Aurora", Platform.X)
    assert (told.waited_s, told.asked_s, told.parsed_s, told.loaded_s) == (1.0, 8.0, 2.0, 0.5)
    assert (told.requests, told.rows) == (5, 45)


def test_what_has_not_ended_by_itself_is_no_measurement(database, business_id):
    run(database, business_id, OUTCOME)  # its second account was cut short
    assert [step.state for step in of_steps(database)] == [StepState.SUCCEEDED]


def test_an_account_that_failed_took_its_time_too(database, business_id):
    run(database, business_id, StepOutcome(asked_s=3.0, error=TransientError("no")), OUTCOME)
    assert [(step.state, step.asked_s) for step in of_steps(database)] == [
        (StepState.FAILED, 3.0),
        (StepState.SUCCEEDED, 8.0),
    ]


def test_a_run_on_its_way_is_not_told(database, business_id):
    run(database, business_id, OUTCOME, is_over=False)
    assert of_runs(database) == []


def test_only_those_of_the_business_and_since_then(database, business_id):
    other = add_business(database, "Lumen")
    run(database, business_id, OUTCOME, at=NOW - timedelta(days=3))
    run(database, other, OUTCOME)
    run(database, business_id, OUTCOME)
    assert [told.business for told in of_runs(database)] == ["Lumen", "Aurora"]
    assert [told.business for told in of_steps(database)] == ["Lumen", "Aurora"]
    assert [told.business for told in of_runs(database, business_id=other)] == ["Lumen"]
    assert [told.business for told in of_steps(database, business_id=other)] == ["Lumen"]
    assert len(of_runs(database, since=NOW - timedelta(days=7))) == 3


def test_without_a_run_since_then_there_are_no_steps(database, business_id):
    run(database, business_id, OUTCOME, at=NOW - timedelta(days=3))
    assert of_steps(database) == []


class TestTypical:
    SINCE = NOW - timedelta(days=1)

    def typical(self, database, **chosen):
        with database.reading() as session:
            return timings.typical_durations(session, since=self.SINCE, **chosen)

    def test_by_account_of_the_newest_steps(self, database, business_id):
        run(database, business_id, OUTCOME, OUTCOME)
        run(database, add_business(database, "Lumen"), OUTCOME)
        assert self.typical(database) == dict.fromkeys((1, 2, 3), timedelta(seconds=12))
        assert self.typical(database, business_id=business_id).keys() == {1, 2}
        assert self.typical(database, most=1).keys() == {3}

    def test_not_of_steps_that_never_ended_nor_of_runs_long_ago(self, database, business_id):
        run(database, business_id, OUTCOME, at=NOW - timedelta(days=2))
        run(database, business_id, is_over=False)
        assert self.typical(database) == {}
