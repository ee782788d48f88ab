"""Are the lines of a step kept with it, once, and for two weeks?"""

from datetime import UTC, datetime, timedelta

import pytest

from core.domain import Platform, RunTrigger
from core.ops import runs, steps
from core.ops.accounts import save_account
from core.ops.businesses import ensure_business
from core.ops.models import Account
from core.ops.step_logs import LogLine, find_log, prune_logs, save_log
from core.ops.steps import StepOutcome
from tests.conftest import NOW

pytestmark = pytest.mark.integration

REQUEST = {
    "at": "2026-11-24T09:30:00.250+00:00",
    "kind": "request",
    "text": "GET api.x.com/2/users/me",
    "status": 200,
    "ms": 103,
    "attempt": 1,
}
NOTE = {"at": "2026-11-24T09:30:01.000+00:00", "kind": "note", "text": "Read 3 posts."}


@pytest.fixture
def step_id(database):
    with database.transaction() as session:
        business = ensure_business(session, "Aurora", timezone="UTC", now=NOW)
        account = Account(business_id=business.id, platform=Platform.X, external_id="1", name="a", connected_at=NOW)
        save_account(session, account)
    run = runs.request_run(database, business.id, RunTrigger.MANUAL, now=NOW)
    with database.reading() as session:
        return runs.get_run(session, run.id).steps[0].id


def end(database, step_id, *lines, at=NOW):
    with database.transaction() as session:
        steps.record_step(session, step_id, StepOutcome(log=lines), now=at)


def found(database, step_id):
    with database.reading() as session:
        return find_log(session, step_id)


def test_the_lines_come_back_as_they_were_written(database, step_id):
    end(database, step_id, REQUEST, NOTE)
    first_at = datetime(2026, 11, 24, 9, 30, 0, 250_000, tzinfo=UTC)
    assert found(database, step_id) == [
        LogLine(first_at, "request", "GET api.x.com/2/users/me", status=200, ms=103, attempt=1),
        LogLine(datetime(2026, 11, 24, 9, 30, 1, tzinfo=UTC), "note", "Read 3 posts."),
    ]


def test_a_step_without_lines_has_none(database, step_id):
    assert found(database, step_id) == []
    end(database, step_id)
    assert found(database, step_id) == []


def test_written_again_they_take_the_place_of_the_first(database, step_id):
    for lines in ([REQUEST, NOTE], [NOTE]):
        with database.transaction() as session:
            save_log(session, step_id, lines)
    assert [line.kind for line in found(database, step_id)] == ["note"]


def test_after_two_weeks_they_are_gone_and_the_step_is_not(database, step_id):
    end(database, step_id, NOTE)
    for before, left in ((NOW, 1), (NOW + timedelta(seconds=1), 0)):
        with database.transaction() as session:
            prune_logs(session, before=before)
        assert len(found(database, step_id)) == left
    with database.reading() as session:
        assert session.get_one(steps.SyncStep, step_id).finished_at == NOW


def test_they_go_with_their_run(database, step_id):
    end(database, step_id, NOTE)
    with database.transaction() as session:
        session.delete(session.get_one(steps.SyncStep, step_id).run)
    assert found(database, step_id) == []
