"""What does a sync survive whose disk fills up? A disk of its own that is made smaller and larger, or where nobody may mount
one, a highest size of files that is set on the running process.
"""

import os
import random
import re
import resource
import subprocess
import time
from contextlib import contextmanager

from sqlalchemy.exc import OperationalError

from core.domain import RunState
from core.room import RESERVE_BYTES, find_lack
from core.warehouse.connection import find_published
from tests.chaos import compare
from tests.chaos.stage import FIRST, LATER, wait_until
from tests.chaos.trial import Trial

_MET = re.compile(r"its disk is full|database or disk is full|disk I/O error")
"""What the log says when a write has really failed, beside the warning that comes before."""
_ROOMY = 64 * 1024 * 1024


class Disk:
    """A disk in memory, whose size can be changed while it is used."""

    def __init__(self, path):
        self.path = path

    def leave(self, spare):
        """Make it so small that only so many bytes are left; what is being written meanwhile may be faster."""
        while True:
            used = os.statvfs(self.path)
            size = (used.f_blocks - used.f_bfree) * used.f_frsize + spare
            if self._mount("remount,size", size).returncode == 0:
                return

    def grow(self):
        self._mount("remount,size", 2 * _ROOMY + RESERVE_BYTES).check_returncode()

    def _mount(self, option, size):
        command = ["mount", "-t", "tmpfs", "-o", f"{option}={size}", "tmpfs", str(self.path)]
        return subprocess.run(command, check=False, capture_output=True)


@contextmanager
def open_disk(path):
    """A disk mounted there for this block; None where this user may not mount one."""
    path.mkdir()
    disk = Disk(path)
    if disk._mount("size", 2 * _ROOMY + RESERVE_BYTES).returncode != 0:
        yield None
        return
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(path)], check=True)


def fill_disks(ground, *, rounds, seed):
    """A trial for each: full before a sync, while it is loaded, and while it is published."""
    chance = random.Random(seed)  # noqa: S311
    for number in range(rounds):
        with open_disk(ground.root / f"disk-{number}") as disk:
            if disk is None:
                return
            yield _full_before(ground, disk)
            yield _fills_up(ground, disk, "loading", after=chance.random(), spare=chance.randrange(400_000))
            yield _fills_up(ground, disk, "publishing", after=0.0, spare=chance.randrange(1_000_000, 2_500_000))


def _full_before(ground, disk):
    expected, _ = ground.expected("connected", FIRST)
    trial = Trial("disk full before a sync")
    with ground.folder("connected", now=FIRST, at=disk.path) as folder:
        disk.leave(0)
        folder.start_sidecar()
        trial.check(wait_until(lambda: "Make room there" in folder.log()), f"the log does not say so: {folder.log()}")
        trial.check(find_lack(folder.settings) is not None, "the pages do not say that the disk is full")
        trial.check(folder.exit_code is None, "the sidecar has ended, and would not come back")
        disk.grow()
        trial.goes_through(folder, expected)
        trial.check(folder.log().count("Make room there") == 1, "it is said more than once")
    return trial


def _fills_up(ground, disk, doing, *, after, spare):
    """A disk that fills up in the middle of a sync, and is made larger when the sidecar has said so."""
    template, now = ("connected", FIRST) if doing == "loading" else ("synced", LATER)
    expected, duration_s = ground.expected(template, now)
    trial = Trial(f"disk full while {doing}", remark=f"{spare} bytes left")
    with ground.folder(template, now=now, at=disk.path) as folder:
        began = folder.now()
        before = _rows_published(folder)
        folder.start_sidecar()
        wait_until(lambda: folder.has(RunState.RUNNING), every=0.01)
        time.sleep(after * duration_s)
        disk.leave(spare)
        trial.check(wait_until(lambda: _is_told(folder)), f"nobody says that the disk is full: {folder.log()[-3000:]}")
        trial.faults = int(wait_until(lambda: folder.keep_running() or _MET.search(folder.log()), 60))
        trial.check(_rows_published(folder) >= before, "what was published before is gone")
        trial.whole(folder)
        disk.grow()
        _settle(folder)
        folder.ask()
        trial.goes_through(folder, expected, since=began)
    return trial


def _is_told(folder):
    """Whether the log and the pages say it: the sidecar with its heartbeat, or, where it cannot write, the pages by themselves."""
    folder.keep_running()
    in_the_log = "Make room there" in folder.log()
    try:
        told = folder.status().job_error
    except OperationalError:
        told = None
    return in_the_log and "Make room there" in (told or find_lack(folder.settings) or "")


def _settle(folder):
    """Until the sidecar beats again."""
    wait_until(lambda: folder.keep_running() or (folder.status().is_running and not folder.status().job_error))


def _rows_published(folder):
    published = find_published(folder.settings.published_link)
    return compare.count_rows(compare.read_rows(published)) if published else 0


def limit_files(ground, *, rounds, seed):
    """A trial for each round: no file of the sidecar's may grow further, as with a quota; then it may again."""
    chance = random.Random(seed)  # noqa: S311
    for _ in range(rounds):
        yield _limit_files(ground, chance.random())


def _limit_files(ground, after):
    expected, duration_s = ground.expected("connected", FIRST)
    trial = Trial("files may not grow while a sync is loaded")
    with ground.folder("connected", now=FIRST) as folder:
        began, sidecar = folder.now(), folder.start_sidecar()
        wait_until(lambda: folder.has(RunState.RUNNING), every=0.01)
        time.sleep(after * duration_s)
        most = max(path.stat().st_size for path in folder.settings.data_dir.glob("*.d*"))
        resource.prlimit(sidecar.pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
        wait_until(lambda: "Make room there" in folder.log() or folder.is_synced(since=began), 2 * duration_s + 5)
        trial.whole(folder)
        if folder.exit_code is None:
            resource.prlimit(sidecar.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        _settle(folder)
        folder.ask()
        trial.goes_through(folder, expected, since=began)
    return trial
