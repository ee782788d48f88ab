"""How does the syncing of a business stand, in one word? What needs a person comes first, then what goes on by itself."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from core.analytics.freshness import FreshnessState
from core.domain import RunState
from core.errors import Remedy


class SyncStatus(StrEnum):
    """The words, the most pressing first."""

    RECONNECT = "reconnect"
    NEEDS_OPERATOR = "needs_operator"
    RUNNING = "running"
    REQUESTED = "requested"
    PAUSED = "paused"
    WAITING = "waiting"
    RETRYING = "retrying"
    BEHIND = "behind"
    NEVER = "never"
    FRESH = "fresh"
    NO_ACCOUNT = "no_account"


@dataclass(frozen=True, slots=True)
class Syncing:
    """What is known of it: its active runs, what mends the accounts that did not sync, its schedule, how fresh it is."""

    active: Collection[RunState] = ()
    remedies: Collection[str] = ()
    is_paused: bool = False
    freshness: Collection[FreshnessState] = ()


_PERSON = (Remedy.ASK_OPERATOR, Remedy.REPORT)


def status_of(syncing: Syncing) -> SyncStatus:
    """The first word that is true. A login that ended stays said while a run is on its way: the run does not mend it."""
    is_true = {
        SyncStatus.RECONNECT: Remedy.RECONNECT in syncing.remedies,
        SyncStatus.NEEDS_OPERATOR: any(remedy in syncing.remedies for remedy in _PERSON),
        SyncStatus.RUNNING: RunState.RUNNING in syncing.active,
        SyncStatus.REQUESTED: RunState.REQUESTED in syncing.active,
        SyncStatus.PAUSED: syncing.is_paused,
        SyncStatus.WAITING: Remedy.WAIT in syncing.remedies,
        SyncStatus.RETRYING: Remedy.RETRY in syncing.remedies,
        SyncStatus.BEHIND: FreshnessState.STALE in syncing.freshness,
        SyncStatus.NEVER: FreshnessState.NEVER in syncing.freshness,
        SyncStatus.FRESH: bool(syncing.freshness),
    }
    return next((word for word, holds in is_true.items() if holds), SyncStatus.NO_ACCOUNT)
