"""Deleting for good and moving, in both stores, after a real sync: complete, exact in what it says, never beside a sync."""

from datetime import timedelta
from threading import Event

import pytest

from core.domain import RunState, RunTrigger
from core.errands import Errands
from core.errors import TransientError, WarehouseError
from core.grants import Grants
from core.ops import requests, runs
from core.ops.accounts import get_account
from core.ops.activities import list_activities
from core.ops.businesses import create_business, list_all_businesses
from core.ops.models import Account, Notice, Request, SyncRun, SyncStep, Token
from core.warehouse.connection import Warehouse
from tests.conftest import NOW
from tests.stage import open_sandbox, open_stage, stage_settings

pytestmark = pytest.mark.integration

TABLES = (
    "posts",
    "post_metrics",
    "post_latest",
    "account_metrics",
    "account_daily",
    "observations",
    "covered",
    "accounts",
)


@pytest.fixture(scope="module")
def sandbox():
    with open_sandbox("--businesses", "2", "--now", NOW.isoformat()) as sandbox:
        yield sandbox


@pytest.fixture
def stage(sandbox, clock, tmp_path):
    with open_stage(sandbox, stage_settings(sandbox.port, tmp_path / "data", backfill_days=3), clock) as stage:
        yield stage


@pytest.fixture
def first(stage):
    return stage.businesses()[0]


@pytest.fixture
def second(stage):
    return stage.businesses()[1]


def errands(stage):
    (chore,) = [chore for chore in stage.workplace.chores if chore.name == "carry_out_requests"]
    return chore.work


def ask_to_delete(stage, business):
    with stage.database.transaction() as session:
        return requests.request_deletion(
            session, business.id, confirmed_name=business.name, requested_by="local", now=stage.clock.now()
        ).id


def ask_to_move(stage, account_id, business):
    with stage.database.transaction() as session:
        return requests.request_move(session, account_id, business.id, requested_by="local", now=stage.clock.now()).id


def found(stage, request_id):
    with stage.database.reading() as session:
        return requests.find_request(session, request_id)


def count(stage, table, where="true"):
    return stage.query(f"SELECT count(*) FROM {table} WHERE {where}")[0][0]


def ids_of(stage, business):
    return [account.id for account in stage.accounts().values() if account.business_id == business.id]


def of(ids):
    return f"account_id IN ({', '.join(map(str, ids))})"


def test_a_deletion_takes_every_row_of_the_business_and_none_of_another(stage, first, second):
    stage.sync(first.id)
    stage.sync(second.id)
    ids, others = ids_of(stage, first), ids_of(stage, second)
    kept = {table: count(stage, table, of(others)) for table in TABLES}
    posts, snapshots, days = (count(stage, table, of(ids)) for table in ("posts", "post_metrics", "account_daily"))
    assert posts > 0
    assert days > 0
    request_id = ask_to_delete(stage, first)
    errands(stage)()
    assert found(stage, request_id).outcome == (
        f"Removed {len(ids)} accounts, {posts:,} posts, {snapshots:,} snapshots and {days:,} account days of {first.name}."
    )
    assert {table: count(stage, table) for table in TABLES} == kept
    assert stage.query("SELECT business_id FROM businesses") == [(second.id,)]
    with stage.database.reading() as session:
        assert [business.id for business in list_all_businesses(session)] == [second.id]
        assert {account.id for account in session.query(Account)} == set(others)
        assert {run.business_id for run in session.query(SyncRun)} == {second.id}
        assert {step.account_id for step in session.query(SyncStep)} == set(others)
        used = {account.token_id for account in session.query(Account)}
        assert {token.id for token in session.query(Token)} == used
    assert stage.sync(second.id).state is RunState.SUCCEEDED


def test_a_deletion_waits_for_the_renewal_of_a_login(stage, first, mocker):
    mocker.patch.object(Grants, "hold", side_effect=TransientError("Somebody else renews this login just now."))
    request_id = ask_to_delete(stage, first)
    errands(stage)()
    assert found(stage, request_id).finished_at is None
    mocker.stopall()
    errands(stage)()
    assert found(stage, request_id).outcome


def test_a_deletion_gives_its_logins_back(stage, first, mocker):
    revoked = mocker.patch("core.accounts.revoke_grant")
    ask_to_delete(stage, first)
    errands(stage)()
    assert revoked.call_count == 3  # LinkedIn, X, and one of Meta's for two accounts


def test_a_deletion_waits_for_the_sync_that_is_at_work_and_lets_no_other_begin(stage, first):
    runs.request_run(stage.database, first.id, RunTrigger.MANUAL, now=NOW)
    with stage.database.transaction() as session:
        run = runs.claim_run(session, "sidecar", now=NOW)
    request_id = ask_to_delete(stage, first)
    errands(stage)()
    assert found(stage, request_id).finished_at is None
    assert len(ids_of(stage, first)) == 4
    with stage.database.transaction() as session:
        runs.record_finished(session, run.id, RunState.SUCCEEDED, now=NOW)
    runs.request_run(stage.database, first.id, RunTrigger.MANUAL, now=NOW)
    errands(stage)()
    assert found(stage, request_id).finished_at == NOW
    with stage.database.transaction() as session:
        assert runs.claim_run(session, "sidecar", now=NOW) is None


def test_a_deletion_that_a_crash_cut_short_is_begun_again_and_tells_the_whole(stage, first, mocker):
    stage.sync(first.id)
    posts = count(stage, "posts", of(ids_of(stage, first)))
    request_id = ask_to_delete(stage, first)
    mocker.patch("core.errands.businesses.remove_business", side_effect=SystemExit)
    with pytest.raises(SystemExit):
        errands(stage)()
    mocker.stopall()
    errands(stage)()
    assert f", {posts:,} posts," in found(stage, request_id).outcome
    assert count(stage, "posts") == 0


