"""The sidecar as a process: killed in the middle of a run, told to leave, read from beside."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from core.clock import SystemClock
from core.demo import connect_and_request, running_sandbox
from core.domain import RunState, RunTrigger, StepState
from core.fetchers.transport import Transport
from core.ops import runs, sidecars
from core.ops.migrate import migrate
from core.ops.models import Sidecar
from core.ops.session import open_operations
from core.settings import PROJECT_ROOT
from tests.stage import stage_settings

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def port():
    """A slow sandbox on the machine's own clock: X's accounts end later, so there is time to do something in between."""
    transport = Transport(SystemClock())
    late = ["--latency-ms", "120", "--fault", "x/*:slow:endpoint=timeline:seconds=2"]
    with running_sandbox(["--businesses", "2", *late], transport) as port:
        yield port
    transport.close()


@pytest.fixture
def settings(port, tmp_path):
    settings = stage_settings(port, tmp_path / "data")
    migrate(settings)
    connect_and_request(settings, port, SystemClock())
    return settings


@pytest.fixture
def database(settings):
    database = open_operations(settings)
    yield database
    database.close()


@pytest.fixture
def start_sidecar(settings):
    """Start `python -m core sidecar` on the settings; what still runs at the end of the test is killed."""
    started = []

    def start():
        own = {f"TIDELINE_{name.upper()}": value for name, value in settings.model_dump(exclude_defaults=True).items()}
        own = {
            name: getattr(value, "get_secret_value", lambda value=value: str(value))() for name, value in own.items()
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "core", "sidecar"],
            cwd=PROJECT_ROOT,
            env={**os.environ, **own},
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stderr.close()


def wait_until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def listed(database):
    with database.reading() as session:
        return runs.list_runs(session)


def some_steps_ended_and_some_did_not(database):
    states = {step.state for run in listed(database) for step in run.steps}
    return StepState.SUCCEEDED in states and states & {StepState.RUNNING, StepState.PENDING}


def all_ended(database, at_least=2):
    found = listed(database)
    return len(found) >= at_least and all(run.state.is_final for run in found)


def is_running(database):
    with database.reading() as session:
        return sidecars.sidecar_status(session, now=datetime.now(UTC)).is_running


def metric_rows(settings, table="post_metrics"):
    with duckdb.connect(str(settings.published_link.resolve()), read_only=True) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def test_a_sidecar_killed_in_the_middle_leaves_no_half_account_and_the_next_one_completes(
    settings, database, start_sidecar
):
    first = start_sidecar()
    assert wait_until(lambda: some_steps_ended_and_some_did_not(database))
    first.kill()
    first.wait()
    with duckdb.connect(str(settings.warehouse_path)) as connection:  # read-write: replays what was committed
        accounts = connection.execute(
            "SELECT account_id, count(DISTINCT data_set) FROM observations JOIN accounts USING (account_id) GROUP BY 1"
        ).fetchall()
        doubled = connection.execute(
            "SELECT count(*) FROM post_metrics GROUP BY account_id, post_id HAVING count(*) > 1"
        ).fetchall()
    assert all(data_sets in {3, 4} for _, data_sets in accounts)
    assert doubled == []

    start_sidecar()
    assert wait_until(lambda: all_ended(database, at_least=4))
    states = [run.state for run in reversed(listed(database))]
    assert RunState.INTERRUPTED in states[:2]
    interrupted = next(run for run in listed(database) if run.state is RunState.INTERRUPTED)
    assert {step.state for step in interrupted.steps} <= {StepState.SUCCEEDED, StepState.INTERRUPTED}
    assert states[2:] == [RunState.SUCCEEDED] * len(states[2:])
    with duckdb.connect(str(settings.published_link.resolve()), read_only=True) as connection:
        assert connection.execute("SELECT count(DISTINCT account_id) FROM posts").fetchone() == (8,)
        assert (
            connection.execute("SELECT count(*) FROM posts GROUP BY account_id, post_id HAVING count(*) > 1").fetchall()
            == []
        )
        per_key = connection.execute(
            "SELECT max(n) FROM (SELECT count(*) AS n FROM post_latest GROUP BY account_id, post_id)"
        ).fetchone()
    assert per_key == (1,)


def test_a_sidecar_told_to_leave_finishes_what_is_in_flight_and_exits_0(settings, database, start_sidecar):
    process = start_sidecar()
    assert wait_until(lambda: some_steps_ended_and_some_did_not(database))
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(35) == 0
    assert time.monotonic() - began < 35
    assert not is_running(database)
    steps = [step for run in listed(database) for step in run.steps]
    assert StepState.RUNNING not in {step.state for step in steps}
    assert any(step.state is StepState.SUCCEEDED for step in steps)


def instance_of(process):
    return f"{socket.gethostname()}:{process.pid}"


def beats(database, process):
    with database.reading() as session:
        sidecar = session.get(Sidecar, instance_of(process))
    return sidecar is not None and sidecar.stopped_at is None


def listen(process):
    """The lines that a process logs, as they come."""
    lines = []
    threading.Thread(target=lambda: lines.extend(iter(process.stderr.readline, "")), daemon=True).start()
    return lines


def stand_by(start_sidecar):
    second = start_sidecar()
    lines = listen(second)
    assert wait_until(lambda: any("stands by" in line for line in lines))
    return second, lines


def test_a_second_sidecar_stands_by_and_takes_over_when_the_first_is_killed(settings, database, start_sidecar):
    first = start_sidecar()
    assert wait_until(lambda: beats(database, first))
    second, lines = stand_by(start_sidecar)
    assert wait_until(lambda: all_ended(database))
    asked = [runs.request_run(database, id_, RunTrigger.MANUAL, now=SystemClock().now()) for id_ in (1, 2)]
    assert wait_until(lambda: RunState.RUNNING in {run.state for run in listed(database)})
    assert {run.claimed_by for run in listed(database)} <= {instance_of(first), None}
    assert not beats(database, second)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert wait_until(lambda: beats(database, second))
    assert wait_until(lambda: all_ended(database, at_least=len(asked) + 2))
    cut_short = [run for run in listed(database) if run.state is RunState.INTERRUPTED]
    assert {run.id for run in cut_short} <= {run.id for run in asked} != set()
    assert any(run.claimed_by == instance_of(second) for run in listed(database))
    second.send_signal(signal.SIGTERM)
    assert second.wait(35) == 0
    (told,) = [line for line in lines if "stands by" in line]
    assert "open in another process" in told


def test_a_sidecar_that_stands_by_leaves_at_a_word_and_takes_over_when_the_first_leaves(
    settings, database, start_sidecar
):
    first = start_sidecar()
    assert wait_until(lambda: beats(database, first))
    second, _ = stand_by(start_sidecar)
    third, _ = stand_by(start_sidecar)
    second.send_signal(signal.SIGTERM)
    assert second.wait(10) == 0
    assert beats(database, first)
    first.send_signal(signal.SIGTERM)
    assert first.wait(40) == 0
    assert wait_until(lambda: beats(database, third))


def test_an_analyst_on_the_published_file_disturbs_no_sync(settings, database, start_sidecar):
    start_sidecar()
    assert wait_until(lambda: all_ended(database))
    analyst = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import duckdb, time; c = duckdb.connect({str(settings.published_link)!r}, read_only=True); print(1, flush=True); time.sleep(60)",
        ],
        stdout=subprocess.PIPE,
    )
    try:
        assert analyst.stdout.readline() == b"1\n"
        before = settings.published_link.resolve().name
        business_id = listed(database)[0].business_id
        runs.request_run(database, business_id, RunTrigger.MANUAL, now=datetime.now(UTC))
        assert wait_until(lambda: all_ended(database, at_least=3))
        assert listed(database)[0].state is RunState.SUCCEEDED
        assert settings.published_link.resolve().name != before
        assert analyst.poll() is None
    finally:
        analyst.kill()
        analyst.communicate()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's list of a process's libraries")
def test_a_sidecar_that_syncs_loads_no_library_of_frames(settings, database, start_sidecar):
    process = start_sidecar()
    assert wait_until(lambda: all_ended(database))
    mapped = Path(f"/proc/{process.pid}/maps").read_text()
    assert "_duckdb" in mapped
    assert not [name for name in ("pandas", "pyarrow", "numpy") if f"/{name}/" in mapped]


def test_what_a_sidecar_logs_holds_no_secret(settings, database, start_sidecar):
    process = start_sidecar()
    assert wait_until(lambda: all_ended(database))
    process.send_signal(signal.SIGTERM)
    _, logged = process.communicate(timeout=35)
    assert "run 1 of" in logged
    assert "Bearer" not in logged
    assert "access_token" not in logged
    assert (settings.data_dir / "secret.key").read_text() not in logged
