"""What does a sync survive when the platforms fail? The sandbox killed, slow, cut off in mid-answer, answering 500 for an hour."""

import random
import time
from datetime import timedelta

from core.domain import ACTIVE_RUN_STATES, RunState, StepState
from core.errors import Remedy
from tests.chaos.stage import FIRST, LATER, wait_until
from tests.chaos.trial import Trial

EVERYWHERE = "*/*"
HOUR = timedelta(hours=1)


def fail_platforms(ground, *, rounds, seed):
    """A trial for each way to fail, in every round."""
    chance = random.Random(seed)  # noqa: S311
    for _ in range(rounds):
        yield _sandbox_gone(ground, chance.random(), down_s=chance.uniform(0.2, 3.0))
        yield _for_a_while(ground, "slow", seconds=2.0, times=12)
        yield _for_a_while(ground, "cut_off", times=6, after=chance.randrange(20))
        yield _for_a_while(ground, "truncated", times=6, after=chance.randrange(20))
        yield _five_hundred_for_an_hour(ground)


def _sandbox_gone(ground, after, *, down_s):
    """Killed in the middle of a sync, and there again a little later."""
    expected, duration_s = ground.expected("connected", FIRST)
    trial = Trial("platforms gone", remark=f"for {down_s:.1f} s")
    with ground.folder("connected", now=FIRST) as folder:
        began = folder.now()
        folder.start_sidecar()
        wait_until(lambda: folder.has(RunState.RUNNING), every=0.01)
        time.sleep(after * duration_s)
        ground.platforms.kill()
        time.sleep(down_s)
        ground.platforms.start(FIRST)
        _until_ended(folder)
        _named(trial, folder)
        folder.ask()
        trial.goes_through(folder, expected, since=began)
    return trial


def _for_a_while(ground, fault, **how):
    expected, _ = ground.expected("connected", FIRST)
    trial = Trial(f"answers {fault}".replace("_", " "))
    with ground.folder("connected", now=FIRST) as folder:
        began = folder.now()
        ground.platforms.play({"account": EVERYWHERE, "fault": fault, **how})
        folder.start_sidecar()
        _until_ended(folder)
        _named(trial, folder)
        ground.platforms.play()
        folder.ask()
        trial.goes_through(folder, expected, since=began)
    return trial


def _five_hundred_for_an_hour(ground):
    """Every platform answers 500 at one full hour; at the next one all is well, and nothing has been lost."""
    expected, _ = ground.expected("synced", LATER)
    trial = Trial("answers 500 for an hour")
    with ground.folder("synced", now=LATER - HOUR) as folder:
        ground.platforms.play({"account": EVERYWHERE, "fault": "server_error"})
        sidecar = folder.start_sidecar()
        wait_until(lambda: folder.status().is_running)
        folder.ask()
        _until_ended(folder)
        _named(trial, folder)
        trial.check(all(run.state is RunState.FAILED for run in folder.runs()[:2]), "a failed sync is told as another")
        ground.platforms.play()
        sidecar.move(f"shift {HOUR.total_seconds()}")
        wait_until(lambda: len(folder.runs()) >= 6)  # the full hour came in between
        _until_ended(folder)
        folder.ask()
        trial.goes_through(folder, expected)
    return trial


def _until_ended(folder):
    """Every run has ended, well or not."""
    wait_until(lambda: folder.runs() and not folder.has(*ACTIVE_RUN_STATES))


def _named(trial, folder):
    """An account that was not read is told with a sentence, and what mends it."""
    for step in (step for run in folder.runs() for step in run.steps):
        if step.state is StepState.FAILED:
            trial.check(step.error and step.remedy in set(Remedy), f"a step failed without a word: {step.id}")
