"""A history on its way: how far it is, room for its runs, and the runs and dates that are taken over."""

from datetime import timedelta

import pytest

from core.domain import Platform, RunState, RunTrigger, StepState
from core.errors import AppError
from core.metrics import Grain, Metric
from core.ops import history, requests, runs
from core.ops.accounts import list_connected, save_account
from core.ops.businesses import ensure_business, list_businesses
from core.ops.migrate import migrate
from core.ops.models import Account, Notice, RetiredMetric, SyncRun, SyncStep
from core.ops.retired import record_refused
from core.ops.session import open_operations
from core.settings import Settings
from tests.conftest import NOW

pytestmark = pytest.mark.integration

LONG_AGO = NOW - timedelta(days=90)
VIDEO_VIEWS = {(Grain.ACCOUNT_DAY, Metric.VIDEO_VIEWS)}


@pytest.fixture
def past(tmp_path):
    settings = Settings.read(data_dir=tmp_path / "past")
    migrate(settings)
    database = open_operations(settings)
    yield database
    database.close()


def add_accounts(database, now, *platforms, business="Aurora"):
    with database.transaction() as session:
        business_id = ensure_business(session, business, timezone="UTC", now=now).id
        for platform in platforms:
            named = {"external_id": f"{business}-{platform}", "name": business, "connected_at": now}
            save_account(session, Account(business_id=business_id, platform=platform, **named))
    return business_id


def sync(database, business_id, now):
    """A run that ended well, with its steps."""
    run = runs.request_run(database, business_id, RunTrigger.SCHEDULE, now=now)
    with database.transaction() as session:
        runs.claim_run(session, "test", now=now)
        for step in session.query(SyncStep).filter_by(run_id=run.id):
            step.state, step.posts = StepState.SUCCEEDED, 12
        runs.record_finished(session, run.id, RunState.SUCCEEDED, now=now)
    return run.id


def take_over(database, past):
    with past.reading() as theirs, database.transaction() as ours:
        pairs = history.pair_accounts(ours, theirs)
        taken = history.take_over_runs(ours, theirs, pairs)
        history.take_over_story(ours, theirs, pairs)
    return taken


def stored(database, model):
    with database.reading() as session:
        return session.query(model).order_by(model.id).all()


@pytest.fixture
def both(database, past):
    """The same business in both, with its accounts under other ids, and room for the past's runs."""
    with database.transaction() as session:
        history.reserve_run_ids(session, 1)
    add_accounts(database, NOW, Platform.X, business="Somebody else")
    for one, now in ((past, LONG_AGO), (database, NOW)):
        add_accounts(one, now, Platform.LINKEDIN, Platform.FACEBOOK)
    return database, past


def aurora(database):
    with database.reading() as session:
        return next(business.id for business in list_businesses(session) if business.name == "Aurora")


def test_a_run_of_today_comes_after_every_run_of_the_past(both):
    database, past = both
    first_of_today = sync(database, aurora(database), NOW)
    in_past = [sync(past, aurora(past), LONG_AGO + timedelta(days=day)) for day in range(3)]
    assert take_over(database, past) == 3
    assert [run.id for run in stored(database, SyncRun)] == [*in_past, first_of_today]
    with database.reading() as session:
        assert [run.id for run in runs.list_runs(session)] == [first_of_today, *reversed(in_past)]
    assert max(step.id for step in stored(past, SyncStep)) < min(
        step.id for step in stored(database, SyncStep) if step.run_id == first_of_today
    )


def test_runs_and_steps_are_those_of_the_accounts_here(both):
    database, past = both
    sync(past, aurora(past), LONG_AGO)
    take_over(database, past)
    (run,) = stored(database, SyncRun)
    assert (run.business_id, run.state, run.requested_at) == (aurora(database), RunState.SUCCEEDED, LONG_AGO)
    with database.reading() as session:
        ids = [account.id for account in list_connected(session, aurora(database))]
    assert [(step.account_id, step.posts) for step in stored(database, SyncStep)] == [(id_, 12) for id_ in ids]
    assert ids != [step.account_id for step in stored(past, SyncStep)]


def test_taken_over_twice_they_are_there_once(both):
    database, past = both
    sync(past, aurora(past), LONG_AGO)
    assert take_over(database, past) == 1
    assert take_over(database, past) == 0
    assert (len(stored(database, SyncRun)), len(stored(database, SyncStep))) == (1, 2)


def test_where_a_later_run_has_the_id_of_one_nothing_is_taken_over(database, past):
    for one, now in ((past, LONG_AGO), (database, NOW)):
        sync(one, add_accounts(one, now, Platform.LINKEDIN), now)
    with pytest.raises(AppError, match="ids"):
        take_over(database, past)
    assert [run.requested_at for run in stored(database, SyncRun)] == [NOW]


def test_what_was_removed_here_meanwhile_stays_removed(both):
    database, past = both
    add_accounts(past, LONG_AGO, Platform.INSTAGRAM)
    sync(past, aurora(past), LONG_AGO)
    sync(past, add_accounts(past, LONG_AGO, Platform.X, business="Removed"), LONG_AGO)
    assert take_over(database, past) == 1
    with database.reading() as session:
        platforms = {session.get_one(Account, step.account_id).platform for step in session.query(SyncStep)}
    assert platforms == {Platform.LINKEDIN, Platform.FACEBOOK}


def test_accounts_are_connected_and_metrics_retired_since_the_past_knows_it(both):
    database, past = both
    for one, now in ((past, NOW - timedelta(days=12)), (database, NOW)):
        with one.transaction() as session:
            record_refused(session, Platform.FACEBOOK, VIDEO_VIEWS, now=now)
    take_over(database, past)
    with database.reading() as session:
        connected = {account.connected_at for account in list_connected(session, aurora(database))}
        retired = session.query(RetiredMetric).one().retired_at
    assert connected == {LONG_AGO}
    assert retired == NOW - timedelta(days=12)
    assert [notice.created_at for notice in stored(database, Notice)] == [NOW - timedelta(days=12)]


def making(database):
    with database.reading() as session:
        return history.find_making(session)


def test_a_making_is_told_until_it_has_been_taken_over(database):
    assert making(database) is None
    with database.transaction() as session:
        request_id = history.begin_history(session, "folder", last=NOW.date(), now=NOW).id
    assert making(database) == history.Making(None, NOW.date(), is_ready=False, went_on_at=NOW)
    later = NOW + timedelta(seconds=9)
    with database.transaction() as session:
        history.record_made(session, request_id, reached=LONG_AGO.date(), now=later)
    assert making(database) == history.Making(LONG_AGO.date(), NOW.date(), is_ready=False, went_on_at=later)
    with database.transaction() as session:
        history.record_made(session, request_id, reached=NOW.date(), is_ready=True, now=later)
        requests.record_finished(session, request_id, outcome="Took over 3 syncs.", now=later)
    assert making(database) is None


def test_a_making_that_failed_keeps_saying_so(database):
    with database.transaction() as session:
        request_id = history.begin_history(session, "folder", last=NOW.date(), now=NOW).id
        requests.record_finished(session, request_id, error="It could not be made.", now=NOW)
    assert making(database).error == "It could not be made."
