"""A backup while a real sidecar syncs a slow sandbox: what is restored is exactly what had ended, and goes on from there."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import duckdb
import pytest

from core.clock import SystemClock
from core.demo import connect_and_request, running_sandbox
from core.domain import RunState, StepState
from core.fetchers.transport import Transport
from core.ops.migrate import migrate
from core.ops.session import open_operations
from core.settings import PROJECT_ROOT
from tests.stage import stage_settings
from tests.test_processes import all_ended, listed, some_steps_ended_and_some_did_not, wait_until

pytestmark = pytest.mark.integration

APPENDED = ("post_metrics", "account_metrics", "observations")
"""Tables whose rows, once written, stay as they are."""


@pytest.fixture(scope="module")
def port():
    transport = Transport(SystemClock())
    late = ["--latency-ms", "120", "--fault", "x/*:slow:endpoint=timeline:seconds=10"]
    with running_sandbox(["--businesses", "2", *late], transport) as port:
        yield port
    transport.close()


def environment_of(settings):
    values = settings.model_dump(exclude_defaults=True).items()
    own = {name: getattr(value, "get_secret_value", lambda value=value: str(value))() for name, value in values}
    return {**os.environ, **{f"TIDELINE_{name.upper()}": value for name, value in own.items()}}


def core(settings, *arguments):
    command = [sys.executable, "-m", "core", *arguments]
    done = subprocess.run(
        command, cwd=PROJECT_ROOT, env=environment_of(settings), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def start_sidecar():
    started = []

    def start(settings):
        command = [sys.executable, "-m", "core", "sidecar"]
        process = subprocess.Popen(command, cwd=PROJECT_ROOT, env=environment_of(settings), stderr=subprocess.DEVNULL)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def appended(path):
    """The rows of the tables that only grow, by run and account."""
    rows = {}
    with duckdb.connect(str(path), read_only=True) as connection:
        for table in APPENDED:
            cursor = connection.execute(f"SELECT run_id, account_id, * FROM {table}")
            for run, account, *row in cursor.fetchall():
                rows.setdefault((run, account), []).append((table, repr(row)))
    return {key: sorted(found) for key, found in rows.items()}


def steps(path, state):
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT run_id, account_id FROM sync_steps WHERE state = ?", [state.value])
        return set(rows.fetchall())


def kept(path, table):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()


def test_a_backup_during_a_sync_is_exactly_what_had_ended_and_goes_on_from_there(port, tmp_path, start_sidecar):
    settings, again = (stage_settings(port, tmp_path / name, backfill_days=3) for name in ("data", "empty"))
    migrate(settings)
    connect_and_request(settings, port, SystemClock())
    database = open_operations(settings)
    sidecar = start_sidecar(settings)
    assert wait_until(lambda: some_steps_ended_and_some_did_not(database))
    said = core(settings, "backup", str(tmp_path / "kept.zip"), "--with-key")
    assert "operations.db" in said
    assert wait_until(lambda: all_ended(database))
    sidecar.terminate()
    sidecar.wait(40)
    database.close()

    core(again, "restore", str(tmp_path / "kept.zip"))
    rows = check_exact(again, settings)
    start_sidecar(again)
    check_goes_on(again, rows)


def check_exact(again, settings):
    """What ended before the backup is there to the last row, nothing is there that never was; the rows that were restored."""
    restored, there = (one.data_dir / "operations.db" for one in (again, settings))
    ended = steps(restored, StepState.SUCCEEDED)
    assert ended
    assert steps(restored, StepState.RUNNING) | steps(restored, StepState.PENDING), "the sync had ended: slow it"
    rows, all_rows = appended(again.warehouse_path), appended(settings.warehouse_path)
    assert {key: rows[key] for key in ended} == {key: all_rows[key] for key in ended}
    assert all(set(found) <= set(all_rows[key]) for key, found in rows.items())
    assert appended(again.published_link) == rows
    for table in ("businesses", "tokens", "alembic_version"):
        assert kept(restored, table) == kept(there, table)
    return rows


def check_goes_on(again, rows):
    """The run that was cut short is done again, under a number that no row names."""
    database = open_operations(again)
    assert wait_until(lambda: all_ended(database, at_least=3))
    found = listed(database)
    database.close()
    assert RunState.INTERRUPTED in {run.state for run in found}
    assert max(run.id for run in found) > max(run for run, _ in rows)
    assert len({account for _, account in appended(again.published_link)}) == 8
