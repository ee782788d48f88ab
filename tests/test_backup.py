"""A backup of both stores: one file, complete, its owner's alone; restored into an empty folder it is what it was."""

import os
import resource
import signal
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from functools import partial

import duckdb
import pytest

from core.archive import unpack, write_archive
from core.backup import Backup, publish_from_outside
from core.errors import AppError, ConfigError
from core.ops import requests, sidecars
from core.ops.models import Request, RequestKind
from core.restore import restore
from core.settings import PROJECT_ROOT, Settings
from core.vault import Vault
from core.warehouse.connection import Warehouse
from tests.conftest import NOW
from tests.stage import open_sandbox, open_stage, stage_settings

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def sandbox():
    with open_sandbox("--businesses", "2", "--now", NOW.isoformat()) as sandbox:
        yield sandbox


@pytest.fixture
def stage(sandbox, clock, tmp_path):
    with open_stage(sandbox, stage_settings(sandbox.port, tmp_path / "data", backfill_days=3), clock) as stage:
        yield stage


@pytest.fixture
def backup(stage):
    return Backup(stage.settings, stage.database, stage.clock, publish_of(stage))


@pytest.fixture
def target(tmp_path):
    return tmp_path / "kept.zip"


def publish_of(stage):
    return stage.workplace.engine._warehouse.publish


def sqlite_rows(path):
    with closing(sqlite3.connect(path)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: sorted(map(repr, connection.execute(f'SELECT * FROM "{name}"'))) for name in names}


def duckdb_rows(path):
    with duckdb.connect(str(path), read_only=True) as connection:
        names = [name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        return {name: sorted(map(repr, connection.execute(f'SELECT * FROM "{name}"').fetchall())) for name in names}


def put_back(file, folder, clock, **options):
    """Restore into a folder; its settings, and what was said."""
    settings, said = Settings.read(data_dir=folder), []
    restore(settings, file, clock, said.append, **options)
    return settings, "\n".join(said)


def test_what_is_restored_equals_what_was_there_row_by_row(stage, backup, target, tmp_path, clock):
    for business in stage.businesses():
        stage.sync(business.id)
    contents = backup.take(target)
    there = sqlite_rows(stage.settings.data_dir / "operations.db"), duckdb_rows(stage.settings.published_link)
    settings, _ = put_back(target, tmp_path / "empty", clock)
    back = sqlite_rows(settings.data_dir / "operations.db"), duckdb_rows(settings.warehouse_path)
    assert back == there
    assert duckdb_rows(settings.published_link) == there[1]
    assert there[0]["tokens"]
    assert there[1]["post_metrics"]
    counted = {name: len(rows) for name, rows in there[1].items()}
    assert contents.members["warehouse.duckdb"].rows == counted


def test_a_backup_is_its_owners_alone_and_holds_no_key(stage, backup, target):
    backup.take(target)
    assert target.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(target) as archive:
        assert sorted(archive.namelist()) == ["manifest.json", "operations.db", "warehouse.duckdb"]
    assert sorted(path.name for path in target.parent.iterdir()) == ["data", "kept.zip"]
    assert not list(stage.settings.data_dir.glob(".backup-*"))


def test_the_key_is_in_it_where_it_was_asked_for(stage, backup, target, tmp_path, clock):
    backup.take(target, with_key=True)
    settings, said = put_back(target, tmp_path / "empty", clock)
    key = settings.data_dir / "secret.key"
    assert key.read_text() == (stage.settings.data_dir / "secret.key").read_text()
    assert key.stat().st_mode & 0o777 == 0o600
    assert said.endswith("Start Tideline: it goes on from there.")


def test_the_operations_database_is_copied_before_the_warehouse_is_published(stage, target, tmp_path):
    """What is committed between the two is in the warehouse alone."""

    def publish_after_a_sync():
        stage.sync()
        return publish_of(stage)()

    contents = Backup(stage.settings, stage.database, stage.clock, publish_after_a_sync).take(target)
    assert contents.members["operations.db"].rows["sync_runs"] == 0
    assert contents.members["warehouse.duckdb"].rows["post_metrics"] > 0


def test_ids_that_the_warehouse_names_are_not_given_out_again(stage, target, tmp_path, clock):
    def publish_after_a_sync():
        stage.sync()
        return publish_of(stage)()

    Backup(stage.settings, stage.database, stage.clock, publish_after_a_sync).take(target)
    settings, _ = put_back(target, tmp_path / "empty", clock)
    with duckdb.connect(str(settings.warehouse_path), read_only=True) as connection:
        (highest,) = connection.execute("SELECT max(run_id) FROM observations").fetchone()
    with closing(sqlite3.connect(settings.data_dir / "operations.db")) as connection:
        assert dict(connection.execute("SELECT name, seq FROM sqlite_sequence"))["sync_runs"] == highest == 1


def test_a_deletion_between_the_two_copies_makes_both_be_taken_again(stage, target):
    stage.sync()
    published = []

    def publish_after_a_deletion():
        if not published:
            with stage.database.transaction() as session:
                asked = requests.request_deletion(
                    session, 1, confirmed_name=stage.businesses()[0].name, requested_by="T", now=NOW
                )
                requests.record_finished(session, asked.id, outcome="Removed.", now=NOW)
        published.append(1)
        return publish_of(stage)()

    contents = Backup(stage.settings, stage.database, stage.clock, publish_after_a_deletion).take(target)
    assert len(published) == 2
    assert contents.members["operations.db"].rows["requests"] == 1


def test_an_account_that_only_the_warehouse_knows_is_not_restored(stage, backup, target, tmp_path, clock):
    for business in stage.businesses():
        stage.sync(business.id)
    backup.take(target)
    folder = tmp_path / "taken"
    folder.mkdir()
    contents = unpack(target, folder)
    with closing(sqlite3.connect(folder / "operations.db")) as connection, connection:
        connection.execute("DELETE FROM sync_steps WHERE account_id = 1")
        connection.execute("DELETE FROM accounts WHERE id = 1")
    older = tmp_path / "older.zip"
    write_archive(older, contents, {name: folder / name for name in contents.members}, {})
    settings, _ = put_back(older, tmp_path / "empty", clock)
    with duckdb.connect(str(settings.warehouse_path), read_only=True) as connection:
        for table in ("accounts", "posts", "post_metrics", "observations"):
            assert connection.execute(f"SELECT count(*) FROM {table} WHERE account_id = 1").fetchone() == (0,)
            assert connection.execute(f"SELECT count(*) FROM {table} WHERE account_id = 2").fetchone() != (0,)


def test_a_running_sidecar_is_asked_to_publish(stage, mocker):
    """The request is carried out by the chore while the command waits for it."""
    stage.sync()
    (chore,) = [chore for chore in stage.workplace.chores if chore.name == "carry_out_requests"]
    with stage.database.transaction() as session:
        sidecars.record_heartbeat(session, "here", jobs=[], job_error=None, now=stage.clock.now())
    with stage.workplace.engine._warehouse.transaction() as connection:
        connection.execute("UPDATE accounts SET name = 'Renamed'")
    mocker.patch.object(stage.clock, "sleep", side_effect=lambda _: chore.work())
    publish_from_outside(stage.settings, stage.database, stage.clock)
    assert stage.query("SELECT DISTINCT name FROM accounts") == [("Renamed",)]
    with stage.database.reading() as session:
        request = session.query(Request).one()
    assert request.kind is RequestKind.PUBLISH
    assert request.outcome == f"Published {stage.settings.published_link.resolve().name}."


def test_what_the_sidecar_could_not_publish_is_no_backup(stage, backup, mocker, target):
    stage.sync()
    (chore,) = [chore for chore in stage.workplace.chores if chore.name == "carry_out_requests"]
    with stage.database.transaction() as session:
        sidecars.record_heartbeat(session, "here", jobs=[], job_error=None, now=stage.clock.now())
    published = stage.settings.published_dir
    published.rename(published.with_name("elsewhere"))
    published.write_text("no folder")
    mocker.patch.object(stage.clock, "sleep", side_effect=lambda _: chore.work())
    with pytest.raises(AppError, match="could not be published"):
        publish_from_outside(stage.settings, stage.database, stage.clock)


def test_a_sidecar_that_falls_silent_is_not_waited_for(settings, database, clock):
    """Somebody holds the warehouse, no heart beats."""
    holder = f"import duckdb, time; c = duckdb.connect({str(settings.warehouse_path)!r}); print(1, flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", holder], stdout=subprocess.PIPE)
    try:
        assert process.stdout.readline() == b"1\n"
        with pytest.raises(AppError, match="does not answer"):
            publish_from_outside(settings, database, clock)
    finally:
        process.kill()
        process.communicate()


