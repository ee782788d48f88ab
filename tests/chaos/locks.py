"""What does a sync survive whose databases others hold? The operations database locked by another process, two sidecars at once."""

import random
import subprocess
import sys
import time
from contextlib import contextmanager

from core.domain import RunState
from tests.chaos.stage import FIRST, wait_until
from tests.chaos.trial import Trial

_LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=60, isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.readline()
connection.execute("ROLLBACK")
"""


def hold_locks(ground, *, rounds, seed, lock_s=30.0):
    """A trial for each lock, and one for each pair of sidecars."""
    chance = random.Random(seed)  # noqa: S311
    for _ in range(rounds):
        yield _database_locked(ground, chance.random(), lock_s=lock_s)
        yield _two_sidecars(ground, chance.random())


@contextmanager
def _locked(path):
    """Another process holds the write lock of this SQLite file."""
    command = [sys.executable, "-c", _LOCK, str(path)]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout.readline() == "locked\n"
        yield
    finally:
        holder.communicate("\n")


def _database_locked(ground, after, *, lock_s):
    expected, duration_s = ground.expected("connected", FIRST)
    trial = Trial(f"operations database locked for {lock_s:.0f} s")
    with ground.folder("connected", now=FIRST) as folder:
        began = folder.now()
        folder.start_sidecar()
        wait_until(lambda: folder.has(RunState.RUNNING), every=0.01)
        time.sleep(after * duration_s)
        with _locked(folder.settings.data_dir / "operations.db"):
            time.sleep(lock_s)
            trial.check(folder.exit_code is None, f"the sidecar has ended: {folder.log()[-2000:]}")
            trial.check(folder.runs(), "the pages cannot read")
        trial.check(wait_until(lambda: folder.status().is_running), "the heart does not beat again")
        trial.goes_through(folder, expected, since=began)
        lost = [run.id for run in folder.runs() if run.state is RunState.INTERRUPTED]
        trial.check(not lost, f"runs were cut short although the lock was let go: {lost}")
    return trial


def _two_sidecars(ground, after):
    """The second stands by, or ends with a sentence: never do both write. When the first is killed, a sync still goes through."""
    expected, duration_s = ground.expected("connected", FIRST)
    trial = Trial("two sidecars at once")
    with ground.folder("connected", now=FIRST) as folder:
        began = folder.now()
        pair = [folder.start_sidecar(), folder.start_sidecar()]
        wait_until(lambda: folder.has(RunState.RUNNING), every=0.01)
        time.sleep(after * duration_s)
        living = [sidecar for sidecar in pair if sidecar.exit_code is None]
        trial.check(len(living) > 0, "both have ended")
        trial.check(len({run.claimed_by for run in folder.runs() if run.claimed_by}) == 1, "both have claimed")
        if len(living) == 1:
            trial.check("only one sidecar may run on a data folder" in folder.log(), "one has ended without a word")
        _kill_the_writer(folder, pair)
        trial.whole(folder)
        if all(sidecar.exit_code is not None for sidecar in pair):
            folder.start_sidecar()
        trial.goes_through(folder, expected, since=began)
    return trial


def _kill_the_writer(folder, pair):
    """Whoever claimed the runs dies; one that stands by may take over."""
    claimed_by = next(run.claimed_by for run in folder.runs() if run.claimed_by)
    for sidecar in pair:
        if claimed_by.endswith(f":{sidecar.pid}") and sidecar.exit_code is None:
            sidecar.kill()
