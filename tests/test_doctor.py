"""The doctor finds each thing that can be wrong, says what to do, and changes nothing."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections import namedtuple
from contextlib import closing
from datetime import timedelta

import pytest

from core import findings
from core.backup import Backup
from core.daily_backup import back_up_when_due
from core.doctor import examine, find_all
from core.domain import Platform, Provider, RunState, RunTrigger
from core.findings import Grade
from core.ops import sidecars, tokens
from core.ops.accounts import save_account
from core.ops.businesses import ensure_business
from core.ops.models import Account, Schedule, SyncRun, Token
from core.ops.session import RESTORE_MARKER
from core.ops.tokens import EncryptedGrant
from core.settings import PROJECT_ROOT, Settings
from core.vault import Vault
from core.warehouse.connection import Warehouse
from tests.conftest import NOW

pytestmark = pytest.mark.integration

JOB = {"id": "sync_all_businesses", "name": "x", "next_run_time": "2026-11-24T10:00:00+00:00", "trigger": "x"}


@pytest.fixture
def healthy(settings, database, clock):
    """A folder in which nothing is to be found: synced, published, backed up, a sidecar at work."""
    settings.data_dir.chmod(0o700)
    vault = Vault.open(settings)
    with database.transaction() as session:
        business = ensure_business(session, "Aurora", timezone="UTC", now=NOW)
        grant = EncryptedGrant(vault.encrypt("access"), vault.encrypt("refresh"), None, None, "")
        token = tokens.save_token(session, Provider.X, "owner", grant, now=NOW)
        own = {"business_id": business.id, "token_id": token.id, "connected_at": NOW}
        save_account(session, Account(**own, platform=Platform.X, external_id="1", name="Aurora"))
        run = {"business_id": business.id, "trigger": RunTrigger.SCHEDULE, "state": RunState.SUCCEEDED}
        session.add(SyncRun(**run, requested_at=NOW - timedelta(minutes=30), finished_at=NOW - timedelta(minutes=29)))
        sidecars.record_heartbeat(session, "here", jobs=[JOB], job_error=None, now=NOW)
    with Warehouse(settings.warehouse_path, settings.published_dir) as warehouse:
        published = warehouse.publish()
        back_up_when_due(Backup(settings, database, clock, warehouse.publish))
    os.utime(settings.published_link.resolve(), (NOW.timestamp(), NOW.timestamp()))
    assert published.exists()
    for path in (settings.data_dir / "operations.db", settings.warehouse_path):
        path.chmod(0o600)
    return settings


def troubles(settings, clock):
    return {(one.subject, one.grade.value): one.text for one in find_all(settings, clock) if one.grade is not Grade.OK}


def state_of(folder):
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.stat().st_mode, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


def write(database, model, **values):
    with database.transaction() as session:
        for row in session.query(model):
            for name, value in values.items():
                setattr(row, name, value)


def test_where_all_is_well_nothing_is_found_and_nothing_is_changed(healthy, database, clock):
    database.close()
    before, said = state_of(healthy.data_dir), []
    assert examine(healthy, clock, said.append)
    assert troubles(healthy, clock) == {}
    assert state_of(healthy.data_dir) == before
    assert said[-1] == f"{len(said) - 1} ok, 0 warning, 0 wrong."


def test_beside_others_at_work_it_changes_nothing_and_needs_no_lock(healthy, database, clock):
    holder = f"import duckdb, time; c = duckdb.connect({str(healthy.warehouse_path)!r}); print(1, flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", holder], stdout=subprocess.PIPE)
    try:
        assert process.stdout.readline() == b"1\n"
        with database.transaction():
            assert troubles(healthy, clock) == {}
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("values", "model", "found", "told"),
    [
        ({"broken_at": NOW, "broken_reason": "X refused it."}, Token, ("login", "wrong"), "sign in again"),
        ({"refresh_expires_at": NOW + timedelta(days=5)}, Token, ("login", "warning"), "sign in again"),
        ({"finished_at": NOW - timedelta(hours=3)}, SyncRun, ("sync", "warning"), "behind its schedule"),
        ({"finished_at": NOW - timedelta(days=3)}, SyncRun, ("sync", "wrong"), "far behind"),
        ({"state": RunState.FAILED}, SyncRun, ("sync", "warning"), "none has succeeded yet"),
        ({"beat_at": NOW - timedelta(minutes=5)}, sidecars.Sidecar, ("sidecar", "wrong"), "start Tideline"),
        ({"job_error": "back_up failed"}, sidecars.Sidecar, ("sidecar", "warning"), "back_up failed"),
        ({"jobs": []}, sidecars.Sidecar, ("sidecar", "wrong"), "nothing scheduled"),
        ({"requested_at": NOW + timedelta(hours=1)}, SyncRun, ("clock", "wrong"), "set the machine's clock"),
    ],
)
def test_what_the_operations_database_tells(healthy, database, clock, values, model, found, told):
    write(database, model, **values)
    assert told in troubles(healthy, clock)[found]


def test_a_schedule_of_its_own_is_what_a_business_is_held_to(healthy, database, clock):
    write(database, SyncRun, finished_at=NOW - timedelta(hours=5))
    with database.transaction() as session:
        session.add(Schedule(business_id=1, interval_hours=6, created_at=NOW))
    assert troubles(healthy, clock) == {}
    write(database, Schedule, interval_hours=2)
    assert ("sync", "warning") in troubles(healthy, clock)
    write(database, Schedule, is_paused=True)
    assert troubles(healthy, clock) == {}


def test_a_zone_that_is_not_known(healthy, database, clock):
    with database.transaction() as session:
        ensure_business(session, "Mars", timezone="UTC", now=NOW).timezone = "Mars/Olympus"
    assert "install tzdata" in troubles(healthy, clock)["clock", "wrong"]


def test_a_database_that_is_damaged_gone_or_of_another_schema(healthy, database, clock):
    database.close()
    path = healthy.data_dir / "operations.db"
    kept = path.read_bytes()
    for version, told in (("0001", "migrate"), ("9999", "update Tideline")):
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE alembic_version SET version_num = ?", (version,))
        assert told in troubles(healthy, clock)["operations", "wrong"]
    path.write_bytes(kept[:8192] + bytes(20000) + kept[28192:])
    assert "damaged" in troubles(healthy, clock)["operations", "wrong"]
    path.unlink()
    assert "is not there" in troubles(healthy, clock)["operations", "wrong"]


def test_a_key_that_is_gone_or_another(healthy, clock):
    key = healthy.data_dir / "secret.key"
    key.unlink()
    assert "put back" in troubles(healthy, clock)["key", "wrong"]
    assert not key.exists()
    Vault.open(healthy)
    assert "put back the key" in troubles(healthy, clock)["key", "wrong"]


def test_rights(healthy, clock):
    healthy.data_dir.chmod(0o755)
    assert "chmod -R go=" in troubles(healthy, clock)["rights", "warning"]
    (healthy.data_dir / "secret.key").chmod(0o644)
    assert "chmod 600" in troubles(healthy, clock)["rights", "wrong"]
    (healthy.data_dir / RESTORE_MARKER).write_text("x")
    assert "cut short" in troubles(healthy, clock)["rights", "wrong"]


@pytest.mark.parametrize(("free", "grade"), [(1000, "wrong"), (100_000_000, "warning")])
def test_a_disk_that_fills_up(healthy, clock, mocker, free, grade):
    usage = namedtuple("usage", "total used free")(0, 0, free)
    mocker.patch.object(findings.shutil, "disk_usage", return_value=usage)
    assert "make room" in troubles(healthy, clock)["disk", grade]


def test_a_warehouse_that_is_damaged_or_gone(healthy, clock):
    healthy.warehouse_path.write_bytes(b"rubbish" * 1000)
    assert "Restore it from a backup" in troubles(healthy, clock)["warehouse", "wrong"]
    healthy.warehouse_path.unlink()
    assert ("warehouse", "warning") in troubles(healthy, clock)


def test_a_published_copy_that_is_old_damaged_or_gone(healthy, clock):
    newest = healthy.published_link.resolve()
    at = (NOW - timedelta(hours=5)).timestamp()
    os.utime(newest, (at, at))
    assert "see that the disk has room" in troubles(healthy, clock)["published", "wrong"]
    newest.chmod(0o600)
    newest.write_bytes(b"rubbish" * 1000)
    assert "restart the sidecar" in troubles(healthy, clock)["published", "wrong"]
    shutil.rmtree(healthy.published_dir)
    assert "start the sidecar" in troubles(healthy, clock)["published", "wrong"]


def test_backups_that_are_old_missing_or_off(healthy, clock):
    (newest,) = healthy.backups_dir.iterdir()
    newest.rename(newest.with_name("tideline-20261120-093000.zip"))
    assert "4 days old" in troubles(healthy, clock)["backup", "wrong"]
    shutil.rmtree(healthy.backups_dir)
    assert "There is none" in troubles(healthy, clock)["backup", "warning"]
    off = Settings.read(data_dir=healthy.data_dir, backup_keep=0)
    assert "yourself" in troubles(off, clock)["backup", "warning"]


def test_the_command_ends_with_1_where_something_is_wrong(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "core", "doctor"],
        cwd=PROJECT_ROOT,
        env={**os.environ, "TIDELINE_DATA_DIR": str(tmp_path / "nowhere")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "is not there: start Tideline first" in done.stdout
    assert done.stderr == ""
