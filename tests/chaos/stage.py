"""What does every fault stand on? A sandbox that can be killed, and data folders whose sidecar is a real process.

The sandbox's clock is stopped, so that it gives the same answers whenever it is asked; each folder's sidecar lives under a
clock of its own that begins at the same instant, however long the suite has been running.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from core.clock import MovableClock
from core.demo import connect_demo, wait_for_sandbox
from core.domain import ACTIVE_RUN_STATES, RunState, RunTrigger
from core.fetchers.transport import Transport
from core.ops import runs, sidecars
from core.ops.businesses import list_businesses
from core.ops.migrate import migrate
from core.ops.models import SyncRun
from core.ops.session import open_operations
from core.ports import find_free_port
from core.settings import PROJECT_ROOT
from core.wiring import open_accounts
from tests.chaos.compare import read_rows
from tests.stage import Sandbox, stage_settings

FIRST = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
"""Of the first sync. The later one is after midnight: a day has been closed, counters have moved, posts have come."""
LATER = FIRST + timedelta(minutes=65)
PATIENCE_S = 180.0


class Platforms(Sandbox):
    """The sandbox process: killed and started again it is the same world at the same time."""

    def __init__(self, *, businesses, latency_ms):
        super().__init__(find_free_port())
        options = ["--port", str(self.port), "--businesses", str(businesses), "--latency-ms", str(latency_ms)]
        self._command = [sys.executable, "-m", "core", "sandbox", *options]
        self._process = None

    def start(self, now):
        self._process = subprocess.Popen([*self._command, "--now", now.isoformat()], cwd=PROJECT_ROOT)
        transport = Transport(MovableClock(now))
        wait_for_sandbox(self.port, transport, is_alive=lambda: self._process.poll() is None)
        transport.close()

    def kill(self):
        self._process.kill()
        self._process.wait()

    def restart(self, now):
        """Forget which tokens were used."""
        self.kill()
        self.start(now)


class SidecarProcess:
    """`python -m core sidecar` in a folder, as it was started and as it ended."""

    def __init__(self, folder):
        self._log = folder.log_path.open("a")
        now = [folder.now().isoformat(), str(time.monotonic())]
        command = [sys.executable, "-m", "tests.chaos.moved", *now]
        self._process = subprocess.Popen(
            command,
            cwd=PROJECT_ROOT,
            env={**os.environ, **folder.environment, "MALLOC_ARENA_MAX": "2"},  # as the supervisor starts it
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self.pid = self._process.pid
        self._folder = folder

    @property
    def exit_code(self):
        """None while it lives."""
        return self._process.poll()

    def move(self, order):
        """Move its clock, and the folder's with it."""
        self._process.stdin.write(order + "\n")
        self._process.stdin.flush()
        self._folder.set_clock(datetime.fromisoformat(self._process.stdout.readline().strip()), ticks=order != "stop")

    def tell_threads(self):
        """Let it write to its log where every thread is."""
        self._process.send_signal(signal.SIGUSR1)
        time.sleep(0.5)

    def kill(self):
        """SIGKILL, whatever it is doing."""
        self._process.kill()
        self._close()

    def leave(self):
        """SIGTERM; its exit code."""
        self._process.terminate()
        code = self._process.wait(40)
        self._close()
        return code

    def _close(self):
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._log):
            pipe.close()


