"""Does a day of hourly syncs leave anything behind? Fifty businesses, 200 accounts, 24 hours under a moved clock, one sidecar.

The clock is moved to two seconds before each full hour, so that the sidecar's own schedule brings every sync. Memory and open
files are read from outside (psutil) when all runs of the hour have ended: the warm-up hours fill pools and caches, what
comes later must not grow.
"""

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import psutil

from core.domain import RunState
from tests.bench.lines import show
from tests.chaos.stage import LATER, wait_until

BUSINESSES = 50
HOURS = 24
WARM_UP = 4
"""Hours until every pool of threads and connections has filled; two were too few."""
MEMORY_BAR = 1.1
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Held:
    """What the sidecar's process holds after an hour's syncs."""

    memory_mb: float
    files: int
    connections: int
    threads: int
    paths: Counter = field(repr=False)


def soak(ground, *, hours=HOURS, warm_up=WARM_UP):
    """Print what the sidecar held, hour by hour, and the ratios; whether nothing grew and every run succeeded."""
    with ground.folder("synced", now=LATER) as folder:
        sidecar = folder.start_sidecar()
        process = psutil.Process(sidecar.pid)
        _until_synced(folder, since=LATER)
        held = []
        for hour in range(hours):
            began = _move_to_the_next_hour(ground, folder, sidecar)
            took = time.monotonic()
            _until_synced(folder, since=began)
            held.append(_held_by(process))
            print(f"hour {hour + 1:>2}: {held[-1]} {time.monotonic() - took:.1f} s", flush=True)
        states = {run.state for run in folder.runs()}
        assert sidecar.leave() == 0
    return _report(held[warm_up - 1], held[-1], states)


def _report(warm, end, states):
    ratio = end.memory_mb / warm.memory_mb
    remark = f"{warm.memory_mb:.0f} MB when warm, {end.memory_mb:.0f} MB at the end"
    show("memory after a day / when warm", ratio, remark, bar=MEMORY_BAR)
    grown = [end.files - warm.files, end.connections - warm.connections]
    opened = ", ".join(Path(path).name for path in (end.paths - warm.paths).elements())
    show("files more than when warm", grown[0], f"{warm.files} and {end.files} {opened}", bar=0)
    show("connections more than when warm", grown[1], f"{warm.connections} and {end.connections}", bar=0)
    show("runs not succeeded", len(states - {RunState.SUCCEEDED}), ", ".join(sorted(states)), bar=0)
    return ratio <= MEMORY_BAR and max(grown) <= 0 and states == {RunState.SUCCEEDED}


def _move_to_the_next_hour(ground, folder, sidecar):
    """Both clocks; the instant of the full hour."""
    next_hour = folder.now().replace(minute=0, second=0, microsecond=0) + HOUR
    ground.platforms.move_clock(next_hour)
    ahead = next_hour - timedelta(seconds=2) - folder.now()
    sidecar.move(f"shift {ahead.total_seconds()}")
    return next_hour


def _until_synced(folder, *, since):
    assert wait_until(lambda: folder.is_synced(since=since), 900, every=0.5), folder.log_with_threads()[-6000:]


def _held_by(process):
    with process.oneshot():
        return Held(
            memory_mb=process.memory_info().rss / 1e6,
            files=process.num_fds(),
            connections=len(process.net_connections()),
            threads=process.num_threads(),
            paths=Counter(file.path for file in process.open_files()),
        )
