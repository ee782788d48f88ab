"""What a sync keeps of a look when something else happens meanwhile: a login that changes, a fault of our own, a stop, a crash."""

import gc
from datetime import timedelta
from threading import Event, Thread

import pytest
from sqlalchemy import select, update

from core.account_sync import load_harvest, record_metric_event
from core.domain import Platform, RunState, StepState
from core.errors import Remedy
from core.looking import Looker
from core.ops import costs, tokens
from core.ops.models import Account, Token
from core.spending import SpendingCap
from core.warehouse.retention import forget_texts
from tests.conftest import NOW
from tests.stage import open_sandbox, open_stage, stage_settings

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def sandbox():
    with open_sandbox("--businesses", "1", "--now", NOW.isoformat()) as sandbox:
        yield sandbox


@pytest.fixture
def stage(sandbox, clock, tmp_path):
    settings = stage_settings(sandbox.port, tmp_path / "data", linkedin_keep_text_days=10)
    with open_stage(sandbox, settings, clock) as stage:
        yield stage


def steps(run):
    return {step.account.platform: step for step in run.steps}


def x_of(stage):
    return stage.accounts()[stage.businesses()[0].name, "x"]


def set_refusals(stage, count):
    with stage.database.transaction() as session:
        session.execute(update(Token).where(Token.id == x_of(stage).token_id).values(refusals=count))


def meanwhile(stage, mocker, happen):
    """Let something happen in the database while X's look is loaded."""

    happened = []

    def load(warehouse, account, harvest):
        if account.platform is Platform.X and not happened:
            happened.append(happen())
        return load_harvest(warehouse, account, harvest)

    mocker.patch("core.account_sync.load_harvest", side_effect=load)


class TestLogins:
    def test_an_account_disconnected_meanwhile_ends_its_step_all_the_same(self, stage, mocker):
        set_refusals(stage, 2)
        account_id = x_of(stage).id

        def disconnect():
            with stage.database.transaction() as session:
                session.get_one(Account, account_id).token_id = None
                session.flush()
                tokens.remove_unused(session)

        meanwhile(stage, mocker, disconnect)
        assert steps(stage.sync())[Platform.X].state is StepState.SUCCEEDED

    def test_a_look_that_succeeds_forgives_what_another_account_of_the_login_met_meanwhile(self, stage, mocker):
        meanwhile(stage, mocker, lambda: set_refusals(stage, 2))
        assert steps(stage.sync())[Platform.X].state is StepState.SUCCEEDED
        assert x_of(stage).token.refusals == 0


class TestFaults:
    def test_a_look_is_kept_although_the_past_cannot_be_filled(self, stage, mocker):
        mocker.patch("core.account_sync.Backfill.fill", side_effect=KeyError("page"))
        failed = steps(stage.sync())[Platform.X]
        assert (failed.state, failed.remedy) == (StepState.FAILED, Remedy.REPORT)
        assert x_of(stage).weekly_read_at == NOW

    def test_what_cannot_be_kept_of_a_look_is_told_in_its_step(self, stage, mocker):
        stage.sync()
        mocker.patch("core.account_sync.save_profile", side_effect=KeyError("name"))
        run = stage.sync()
        assert {(step.state, step.remedy) for step in run.steps} == {(StepState.FAILED, Remedy.REPORT)}
        assert all("KeyError" in step.error and step.requests > 0 for step in run.steps)

    def test_an_event_that_the_warehouse_did_not_take_is_told_at_the_next_sync(self, stage, mocker):
        stage.sync()
        stage.sandbox.play({"account": "facebook/*", "fault": "metric_retired", "metric": "post_clicks"})
        told = mocker.patch("core.account_sync.record_metric_event", side_effect=OSError("disk"))
        assert steps(stage.sync())[Platform.FACEBOOK].state is StepState.FAILED
        told.side_effect = record_metric_event
        assert steps(stage.sync())[Platform.FACEBOOK].state is StepState.SUCCEEDED
        assert stage.query("SELECT metric, event FROM metric_events") == [("clicks", "retired")]

    def test_texts_that_could_not_be_forgotten_are_forgotten_by_the_next_run(self, stage, mocker):
        forget = mocker.patch("core.sync.forget_texts", side_effect=OSError("disk"))
        with pytest.raises(OSError, match="disk"):
            stage.sync()
        assert stage.query("SELECT count(*) FROM posts")[0][0] > 0  # what was read is shown nevertheless
        forget.side_effect = forget_texts
        stage.workplace.engine.forget_texts()
        assert forget.call_count == 2

    def test_a_look_that_took_long_brings_no_text_back_that_grew_old_meanwhile(self, stage, mocker):
        look = Looker.look

        def look_slowly(looker, task, counts):
            found = look(looker, task, counts)
            stage.clock.advance(timedelta(days=5))
            return found

        mocker.patch.object(Looker, "look", look_slowly)
        mocker.patch("core.sync.forget_texts", return_value=0)  # it came round before this look was loaded
        stage.sync()
        old = "platform = 'linkedin' AND published_at < TIMESTAMP '2026-11-19 09:30:00'"
        assert stage.query(f"SELECT count(text) FROM posts JOIN accounts USING (account_id) WHERE {old}") == [(0,)]

    def test_texts_are_forgotten_of_an_account_too_whose_profile_was_never_read(self, stage):
        stage.sandbox.play({"account": "linkedin/*", "fault": "html_page", "endpoint": "profile"})
        account = stage.accounts()[stage.businesses()[0].name, "linkedin"]
        stage.sync()
        kept = f"SELECT count(text) FROM posts WHERE account_id = {account.id}"
        assert stage.query(kept)[0][0] > 0
        stage.advance(days=30)
        stage.workplace.engine.forget_texts()
        assert stage.query(kept) == [(0,)]

    def test_what_is_forgotten_leaves_the_published_copy_too(self, stage):
        stage.sync()
        kept = "SELECT count(text) FROM posts JOIN accounts USING (account_id) WHERE platform = 'linkedin'"
        assert stage.query(kept)[0][0] > 0
        stage.advance(days=30)
        next(chore.work for chore in stage.workplace.chores if chore.name == "forget_texts")()
        assert stage.query(kept) == [(0,)]


