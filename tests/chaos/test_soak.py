"""The judge of the soak: more memory, one more file or one more connection is told, and so is a run that failed."""

from collections import Counter
from dataclasses import replace

import pytest

from core.domain import RunState
from tests.chaos.soak import Held, _report

pytestmark = pytest.mark.unit

WARM = Held(memory_mb=300.0, files=70, connections=50, threads=120, paths=Counter({"/data/operations.db": 3}))
SUCCEEDED = {RunState.SUCCEEDED}


def test_a_day_that_leaves_nothing_behind_is_flat():
    assert _report(WARM, replace(WARM, memory_mb=329.0, threads=124), SUCCEEDED)


@pytest.mark.parametrize("more", [{"memory_mb": 331.0}, {"files": 71}, {"connections": 51}])
def test_whatever_grew_is_told(more):
    assert not _report(WARM, replace(WARM, **more), SUCCEEDED)


def test_a_file_that_was_left_open_is_named(capsys):
    assert not _report(WARM, replace(WARM, files=71, paths=Counter({"/data/operations.db": 4})), SUCCEEDED)
    assert "70 and 71 operations.db" in capsys.readouterr().out


def test_a_run_that_failed_is_told():
    assert not _report(WARM, WARM, {RunState.SUCCEEDED, RunState.FAILED})
