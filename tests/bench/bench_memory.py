"""How much memory does the sidecar need for a thousand accounts in one run? Measured in a process of its own, as the sidecar is one."""

import json
import os
import resource
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from core.clock import SystemClock
from core.domain import RunState
from core.sidecar import RUNS_AT_ONCE
from core.stopping import RunStop
from tests.bench.lines import show
from tests.bench.stage import open_bench

BUSINESSES = 250
BAR_MB = 300


def main():
    """Print the peak as a share of the bar; whether every account was read."""
    command = [sys.executable, "-m", "tests.bench.bench_memory"]
    environment = {**os.environ, "MALLOC_ARENA_MAX": "2"}  # as the supervisor starts the sidecar
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)
    remark = f"{found['peak_mb']:.0f} MB for {found['accounts']} accounts, {found['before_mb']:.0f} MB before the first"
    show(f"sidecar's memory / {BAR_MB} MB", found["peak_mb"] / BAR_MB, remark, bar=1.0)
    return found["succeeded"] == BUSINESSES


def _measure():
    with open_bench(SystemClock(), businesses=BUSINESSES) as bench:
        before = _peak_mb()
        claimed = bench.claim_all()
        with ThreadPoolExecutor(RUNS_AT_ONCE) as pool:
            ended = list(pool.map(lambda run: bench.workplace.engine.sync_run(run, RunStop()), claimed))
        return {
            "before_mb": before,
            "peak_mb": _peak_mb(),
            "accounts": sum(len(run.steps) for run in claimed),
            "succeeded": ended.count(RunState.SUCCEEDED),
        }


def _peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    print(json.dumps(_measure()))
