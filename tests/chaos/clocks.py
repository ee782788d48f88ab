"""What does a sync survive when the machine's clock jumps? Forward a day, back an hour, standing still.

The platforms' time goes on as it should; only the sidecar's jumps. They are started anew for each: a refresh token of X works
once, and a folder that is a copy of another has the same one. A look that was made under a clock that was ahead stays the
newest until the clock has passed it, so the end is compared after that.
"""

import random
import time
from datetime import timedelta

from core.domain import ACTIVE_RUN_STATES, RunState
from tests.chaos.stage import FIRST, LATER, wait_until
from tests.chaos.trial import Trial

AFTER_NOON = LATER + timedelta(hours=12)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def jump_clocks(ground, *, rounds, seed):
    """A trial for each jump, in the middle of a sync."""
    chance = random.Random(seed)  # noqa: S311
    for _ in range(rounds):
        yield _asleep_for_a_day(ground, chance.random())
        yield _ahead_for_a_moment(ground, chance.random())
        yield _set_back(ground, chance.random())
        yield _stopped(ground, chance.random())


def _asleep_for_a_day(ground, after):
    """Forward a day, the world too: one run a business makes it good, not one for each hour that was slept through."""
    ground.platforms.restart(LATER)
    expected, duration_s = ground.expected("synced", LATER, LATER + DAY)
    trial = Trial("clock forward a day", remark="asleep")
    ground.platforms.restart(LATER)
    with ground.folder("synced", now=LATER) as folder:
        sidecar = _in_a_sync(folder, after * duration_s)
        _until_ended(folder)
        ground.platforms.move_clock(LATER + DAY)
        before, woke = len(folder.runs()), LATER + DAY
        sidecar.move(f"shift {DAY.total_seconds()}")
        wait_until(lambda: len(folder.runs()) > before)
        trial.check(wait_until(lambda: folder.is_synced(since=woke)), "the day that was slept through is not made good")
        businesses = len(folder.businesses())
        trial.check(len(folder.runs()) == before + businesses, "more than one run a business makes it good")
        trial.same(folder, expected)
        trial.told(folder)
        _announces_the_next_hour(trial, folder)
    return trial


def _ahead_for_a_moment(ground, after):
    """Forward a day in the middle of a sync, and back again: what was seen under the wrong clock is neither lost nor doubled."""
    expected, duration_s = ground.expected("synced", LATER)
    trial = Trial("clock forward a day", remark="and back")
    ground.platforms.restart(LATER)
    with ground.folder("synced", now=LATER) as folder:
        sidecar = _in_a_sync(folder, after * duration_s)
        sidecar.move(f"shift {DAY.total_seconds()}")
        _until_ended(folder)
        sidecar.move(f"shift -{DAY.total_seconds()}")
        trial.check(
            wait_until(lambda: folder.status().is_running), "the heart does not beat after the clock was set back"
        )
        folder.ask()
        _until_ended(folder)
        _announces_the_next_hour(trial, folder)
        trial.same(folder, expected, latest=True, before=LATER.date())
        trial.told(folder)
    return trial


def _set_back(ground, after):
    """Back an hour in the middle of a sync: it ends, the next hour is announced as the clock now shows it, and syncs go on."""
    ground.platforms.restart(AFTER_NOON)
    expected, duration_s = ground.expected("synced", AFTER_NOON)
    trial = Trial("clock back an hour")
    ground.platforms.restart(AFTER_NOON)
    with ground.folder("synced", now=AFTER_NOON) as folder:
        sidecar = _in_a_sync(folder, after * duration_s)
        sidecar.move(f"shift -{HOUR.total_seconds()}")
        trial.check(
            wait_until(lambda: folder.status().is_running), "the heart does not beat after the clock was set back"
        )
        _until_ended(folder)
        _announces_the_next_hour(trial, folder)
        before = len(folder.runs())
        sidecar.move("shift 1500")  # over the full hour that the clock shows next
        trial.check(wait_until(lambda: len(folder.runs()) > before), "the next full hour brings no sync")
        _until_ended(folder)
        sidecar.move(f"shift {HOUR.total_seconds()}")
        folder.ask()
        trial.goes_through(folder, expected, latest=True)
    return trial


def _stopped(ground, after):
    """A clock that stands still in the middle of a sync: the sync ends, Sync now works, and nothing is synced without end."""
    expected, duration_s = ground.expected("connected", FIRST)
    trial = Trial("clock stopped")
    with ground.folder("connected", now=FIRST) as folder:
        sidecar = _in_a_sync(folder, after * duration_s)
        sidecar.move("stop")
        _until_ended(folder)
        ended = len(folder.runs())
        time.sleep(2)
        trial.check(len(folder.runs()) == ended, "a clock that stands still brings sync after sync")
        folder.ask()
        trial.goes_through(folder, expected)
        trial.check(folder.status().is_running, "a living sidecar is told as stopped")
    return trial


def _in_a_sync(folder, after_s):
    sidecar = folder.start_sidecar()
    wait_until(lambda: folder.has(RunState.RUNNING), every=0.01)
    time.sleep(after_s)
    return sidecar


def _until_ended(folder):
    wait_until(lambda: folder.runs() and not folder.has(*ACTIVE_RUN_STATES))


def _announces_the_next_hour(trial, folder):
    """What is announced is the next full hour, by the clock as it is."""
    next_hour = folder.now().replace(minute=0, second=0, microsecond=0) + HOUR

    def announced():
        return [job["next_run_time"] for job in folder.status().jobs if job["id"] == "sync_all_businesses"]

    so = wait_until(lambda: announced() == [next_hour.isoformat()], 20)
    trial.check(so, f"announced is {announced()}, the next full hour is {next_hour.isoformat()}")
