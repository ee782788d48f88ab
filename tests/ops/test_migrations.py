"""A database of an earlier version keeps every row when it is brought up to date."""

from datetime import UTC, datetime

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from core.domain import RateBase, RunState, RunTrigger, StepState
from core.ops.migrate import ensure_data_dir, migrate
from core.ops.models import Account, Business, Notice, Schedule, SyncRun, SyncStep, Token
from core.ops.session import migrations_config, open_operations

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 24, tzinfo=UTC)
OLD_ROWS = (
    "INSERT INTO businesses (id, name, timezone, created_at) VALUES (1, 'Aurora', 'UTC', '2026-11-01 00:00:00')",
    "INSERT INTO tokens (id, provider, owner_id, access_token, scopes, obtained_at) VALUES (1, 'x', 'o', x'01', 'tweet.read', '2026-11-01 00:00:00')",
    "INSERT INTO accounts (id, business_id, token_id, platform, external_id, name, connected_at) VALUES (1, 1, 1, 'x', '1', 'a', '2026-11-01 00:00:00')",
    "INSERT INTO schedules (id, business_id, interval_hours, created_at) VALUES (1, 1, 6, '2026-11-01 00:00:00')",
    "INSERT INTO sync_runs (id, business_id, \"trigger\", state, requested_at) VALUES (1, 1, 'manual', 'requested', '2026-11-01 00:00:00')",
    "INSERT INTO sync_steps (id, run_id, account_id, state, requests, retries, waited_s, posts, rows_new, rows_changed, rows_unchanged)"
    " VALUES (1, 1, 1, 'pending', 3, 0, 1.5, 0, 0, 0, 0)",
    "INSERT INTO notices (id, created_at, text) VALUES (1, '2026-11-01 00:00:00', 'X no longer gives reach.')",
)


@pytest.fixture
def old_database(settings):
    """A database as the first version left it."""
    ensure_data_dir(settings.data_dir)
    database = open_operations(settings)
    config = migrations_config()
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for row in OLD_ROWS:
            connection.execute(text(row))
    yield database
    database.close()


def test_every_row_of_the_first_version_is_kept(old_database, settings):
    migrate(settings)
    with old_database.reading() as session:
        account = session.get_one(Account, 1)
        assert (account.business_id, account.token_id) == (1, 1)
        assert session.get_one(Business, 1).rate_base is RateBase.IMPRESSIONS
        assert session.get_one(Token, 1).owner_name == ""
        assert session.get_one(Token, 1).missing_scopes == ("users.read", "offline.access")
        schedule, step = session.get_one(Schedule, 1), session.get_one(SyncStep, 1)
        assert (schedule.interval_hours, schedule.is_paused, schedule.quiet_from) == (6, False, None)
        assert (step.run.state, step.run.published_s, step.waited_s, step.asked_s) == (
            RunState.REQUESTED,
            0.0,
            1.5,
            0.0,
        )
        notice = session.get_one(Notice, 1)
        assert (notice.kind, notice.key, notice.text) == ("metric", None, "X no longer gives reach.")


def test_a_business_that_is_synced_may_have_its_past_filled_beside_it_once(old_database, settings):
    migrate(settings)
    run = {"business_id": 1, "state": RunState.RUNNING, "requested_at": NOW}
    with old_database.transaction() as session:
        session.add(SyncRun(trigger=RunTrigger.BACKFILL, **run))
    for trigger in (RunTrigger.BACKFILL, RunTrigger.SCHEDULE):
        with pytest.raises(IntegrityError), old_database.transaction() as session:
            session.add(SyncRun(trigger=trigger, **run))


def test_a_step_back_forgets_the_back_fills_that_the_version_before_does_not_know(old_database, settings):
    migrate(settings)
    with old_database.transaction() as session:
        session.add(SyncRun(business_id=1, trigger=RunTrigger.BACKFILL, state=RunState.RUNNING, requested_at=NOW))
        session.get_one(SyncStep, 1).state = StepState.CANCELLED
    config = migrations_config()
    with old_database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0002")
        assert connection.execute(text('SELECT "trigger" FROM sync_runs')).scalars().all() == ["manual"]
        assert connection.execute(text("SELECT state FROM sync_steps")).scalars().all() == ["interrupted"]


def test_a_step_back_keeps_what_the_first_version_knew(old_database, settings):
    migrate(settings)
    config = migrations_config()
    with old_database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
        counts = [
            connection.execute(text(f"SELECT count(*) FROM {table}")).scalar()
            for table in ("accounts", "notices", "schedules", "sync_runs", "sync_steps")
        ]
    assert counts == [1, 1, 1, 1, 1]
