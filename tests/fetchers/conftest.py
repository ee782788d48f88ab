"""The stage on which a platform is played."""

import pytest

from tests.fetchers.stage import Stage


@pytest.fixture
def stage_of(clock):
    """Opens stages, and closes what they hold."""
    stages = []

    def open_stage(platform):
        stages.append(Stage(platform, clock))
        return stages[-1]

    yield open_stage
    for stage in stages:
        stage.transport.close()
