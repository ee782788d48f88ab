"""One word for how the syncing of a business stands."""

import pytest

from core.analytics.freshness import FreshnessState
from core.analytics.sync_status import Syncing, SyncStatus, status_of
from core.domain import RunState
from core.errors import Remedy

FRESH = (FreshnessState.FRESH,)


@pytest.mark.parametrize(
    ("syncing", "word"),
    [
        (Syncing(), SyncStatus.NO_ACCOUNT),
        (Syncing(freshness=FRESH), SyncStatus.FRESH),
        (Syncing(freshness=(FreshnessState.NO_DAYS,)), SyncStatus.FRESH),
        (Syncing(freshness=(*FRESH, FreshnessState.NEVER)), SyncStatus.NEVER),
        (Syncing(freshness=(*FRESH, FreshnessState.NEVER, FreshnessState.STALE)), SyncStatus.BEHIND),
        (Syncing(remedies=[Remedy.SKIP], freshness=FRESH), SyncStatus.FRESH),
        (Syncing(remedies=[Remedy.RETRY], freshness=(FreshnessState.STALE,)), SyncStatus.RETRYING),
        (Syncing(remedies=[Remedy.RETRY, Remedy.WAIT], freshness=FRESH), SyncStatus.WAITING),
        (Syncing(remedies=[Remedy.WAIT], is_paused=True, freshness=FRESH), SyncStatus.PAUSED),
        (Syncing([RunState.REQUESTED], is_paused=True, freshness=FRESH), SyncStatus.REQUESTED),
        (Syncing([RunState.REQUESTED, RunState.RUNNING], [Remedy.WAIT], freshness=FRESH), SyncStatus.RUNNING),
        (Syncing([RunState.RUNNING], [Remedy.REPORT], freshness=FRESH), SyncStatus.NEEDS_OPERATOR),
        (Syncing([RunState.RUNNING], [Remedy.ASK_OPERATOR, Remedy.RECONNECT], freshness=FRESH), SyncStatus.RECONNECT),
    ],
)
def test_what_needs_a_person_comes_first(syncing, word):
    assert status_of(syncing) is word