class TestMoney:
    def test_a_price_is_held_back_until_it_is_charged(self, stage, mocker):
        held = []

        def watched(charge):
            def watch(cap, step, gross_usd):
                held.append((gross_usd > 0, sum(cap._reserved_usd.values()) > 0))
                charge(cap, step, gross_usd)

            return watch

        for name in ("charge_look", "charge_fill"):
            mocker.patch.object(SpendingCap, name, watched(getattr(SpendingCap, name)))
        stage.sync()
        assert held.count((True, True)) >= 1
        assert (True, False) not in held

    def test_what_was_read_is_charged_although_the_look_broke(self, stage, mocker):
        mocker.patch("core.fetchers.x.parse_snapshots", side_effect=KeyError("public_metrics"))
        assert steps(stage.sync())[Platform.X].state is StepState.FAILED
        with stage.database.reading() as session:
            assert costs.spent_today(session, Platform.X, now=NOW) > 0.1

    def test_a_piece_of_the_past_that_broke_is_charged(self, stage, mocker):
        stage.sync()
        with stage.database.transaction() as session:
            account = session.scalars(select(Account).where(Account.id == x_of(stage).id)).one()
            account.is_filled, before = False, costs.spent_today(session, Platform.X, now=NOW)
            account.posts_filled_from = NOW
        mocker.patch("core.account_sync.list_known_posts", return_value=[])
        mocker.patch("core.backfill.Backfill._note_posts", side_effect=KeyError("public_metrics"))
        assert steps(stage.sync())[Platform.X].state is StepState.FAILED
        with stage.database.reading() as session:
            assert costs.spent_today(session, Platform.X, now=NOW) > before + 0.1


def test_an_account_that_waits_for_another_run_does_not_start_after_a_stop(stage):
    engine, stop, asked = stage.workplace.engine, Event(), len(stage.faults.asked)
    locks = [engine._syncs.locks[account.id] for account in stage.accounts().values()]
    for lock in locks:
        lock.acquire()
    ended = []
    syncing = Thread(target=lambda: ended.append(stage.sync(stop=stop)))
    syncing.start()
    while sum(pool._work_queue.qsize() + len(pool._threads) for pool in engine._syncs.pools.values()) < len(locks):
        pass
    stop.set()
    for lock in locks:
        lock.release()
    syncing.join()
    assert ended[0].state is RunState.INTERRUPTED
    assert len(stage.faults.asked) == asked


def test_what_was_frozen_for_an_engine_can_be_collected_after_it(sandbox, clock, tmp_path):
    with open_stage(sandbox, stage_settings(sandbox.port, tmp_path / "data"), clock):
        assert gc.get_freeze_count() > 0
    assert gc.get_freeze_count() == 0
