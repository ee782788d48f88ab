"""Every fault that Tideline has to survive: `make chaos`, or `python -m tests.chaos [PART…] [--rounds N] [--seed N]`."""

import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import click

from tests.chaos.clocks import jump_clocks
from tests.chaos.disks import fill_disks, limit_files
from tests.chaos.kills import kill_sidecars
from tests.chaos.locks import hold_locks
from tests.chaos.platforms import fail_platforms
from tests.chaos.report import print_report, print_trial
from tests.chaos.soak import BUSINESSES, soak
from tests.chaos.stage import FIRST, Ground, Platforms

OFTEN = 20
"""Of a hundred rounds, how many kills there are for one of each other fault."""


def _disks(ground, **how):
    yield from fill_disks(ground, **how)
    yield from limit_files(ground, **how)


PARTS = {
    "kills": kill_sidecars,
    "disks": _disks,
    "platforms": fail_platforms,
    "locks": hold_locks,
    "clocks": jump_clocks,
}


@contextmanager
def open_ground(*, businesses=2, latency_ms=25, **more):
    """A sandbox, and the folders that every trial begins with, in a folder that is thrown away."""
    platforms = Platforms(businesses=businesses, latency_ms=latency_ms)
    platforms.start(FIRST)
    try:
        with tempfile.TemporaryDirectory() as root:
            ground = Ground(Path(root), platforms, **more)
            ground.prepare()
            yield ground
    finally:
        platforms.kill()


@click.command()
@click.argument("parts", nargs=-1, type=click.Choice([*PARTS, "soak"]))
@click.option(
    "--rounds", type=click.IntRange(1, 10_000), default=100, show_default=True, help="Kills; the others come seldomer."
)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed, the same moments.")
def main(parts, rounds, seed):
    """Inject faults into real syncs of real processes, and hold what comes of them against an undisturbed one."""
    parts = parts or (*PARTS, "soak")
    trials = []
    if set(parts) & set(PARTS):
        with open_ground() as ground:
            for trial in _trials(ground, parts, rounds, seed):
                trials.append(trial)
                print_trial(trial)
    is_held = print_report(trials) if trials else True
    is_flat = _soak() if "soak" in parts else True
    sys.exit(0 if is_held and is_flat else 1)


def _trials(ground, parts, rounds, seed):
    for name, part in PARTS.items():
        if name in parts:
            number = {"kills": rounds} if name == "kills" else {"rounds": max(1, rounds // OFTEN)}
            yield from part(ground, **number, seed=seed)


def _soak():
    few = {"backfill_days": 20, "backfill_posts": 100}  # the day is measured, not the years before it
    with open_ground(businesses=BUSINESSES, latency_ms=0, patience_s=1200, **few) as ground:
        return soak(ground)


if __name__ == "__main__":
    main()
