"""What does a sync survive that is killed at any moment? SIGKILL of the sidecar, one to three times in a row, then a sync."""

import random
import time

from core.domain import RunState
from tests.chaos.stage import FIRST, LATER, wait_until
from tests.chaos.trial import Trial

NAME = "sidecar killed in the middle of a sync"
MOST_IN_A_ROW = 3


def kill_sidecars(ground, *, kills, seed):
    """A trial for each row of kills, by turns during a first sync and during a later one; only kills that met a run count."""
    chance = random.Random(seed)  # noqa: S311  # the same seed, the same moments
    turn = 0
    while kills > 0:
        template, now = (("connected", FIRST), ("synced", LATER))[turn % 2]
        moments = [chance.random() for _ in range(min(kills, chance.randint(1, MOST_IN_A_ROW)))]
        yield (trial := _kill_in_a_row(ground, template, now, moments))
        kills, turn = kills - trial.faults, turn + 1


def _kill_in_a_row(ground, template, now, moments):
    expected, duration_s = ground.expected(template, now)
    trial = Trial(NAME)
    with ground.folder(template, now=now) as folder:
        began = folder.now()
        trial.faults = sum(_kill_once(trial, folder, moment * duration_s, since=began) for moment in moments)
        folder.start_sidecar()
        trial.goes_through(folder, expected, since=began)
    return trial


def _kill_once(trial, folder, after_s, *, since):
    """Kill the sidecar so long after a run was claimed; whether one was at work."""
    sidecar = folder.start_sidecar()
    wait_until(lambda: _has_running(folder) or folder.is_synced(since=since), every=0.005)
    time.sleep(after_s)
    sidecar.kill()
    trial.told_dead(folder)
    trial.whole(folder)
    return _has_running(folder)


def _has_running(folder):
    return any(run.state is RunState.RUNNING for run in folder.runs())
