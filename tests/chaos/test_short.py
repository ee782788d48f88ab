"""The chaos suite in short, one trial of each kind that needs no long wait; `make chaos` does them all, a hundred times."""

import itertools

import pytest

from tests.chaos.__main__ import open_ground
from tests.chaos.disks import fill_disks, limit_files
from tests.chaos.kills import kill_sidecars
from tests.chaos.locks import hold_locks

pytestmark = pytest.mark.integration

FEW = {
    "killed in a first sync": lambda ground: itertools.islice(kill_sidecars(ground, kills=1, seed=5), 1),
    "disk full before a sync": lambda ground: itertools.islice(fill_disks(ground, rounds=1, seed=1), 1),
    "files that may not grow": lambda ground: limit_files(ground, rounds=1, seed=1),
    "database locked, two sidecars": lambda ground: hold_locks(ground, rounds=1, seed=1, lock_s=2.0),
}


@pytest.fixture(scope="module")
def ground():
    with open_ground(businesses=1, latency_ms=10) as ground:
        yield ground


@pytest.mark.parametrize("some", FEW.values(), ids=FEW.keys())
def test_nothing_is_lost_and_nothing_is_doubled(ground, some):
    trials = list(some(ground))
    if not trials:
        pytest.skip("this user may not mount a disk")
    assert [problem for trial in trials for problem in trial.problems] == []
    assert all(trial.rows > 500 for trial in trials)
