"""How does the syncing of every business and account in scope stand? Read in a few questions, whatever their number."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from core.analytics.freshness import Freshness, FreshnessState
from core.analytics.quotas import Level, used_share
from core.analytics.sync_status import Syncing, SyncStatus, status_of
from core.domain import Provider, RunState
from core.errors import Remedy
from core.ops import quotas, run_summaries, schedules, sidecars, timings
from core.ops.account_rows import AccountRow, list_account_rows
from core.ops.models import QuotaReading
from core.ops.overview import ConnectedAccount
from core.ops.run_summaries import StepSummary
from core.ops.schedules import BusinessSchedule
from core.ui import data, facts, text
from core.ui.sync_reads import ask

TYPICAL_OF = timedelta(days=14)
"""How long an account usually takes is judged by so many days."""


@dataclass(frozen=True, slots=True)
class QuotaLeft:
    """The limit of which least is left: whose it is, and which share of it is left."""

    platform: str
    share: float


@dataclass(frozen=True, slots=True)
class AccountStanding:
    """How an account's newest step ended, how long its steps usually take, and when it is tried next."""

    account: ConnectedAccount
    row: AccountRow
    freshness: Freshness
    newest: StepSummary | None
    typical: timedelta | None
    next_at: datetime | None
    reached: Mapping[str, datetime] = field(default_factory=dict)
    """By data set: up to when it is covered, or when it was last looked at."""

    @property
    def remedy(self) -> str | None:
        return Remedy.RECONNECT.value if self.row.broken_at is not None else self.row.remedy


@dataclass(frozen=True, slots=True)
class BusinessStanding:
    """How the syncing of a business stands. `login_ends_at`: when a person has to sign in next, None = never."""

    business_id: int
    business: str
    status: SyncStatus
    accounts: int
    covers_to: date | None
    behind: int
    last_success_at: datetime | None
    next_run_at: datetime | None
    schedule: BusinessSchedule
    login_ends_at: datetime | None
    quota: QuotaLeft | None


def accounts(business_id: int | None) -> list[AccountStanding]:
    """Every connected account in scope, in the order of their businesses."""
    connected = [one for one in data.accounts() if business_id in (None, one.business_id)]
    fresh, now = facts.freshness_of(connected), data.now()
    rows = {row.id: row for row in ask(lambda session: list_account_rows(session, now=now, business_id=business_id))}
    newest = ask(lambda session: run_summaries.newest_steps(session, business_id=business_id))
    since, reached = now - TYPICAL_OF, _reached()
    typical = ask(lambda session: timings.typical_durations(session, since=since, business_id=business_id))
    next_runs = _next_runs(ask(schedules.list_schedules))
    return [
        AccountStanding(
            account=one,
            row=rows[one.id],
            freshness=fresh[one.id],
            newest=newest.get(one.id),
            typical=typical.get(one.id),
            next_at=rows[one.id].retry_at or next_runs[one.business_id],
            reached=reached.get(one.id, {}),
        )
        for one in connected
    ]


def businesses(business_id: int | None, known: Sequence[AccountStanding]) -> list[BusinessStanding]:
    """Every business in scope, those that need a person first."""
    now, is_alive = data.now(), data.sidecar().is_running
    active = [run for run in data.active_runs(business_id) if is_alive or run.state is RunState.REQUESTED]
    planned = [one for one in ask(schedules.list_schedules) if business_id in (None, one.business_id)]
    next_runs, left = _next_runs(planned), _least_left(now)
    found = []
    for schedule in planned:
        own = [one for one in known if one.account.business_id == schedule.business_id]
        states = [run.state for run in active if run.business_id == schedule.business_id]
        next_at = next_runs[schedule.business_id] if own else None
        found.append(_standing(schedule, own, states, next_at, left.get(schedule.business_id)))
    order = list(SyncStatus)
    return sorted(found, key=lambda one: (order.index(one.status), one.business.casefold()))


def _standing(
    schedule: BusinessSchedule,
    own: Sequence[AccountStanding],
    active: Sequence[RunState],
    next_at: datetime | None,
    quota: QuotaLeft | None,
) -> BusinessStanding:
    states = [one.freshness.state for one in own]
    syncing = Syncing(active, [one.remedy for one in own if one.remedy], schedule.settings.is_paused, states)
    return BusinessStanding(
        business_id=schedule.business_id,
        business=schedule.business,
        status=status_of(syncing),
        accounts=len(own),
        covers_to=facts.covered_day([one.freshness for one in own]),
        behind=states.count(FreshnessState.STALE),
        last_success_at=_latest(one.row.last_synced_at for one in own),
        next_run_at=next_at,
        schedule=schedule,
        login_ends_at=min((one.row.ends_at for one in own if one.row.ends_at), default=None),
        quota=quota if own else None,
    )


def _latest(instants: Iterable[datetime | None]) -> datetime | None:
    return max((at for at in instants if at), default=None)


def _next_runs(planned: Iterable[BusinessSchedule]) -> dict[int, datetime | None]:
    """By business: when it is synced next by itself, as the sidecar has really scheduled it; None: paused, or not at all."""
    jobs = {job["id"]: job["next_run_time"] for job in data.sidecar().jobs}
    planned_at = {
        one.business_id: None
        if one.settings.is_paused
        else jobs.get(sidecars.job_of(one.business_id) if one.is_own else sidecars.ALL_JOB)
        for one in planned
    }
    return {id_: datetime.fromisoformat(at) if at else None for id_, at in planned_at.items()}


def _reached() -> dict[int, dict[str, datetime]]:
    """By account and data set: up to when it is covered, or where it has no end of its own, when it was last looked at."""
    if data.version() is None:
        return {}
    looks = data.last_looks()
    ends = looks["covered_to"].fillna(looks["observed_at"])
    found: dict[int, dict[str, datetime]] = {}
    for account_id, data_set, at in zip(looks["account_id"], looks["data_set"], ends, strict=True):
        found.setdefault(int(account_id), {})[data_set] = at.to_pydatetime().replace(tzinfo=UTC)
    return found


def _least_left(now: datetime) -> dict[int, QuotaLeft]:
    """By business: of the limits that its accounts share, the one of which least is left."""
    readings = {one.key: one for one in ask(lambda session: quotas.newest_readings(session, now=now))}
    owners = ask(lambda session: quotas.owners_of(session, readings))
    by_provider: dict[Provider, set[int]] = {}
    for account in data.accounts():
        by_provider.setdefault(account.platform.provider, set()).add(account.business_id)
    least: dict[int, QuotaLeft] = {}
    for key, owner in owners.items():
        left = _left_of(readings[key], now)
        if left is None:
            continue
        for business_id in owner.business_ids or by_provider.get(readings[key].provider, set()):
            least[business_id] = min(least.get(business_id, left), left, key=lambda one: one.share)
    return least


def _left_of(reading: QuotaReading, now: datetime) -> QuotaLeft | None:
    """None where a limit or its use is not told, or its window has ended since: how full it is now is not known."""
    used = used_share(Level(reading.observed_at, reading.used, reading.quota, reading.resets_at), now=now)
    platform = text.PLATFORMS[reading.platform] if reading.platform else text.PROVIDERS[reading.provider]
    return None if used is None else QuotaLeft(platform, max(0.0, 1.0 - used))
