"""What did an account's step cost, in time and requests, and what has it learnt of the limits?"""

from core.domain import Harvest, LoadCounts, Provider
from core.errors import Reach
from core.fetchers.counts import CallCounts
from core.fetchers.dialect import Usage
from core.fetchers.step_log import StepLog
from core.fetchers.stopwatch import Part
from core.ops.models import Account
from core.ops.quotas import Told
from core.ops.steps import StepOutcome


def cost_of(counts: CallCounts, account: Account) -> StepOutcome:
    """What a step of this account has asked so far, how long its parts took, its log, and what was told of limits."""
    spent = counts.watch.spent()
    return StepOutcome(
        requests=counts.requests,
        retries=counts.retries,
        waited_s=spent[Part.WAITING],
        asked_s=spent[Part.ASKING],
        parsed_s=spent[Part.READING],
        loaded_s=spent[Part.LOADING],
        log=counts.log.lines(),
        limits=tuple(_told(key, usage, account) for key, usage in counts.usages.items()),
    )


def note_loaded(log: StepLog, harvest: Harvest, loaded: LoadCounts) -> None:
    log.add(
        "note",
        f"Read {len(harvest.posts):,} posts and {len(harvest.days):,} days: {loaded.new:,} rows new,"
        f" {loaded.changed:,} changed, {loaded.unchanged:,} unchanged.",
    )


def _told(key: str, usage: Usage, account: Account) -> Told:
    """A limit of the app is nobody's own; one of a login is told by whichever of its accounts asked last."""
    is_own = usage.reach is Reach.ACCOUNT
    return Told(
        key=key[:300],
        provider=Provider(key.split(":")[1]),
        platform=account.platform if is_own else None,
        account_id=account.id if is_own else None,
        name=usage.name[:100],
        unit=usage.unit,
        used=usage.used,
        quota=usage.quota,
        resets_at=usage.resets_at,
        is_added=usage.is_counted,
    )