def test_without_a_sidecar_the_command_publishes_itself(settings, database, clock, target):
    with Warehouse(settings.warehouse_path, settings.published_dir):
        pass
    assert not settings.published_link.exists()
    Backup(settings, database, clock, partial(publish_from_outside, settings, database, clock)).take(target)
    assert settings.published_link.exists()


def test_a_file_that_exists_is_not_overwritten(backup, target):
    target.write_text("mine")
    with pytest.raises(ConfigError, match="exists already"):
        backup.take(target)
    assert target.read_text() == "mine"


def test_a_folder_that_is_not_there_is_one_sentence(backup, tmp_path):
    with pytest.raises(ConfigError, match="cannot be written"):
        backup.take(tmp_path / "nowhere" / "kept.zip")


def test_a_disk_that_fills_up_leaves_nothing(backup, target):
    """A limit on the size of files stands in for the disk: the write fails in the middle."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    backup.take(target)
    limit = target.stat().st_size - 1000
    target.unlink()
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        with pytest.raises(ConfigError, match="cannot be written"):
            backup.take(target)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert [path.name for path in target.parent.iterdir()] == ["data"]


def test_the_command_says_what_is_in_it_and_what_to_keep(settings, database, target):
    Vault.open(settings)
    done = subprocess.run(
        [sys.executable, "-m", "core", "backup", str(target)],
        cwd=PROJECT_ROOT,
        env={**os.environ, "TIDELINE_DATA_DIR": str(settings.data_dir)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "operations.db" in done.stdout
    assert f"keep a copy of {settings.data_dir / 'secret.key'} apart" in done.stdout
