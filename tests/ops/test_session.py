"""The operations database: migrated once, strict, in UTC, never handing an id out twice."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, StatementError

from core.clock import MovableClock
from core.domain import Platform
from core.errors import ConfigError
from core.ops.migrate import ensure_data_dir, migrate, wait_for_schema
from core.ops.models import Account, Base, Business
from core.ops.session import OperationsDatabase, head_revision, migrations_config, open_operations
from tests.conftest import NOW

pytestmark = pytest.mark.integration


def test_migrating_twice_and_by_several_at_once_ends_at_the_head(settings):
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: migrate(settings), range(4))) == {head_revision()}
    database = open_operations(settings)
    assert database.is_current
    database.close()


def test_the_migrations_make_exactly_the_models(database):
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_the_schema_can_be_taken_down_again(database):
    config = migrations_config()
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert database.found_revision is None


def test_an_older_program_refuses_a_newer_database(database, settings):
    with database.transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigError, match="newer version of Tideline"):
        migrate(settings)


def test_a_write_outwaits_a_process_that_holds_the_lock_for_half_a_minute(database):
    with database.engine.connect() as connection:
        assert connection.execute(text("PRAGMA busy_timeout")).scalar() == 60_000


def test_waiting_for_a_schema_that_does_not_come_names_the_command(settings):
    settings.data_dir.mkdir()
    database = open_operations(settings)
    with pytest.raises(ConfigError, match="python -m core migrate"):
        wait_for_schema(database, MovableClock(NOW))
    database.close()


def test_sqlite_runs_in_wal_mode_with_foreign_keys(database):
    with database.reading() as session:
        assert session.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert session.execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_an_account_without_a_business_is_refused(database):
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.add(Account(business_id=77, platform=Platform.X, external_id="1", name="x", connected_at=NOW))


def test_instants_come_back_aware_and_in_utc(database):
    berlin = datetime(2026, 7, 1, 12, 0, tzinfo=timezone(timedelta(hours=2)))
    with database.transaction() as session:
        session.add(Business(name="a", created_at=berlin))
    with database.reading() as session:
        assert session.get_one(Business, 1).created_at == datetime(2026, 7, 1, 10, 0, tzinfo=UTC)
        assert session.get_one(Business, 1).created_at.tzinfo is UTC


def test_a_naive_instant_is_refused(database):
    with pytest.raises(StatementError, match="no time zone"), database.transaction() as session:
        session.add(Business(name="a", created_at=datetime(2026, 7, 1, 12, 0)))  # noqa: DTZ001  # the mistake under test


def test_a_new_business_never_inherits_a_deleted_ones_id(database):
    with database.transaction() as session:
        session.add(Business(name="first", created_at=NOW))
    with database.transaction() as session:
        session.delete(session.get_one(Business, 1))
    with database.transaction() as session:
        second = Business(name="second", created_at=NOW)
        session.add(second)
        session.flush()
        assert second.id == 2


def test_a_reader_is_not_held_up_by_a_writer(database):
    with database.transaction() as session:
        session.add(Business(name="first", created_at=NOW))
        session.flush()
        with database.reading() as reader:
            assert reader.query(Business).count() == 0


def test_the_database_file_is_private(database, settings):
    with sqlite3.connect(settings.data_dir / "operations.db") as connection:
        assert connection.execute("SELECT count(*) FROM businesses").fetchone() == (0,)
    connection.close()
    assert settings.data_dir.stat().st_mode & 0o077 == 0


def test_a_data_folder_that_is_a_file_is_named(tmp_path):
    (tmp_path / "data").write_text("")
    with pytest.raises(ConfigError, match="TIDELINE_DATA_DIR"):
        ensure_data_dir(tmp_path / "data")


def test_a_database_url_that_is_none_is_named():
    with pytest.raises(ConfigError, match="TIDELINE_DATABASE_URL"):
        OperationsDatabase("nonsense")


def test_a_corrupt_database_is_named(settings):
    settings.data_dir.mkdir()
    (settings.data_dir / "operations.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(ConfigError, match="cannot be opened"):
        migrate(settings)
    assert (settings.data_dir / "operations.db").read_bytes() == b"this is no database" * 100


def test_threads_that_write_queue_instead_of_sleeping_and_asking_again(database):
    """Each would otherwise wait in SQLite's busy loop, up to 100 ms a turn; here a turn follows the other."""
    with database.transaction() as session:
        session.add(Business(name="Aurora", created_at=NOW))
    inside, together = [], []

    def write(number):
        with database.transaction() as session:
            inside.append(number)
            together.append(len(inside))
            session.execute(text("UPDATE businesses SET name = :name"), {"name": f"Aurora {number}"})
            inside.remove(number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    assert together == [1] * 40


@pytest.mark.parametrize(("is_durable", "level"), [(False, 1), (True, 2)])
def test_only_what_cannot_be_asked_for_again_waits_for_the_disk(database, is_durable, level):
    for wanted, expected in ((not is_durable, 3 - level), (is_durable, level)):  # the level is set anew each time
        with database.transaction(is_durable=wanted) as session:
            assert session.scalar(text("PRAGMA synchronous")) == expected
