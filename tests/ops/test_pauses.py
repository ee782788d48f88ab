"""Pauses: kept over a restart, replaced under their key, gone when they are over."""

from datetime import timedelta

import pytest

from core.ops import pauses
from core.ops.pauses import StoredPause
from tests.conftest import NOW

pytestmark = pytest.mark.integration


def test_a_pause_is_kept_until_it_is_over(database):
    pause = StoredPause("x", NOW + timedelta(hours=1), "X has no credits left.", needs_operator=True)
    with database.transaction() as session:
        pauses.save_pause(session, StoredPause("x", NOW, "older", needs_operator=False))
        pauses.save_pause(session, pause)
    with database.transaction() as session:
        assert pauses.list_pauses(session, now=NOW) == [pause]
    with database.transaction() as session:
        assert pauses.list_pauses(session, now=NOW + timedelta(hours=1)) == []
