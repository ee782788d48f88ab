"""What the pages are told of operations: every business its own newest run."""

from datetime import timedelta

import pytest

from core.domain import Platform, RunState, RunTrigger
from core.ops import overview, runs
from core.ops.accounts import save_account
from core.ops.businesses import create_business
from core.ops.models import Account
from tests.conftest import NOW

pytestmark = pytest.mark.integration


def test_every_business_is_told_its_own_newest_run(database):
    with database.transaction() as session:
        ids = [create_business(session, name, timezone="UTC", now=NOW).id for name in ("Aurora", "Borealis", "Cirrus")]
        for id_ in ids[:2]:
            save_account(
                session,
                Account(business_id=id_, platform=Platform.X, external_id=str(id_), name="x", connected_at=NOW),
            )
    for hours, state in enumerate((RunState.FAILED, RunState.SUCCEEDED)):
        for id_ in ids[:2]:
            at = NOW + timedelta(hours=hours)
            run = runs.request_run(database, id_, RunTrigger.MANUAL, now=at)
            with database.transaction() as session:
                runs.record_finished(session, run.id, state, now=at)
    with database.reading() as session:
        newest = overview.LastRun(RunState.SUCCEEDED, NOW + timedelta(hours=1))
        assert overview.last_runs(session) == dict.fromkeys(ids[:2], newest)
