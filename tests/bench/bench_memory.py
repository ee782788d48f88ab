"""How much memory does the sidecar need for a thousand accounts in one run? Its own peak, started as the supervisor starts it (on Linux)."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

from core.clock import SystemClock
from core.demo import connect_and_request, running_sandbox
from core.domain import RunState
from core.fetchers.transport import Transport
from core.ops import runs
from core.ops.migrate import migrate
from core.ops.session import open_operations
from core.settings import PROJECT_ROOT
from core.supervise import SIDECAR
from tests.bench.lines import show
from tests.stage import stage_settings

BUSINESSES, ACCOUNTS = 250, 1000
BAR_MB = 300


def main():
    """Print the peak as a share of the bar; whether every account was read."""
    clock, waiting = SystemClock(), Transport(SystemClock())
    with running_sandbox(["--businesses", str(BUSINESSES)], waiting) as port, tempfile.TemporaryDirectory() as folder:
        waiting.close()
        settings = stage_settings(port, Path(folder) / "data")
        migrate(settings)
        connect_and_request(settings, port, clock)
        with _sidecar(settings) as process:
            states, threads = _watch(process, settings)
            peak_mb = _status(process, "VmHWM") / 1024
    remark = f"{peak_mb:.0f} MB for {ACCOUNTS} accounts, {threads} threads at the most"
    show(f"sidecar's memory / {BAR_MB} MB", peak_mb / BAR_MB, remark, bar=1.0)
    return states.keys() == {RunState.SUCCEEDED}


@contextmanager
def _sidecar(settings):
    given = settings.model_dump(exclude_defaults=True).items()
    own = {
        f"TIDELINE_{name.upper()}": getattr(value, "get_secret_value", lambda v=value: str(v))()
        for name, value in given
    }
    environment = {**os.environ, **SIDECAR.environment, **own}
    command = [sys.executable, "-m", "core", *SIDECAR.arguments]
    process = subprocess.Popen(command, cwd=PROJECT_ROOT, env=environment, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _watch(process, settings):
    """Until every run has ended: how many ended how, and the most threads seen."""
    database, threads = open_operations(settings), 0
    try:
        while True:
            threads = max(threads, _status(process, "Threads"))
            with database.reading() as session:
                states = Counter(run.state for run in runs.list_runs(session, limit=2 * BUSINESSES))
            if all(state.is_final for state in states):
                return states, threads
            time.sleep(1)
    finally:
        database.close()


def _status(process, name):
    """A number of the kernel's own account of the process; a peak asked of the parent's would hold the parent's as well."""
    return int(re.search(rf"{name}:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text())[1])
