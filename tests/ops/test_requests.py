"""Requests to the sidecar: taken with care, once each, never beside a sync."""

import pytest

from core.domain import Platform, RunState, RunTrigger
from core.errors import ConfigError
from core.ops import requests, runs
from core.ops.accounts import save_account
from core.ops.businesses import archive_business, create_business
from core.ops.models import Account, RequestKind
from tests.conftest import NOW

pytestmark = pytest.mark.integration


@pytest.fixture
def aurora(database):
    with database.transaction() as session:
        business = create_business(session, "Aurora", timezone="UTC", now=NOW)
        save_account(
            session,
            Account(business_id=business.id, platform=Platform.X, external_id="1", name="@aurora", connected_at=NOW),
        )
        return business.id


@pytest.fixture
def borealis(database):
    with database.transaction() as session:
        return create_business(session, "Borealis", timezone="UTC", now=NOW).id


@pytest.fixture
def ask(database):
    def ask_one(request, *arguments, **named):
        with database.transaction() as session:
            return request(session, *arguments, requested_by="local", now=NOW, **named)

    return ask_one


def test_a_deletion_needs_the_exact_name(ask, aurora):
    with pytest.raises(ConfigError, match='exactly as it is written, "Aurora"'):
        ask(requests.request_deletion, aurora, confirmed_name="aurora")
    request = ask(requests.request_deletion, aurora, confirmed_name="Aurora ")
    assert (request.kind, request.business_id, request.finished_at) == (RequestKind.DELETE_BUSINESS, aurora, None)


def test_asking_twice_is_asking_once(ask, aurora, borealis):
    first = ask(requests.request_deletion, aurora, confirmed_name="Aurora")
    assert ask(requests.request_deletion, aurora, confirmed_name="Aurora").id == first.id
    moved = ask(requests.request_move, 1, borealis)
    assert ask(requests.request_move, 1, borealis).id == moved.id != first.id


def test_a_move_has_to_lead_somewhere_else(ask, aurora, borealis, database):
    with pytest.raises(ConfigError, match="@aurora belongs to Aurora already"):
        ask(requests.request_move, 1, aurora)
    with pytest.raises(ConfigError, match="is gone"):
        ask(requests.request_move, 77, borealis)
    with database.transaction() as session:
        archive_business(session, borealis, now=NOW)
    with pytest.raises(ConfigError, match="Borealis is archived"):
        ask(requests.request_move, 1, borealis)


def test_a_request_is_found_with_what_came_of_it(ask, aurora, database):
    request = ask(requests.request_deletion, aurora, confirmed_name="Aurora")
    with database.transaction() as session:
        assert [one.id for one in requests.list_open(session)] == [request.id]
        requests.record_finished(session, request.id, outcome="Removed.", now=NOW)
    with database.reading() as session:
        assert requests.list_open(session) == []
        found = requests.find_request(session, request.id)
    assert (found.outcome, found.error, found.finished_at) == ("Removed.", None, NOW)


def test_a_business_is_being_synced_while_a_run_of_it_or_of_one_of_its_accounts_works(database, aurora, borealis):
    run = runs.request_run(database, aurora, RunTrigger.MANUAL, now=NOW)
    with database.transaction() as session:
        assert not requests.is_being_synced(session, [aurora])  # asked for is not begun
        runs.claim_run(session, "sidecar", now=NOW)
        assert requests.is_being_synced(session, [aurora])
        assert not requests.is_being_synced(session, [borealis])
        session.get_one(Account, 1).business_id = borealis
        session.flush()
        assert requests.is_being_synced(session, [borealis])
        runs.record_finished(session, run.id, RunState.SUCCEEDED, now=NOW)
        session.expire_all()
        assert not requests.is_being_synced(session, [aurora, borealis])


def test_only_runs_that_have_not_begun_are_cancelled(database, aurora):
    run = runs.request_run(database, aurora, RunTrigger.MANUAL, now=NOW)
    with database.transaction() as session:
        requests.cancel_requested(session, [aurora], now=NOW)
        session.expire_all()
        assert runs.get_run(session, run.id).state is RunState.CANCELLED