class Folder:
    """A data folder, its clock, and its sidecars."""

    def __init__(self, settings, log_path, *, now):
        self.settings = settings
        self.log_path = log_path
        self.set_clock(now)
        self.database = open_operations(settings)
        self._started = []
        own = settings.model_dump(exclude_defaults=True).items()
        secrets = {name: getattr(value, "get_secret_value", lambda value=value: str(value))() for name, value in own}
        self.environment = {f"TIDELINE_{name.upper()}": value for name, value in secrets.items()}

    def set_clock(self, now, *, ticks=True):
        self._base, self._ticks, self._set_at = now, ticks, time.monotonic()

    def now(self):
        passed = time.monotonic() - self._set_at if self._ticks else 0.0
        return self._base + timedelta(seconds=passed)

    def start_sidecar(self):
        self._started.append(SidecarProcess(self))
        return self._started[-1]

    def keep_running(self):
        """Do what the supervisor does: whatever ended by itself, but with 0 or 2, is started again."""
        if self._started and self._started[-1].exit_code not in (None, 0, 2):
            self.start_sidecar()

    @property
    def exit_code(self):
        """Of the newest sidecar, None while it lives."""
        return self._started[-1].exit_code

    def ask(self):
        """Press Sync now, for every business."""
        for business in self.businesses():
            runs.request_run(self.database, business.id, RunTrigger.MANUAL, now=self.now())

    def read(self, question, *arguments, **named):
        """What the operations database answers."""
        with self.database.reading() as session:
            return question(session, *arguments, **named)

    def status(self, *, later=timedelta(0)):
        return self.read(sidecars.sidecar_status, now=self.now() + later)

    def runs(self):
        return self.read(runs.list_runs, limit=500)

    def has(self, *states):
        """Whether any run is in one of these states; cheaper than to read them all."""
        with self.database.reading() as session:
            return session.scalar(select(SyncRun.id).where(SyncRun.state.in_(states)).limit(1)) is not None

    def businesses(self):
        return self.read(list_businesses)

    def is_synced(self, *, since=None):
        """Whether every run has ended, and the newest of every business went through (and was asked for since then)."""
        if self.has(*ACTIVE_RUN_STATES):
            return False
        listed = self.runs()
        newest = {run.business_id: run for run in reversed(listed) if run.account_id is None}
        return (
            len(newest) == len(self.businesses())
            and all(run.state is RunState.SUCCEEDED for run in newest.values())
            and (since is None or all(run.requested_at >= since for run in newest.values()))
        )

    def log(self):
        return self.log_path.read_text()

    def log_with_threads(self):
        """The log, and where the threads of the living sidecars are: for a sync that does not end."""
        for sidecar in self._started:
            if sidecar.exit_code is None:
                sidecar.tell_threads()
        return self.log()

    def close(self):
        for sidecar in self._started:
            sidecar.kill()  # of one that has ended, only what it was told and told by is closed
        self.database.close()


def wait_until(condition, seconds=PATIENCE_S, *, every=0.05):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(every)
    return False


class Ground:
    """The sandbox, and folders to start from: one that is connected, and one that has been synced once."""

    def __init__(self, root, platforms, *, patience_s=PATIENCE_S, **more):
        """`more`: settings other than those of the trials."""
        self.root = root
        self.patience_s = patience_s
        self._more = {"backfill_days": 120, "backfill_posts": 150, **more}
        self.platforms = platforms
        self._count = 0
        self._expected = {}

    def prepare(self):
        """Connect every account, and sync them once undisturbed."""
        settings, clock = self._settings(self.root / "connected"), MovableClock(FIRST)
        migrate(settings)
        transport = Transport(clock)
        with open_accounts(settings, clock, transport=transport) as (database, accounts):
            connect_demo(self.platforms.port, database, accounts, transport, clock)
        with self.folder("connected", now=FIRST) as folder:
            self.undisturbed(folder)
            folder.close()
            shutil.copytree(folder.settings.data_dir, self.root / "synced", symlinks=True)

    def undisturbed(self, folder):
        """Sync to the end, and leave; how many seconds the runs took."""
        began, sidecar = folder.now(), folder.start_sidecar()
        wait_until(lambda: folder.has(RunState.RUNNING))
        claimed = time.monotonic()
        if not wait_until(lambda: folder.is_synced(since=began), self.patience_s):
            raise AssertionError(f"the undisturbed sync did not go through: {folder.log()[-2000:]}")
        duration = time.monotonic() - claimed
        assert sidecar.leave() == 0
        return duration

    def expected(self, template, *instants):
        """The rows after undisturbed syncs of this folder at these instants, and how many seconds the last one took."""
        known = (template, *instants)
        if known not in self._expected:
            with self.folder(template, now=instants[0]) as folder:
                for now in instants:
                    self.platforms.move_clock(now)
                    folder.set_clock(now)
                    duration = self.undisturbed(folder)
                self._expected[known] = read_rows(folder.settings.published_link), duration
        self.platforms.move_clock(instants[-1])
        return self._expected[known]

    @contextmanager
    def folder(self, template, *, now, at=None):
        """A copy of a template (at another place, if need be), with a clock that shows `now`."""
        self._count += 1
        home = self.root / f"{template}-{self._count}"
        home.mkdir()
        data_dir = (at or home) / "data"
        shutil.copytree(self.root / template, data_dir, symlinks=True)
        folder = Folder(self._settings(data_dir), home / "sidecar.log", now=now)
        try:
            yield folder
        finally:
            folder.close()
            shutil.rmtree(data_dir)
            shutil.rmtree(home, ignore_errors=True)

    def _settings(self, data_dir):
        return stage_settings(self.platforms.port, data_dir, **self._more)