def test_a_deletion_forgets_what_was_said_of_its_accounts(stage, first):
    with stage.database.transaction() as session:
        session.add(Notice(created_at=NOW, text="x", account_id=ids_of(stage, first)[0]))
        session.add(Notice(created_at=NOW, text="y"))
    ask_to_delete(stage, first)
    errands(stage)()
    with stage.database.reading() as session:
        assert [notice.text for notice in session.query(Notice)] == ["y"]


def test_a_deletion_leaves_word_of_itself_and_of_nothing_else_of_the_business(stage, first, second):
    request_id = ask_to_delete(stage, first)
    errands(stage)()
    with stage.database.reading() as session:
        kept = list_activities(session)
    assert {one.business_id for one in kept if one.kind != "business_deleted"} == {second.id}
    (deleted,) = [one for one in kept if one.kind == "business_deleted"]
    assert (deleted.person, deleted.text) == ("local", found(stage, request_id).outcome)


def test_nothing_more_is_begun_after_a_stop(stage, first):
    request_id, stop = ask_to_delete(stage, first), Event()
    stop.set()
    parts = {"warehouse": stage.workplace.engine._warehouse, "accounts": stage.workplace.accounts}
    Errands(database=stage.database, clock=stage.clock, stop=stop, **parts).carry_out_all()
    assert found(stage, request_id).finished_at is None


def test_a_fault_ends_the_request_with_a_sentence_and_lets_the_next_go_on(stage, first, second, mocker):
    mocker.patch(
        "core.errands.count_kept", side_effect=[ZeroDivisionError, mocker.DEFAULT], return_value=mocker.MagicMock()
    )
    broken = ask_to_delete(stage, first)
    moved = ask_to_move(stage, ids_of(stage, first)[0], second)
    errands(stage)()
    assert "ZeroDivisionError" in found(stage, broken).error
    assert found(stage, moved).outcome
    with stage.database.reading() as session:
        assert session.query(Request).filter(Request.finished_at.is_(None)).count() == 0


def test_a_moved_account_keeps_its_history_and_is_synced_with_its_new_business(stage, first, second):
    stage.sync(first.id)
    account = stage.accounts()[first.name, "linkedin"]
    before = [count(stage, table, of([account.id])) for table in TABLES]
    request_id = ask_to_move(stage, account.id, second)
    errands(stage)()
    assert found(stage, request_id).outcome == f"Moved {account.name} to {second.name}, with its whole history."
    with stage.database.reading() as session:
        moved = list_activities(session, limit=1)[0]
    assert (moved.kind, moved.person, moved.account_id) == ("moved", "local", account.id)
    assert [count(stage, table, of([account.id])) for table in TABLES] == before
    assert stage.query(f"SELECT business_id FROM accounts WHERE {of([account.id])}") == [(second.id,)]
    assert (second.id, second.name) in stage.query("SELECT business_id, name FROM businesses")
    stage.advance(hours=1)
    run = stage.sync(second.id)
    assert account.id in {step.account_id for step in run.steps}
    assert run.state is RunState.SUCCEEDED
    assert stage.query(f"SELECT business_id FROM accounts WHERE {of([account.id])}") == [(second.id,)]


def test_a_move_that_the_warehouse_cannot_take_moves_nothing_and_may_be_asked_for_again(stage, first, second, mocker):
    account = stage.accounts()[first.name, "x"]
    broken = ask_to_move(stage, account.id, second)
    mocker.patch("core.errands.move_account", side_effect=ZeroDivisionError)
    errands(stage)()
    mocker.stopall()
    assert "ZeroDivisionError" in found(stage, broken).error
    with stage.database.reading() as session:
        assert get_account(session, account.id).business_id == first.id
    again = ask_to_move(stage, account.id, second)
    errands(stage)()
    assert found(stage, again).outcome


@pytest.mark.parametrize("kind", ["move", "deletion"])
def test_what_is_done_but_cannot_be_published_yet_is_told_as_done(stage, first, second, mocker, kind):
    account = stage.accounts()[first.name, "x"]
    asked = ask_to_move(stage, account.id, second) if kind == "move" else ask_to_delete(stage, first)
    mocker.patch.object(Warehouse, "publish", side_effect=WarehouseError("The disk is full."))
    errands(stage)()
    assert found(stage, asked).error is None
    assert found(stage, asked).outcome


def test_a_move_waits_for_the_sync_of_either_business(stage, first, second):
    account = stage.accounts()[first.name, "x"]
    runs.request_run(stage.database, second.id, RunTrigger.MANUAL, now=NOW)
    with stage.database.transaction() as session:
        run = runs.claim_run(session, "sidecar", now=NOW)
    request_id = ask_to_move(stage, account.id, second)
    errands(stage)()
    assert found(stage, request_id).finished_at is None
    with stage.database.transaction() as session:
        runs.record_finished(session, run.id, RunState.SUCCEEDED, now=NOW)
    stage.advance(seconds=1)
    errands(stage)()
    assert found(stage, request_id).finished_at == NOW + timedelta(seconds=1)
    with stage.database.reading() as session:
        assert get_account(session, account.id).business_id == second.id


def test_a_move_to_a_business_that_went_meanwhile_moves_nothing(stage, first, second):
    account = stage.accounts()[first.name, "x"]
    with stage.database.transaction() as session:
        third = create_business(session, "Third", timezone="UTC", now=NOW)
    ask_to_delete(stage, third)
    request_id = ask_to_move(stage, account.id, third)
    errands(stage)()
    assert found(stage, request_id).error == "Third is archived or gone: nothing was moved."
