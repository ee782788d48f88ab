"""What does a sync survive that is killed at any moment? SIGKILL of the sidecar, one to three times in a row, then a sync."""

import random
import time

from core.domain import RunState
from tests.chaos.stage import FIRST, LATER, wait_until
from tests.chaos.trial import Trial

NAME = "sidecar killed in the middle of a sync"
MOST_IN_A_ROW = 3
SOONER = 0.7


class Killer:
    """Kills at random moments of a sync; on a machine whose syncs have become faster it kills sooner."""

    def __init__(self, ground, *, seed):
        self._ground = ground
        self._chance = random.Random(seed)  # noqa: S311  # the same seed, the same moments
        self._shares = {}

    def kill_in_a_row(self, template, now, *, most):
        """So many times at most, then a sync that goes through; only kills that met a run count."""
        expected, duration_s = self._ground.expected(template, now)
        trial = Trial(NAME, faults=0)
        with self._ground.folder(template, now=now) as folder:
            began = folder.now()
            for _ in range(self._chance.randint(1, most)):
                share = self._shares.setdefault(template, 1.0)
                has_met = self._kill_once(trial, folder, self._chance.random() * share * duration_s, since=began)
                self._shares[template] = share if has_met else share * SOONER
                trial.faults += has_met
            folder.start_sidecar()
            trial.goes_through(folder, expected, since=began)
        return trial

    def _kill_once(self, trial, folder, after_s, *, since):
        """Kill the sidecar so long after a run was claimed; whether one was at work."""
        sidecar = folder.start_sidecar()
        wait_until(lambda: folder.has(RunState.RUNNING) or folder.is_synced(since=since), every=0.01)
        time.sleep(after_s)
        sidecar.kill()
        trial.told_dead(folder)
        trial.whole(folder)
        return folder.has(RunState.RUNNING)


def kill_sidecars(ground, *, kills, seed):
    """A trial for each row of kills, by turns during a first sync and during a later one."""
    killer, turn = Killer(ground, seed=seed), 0
    while kills > 0:
        template, now = (("connected", FIRST), ("synced", LATER))[turn % 2]
        yield (trial := killer.kill_in_a_row(template, now, most=min(kills, MOST_IN_A_ROW)))
        kills, turn = kills - trial.faults, turn + 1
