"""How is a sync asked for? Of a business, of some of its accounts, of what has failed; a second request meets the first."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.domain import ACTIVE_RUN_STATES, CUT_SHORT_STEPS, RunState, RunTrigger, StepState
from core.errors import ConfigError
from core.ops.accounts import list_connected
from core.ops.activities import ActivityKind, record_activity
from core.ops.live import IS_LIVE
from core.ops.models import Account, Business, SyncRun, SyncStep
from core.ops.session import OperationsDatabase


class BusyError(ConfigError):
    """What was asked for cannot be had before something else has ended."""


EARLIEST = date(2004, 1, 1)
"""No platform is older."""
Fill = tuple[date, date]


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is asked for; `fill`: of the past, from its first to its last day."""

    business_id: int
    trigger: RunTrigger
    account_ids: Sequence[int] | None
    requested_by: str | None
    fill: Fill | None


def request_run(  # noqa: PLR0913  # what a person may say of a run
    database: OperationsDatabase,
    business_id: int,
    trigger: RunTrigger,
    *,
    now: datetime,
    account_ids: Sequence[int] | None = None,
    requested_by: str | None = None,
    fill: Fill | None = None,
) -> SyncRun:
    """Ask for a sync of a business, or of some of its accounts; with `fill`, for what its platforms know of these days.

    Where one is active already, that one is the answer; a sync and a filling of the past do not meet. ConfigError where
    other days of the same business are being filled.
    """
    if (fill is not None) is not (trigger is RunTrigger.BACKFILL):
        raise ValueError("a range is given for a back-fill, and for nothing else")
    wish = _Wish(business_id, trigger, account_ids, requested_by, fill)
    if fill is not None:
        check_fill(fill, now=now)
    try:
        with database.transaction() as session:
            return _find_same(session, wish) or _add(session, wish, now)
    except IntegrityError:  # another process asked in the same moment; the index let one of the two in
        with database.reading() as session:
            winner = _find_same(session, wish)
        if winner is None:
            raise
        return winner


def request_failed(
    database: OperationsDatabase,
    business_id: int,
    *,
    requested_by: str | None,
    now: datetime,
    trigger: RunTrigger = RunTrigger.MANUAL,
) -> SyncRun | None:
    """Ask for a sync of only those accounts of a business whose last one failed; None where none has."""
    with database.reading() as session:
        failed = _list_failed(session, business_id)
    if not failed:
        return None
    return request_run(database, business_id, trigger, now=now, account_ids=failed, requested_by=requested_by)


def retry_run(database: OperationsDatabase, run_id: int, *, requested_by: str | None, now: datetime) -> SyncRun | None:
    """Ask again for what a run did not bring: its accounts that failed or were cut short. None where it brought all.

    Filling in the past goes on where it stopped.
    """
    with database.reading() as session:
        run = session.get(SyncRun, run_id)
        if run is None:
            raise ConfigError(f"There is no run {run_id}.")
        account_ids = [step.account_id for step in run.steps if step.state in CUT_SHORT_STEPS]
        connected = {account.id for account in list_connected(session, run.business_id)}
    if not account_ids or not run.state.is_final:
        return None
    if connected.isdisjoint(account_ids):
        raise BusyError(f"What run {run_id} did not bring is not connected any more: connect it again first.")
    return request_run(
        database,
        run.business_id,
        RunTrigger.BACKFILL if run.trigger is RunTrigger.BACKFILL else RunTrigger.MANUAL,
        now=now,
        account_ids=account_ids,
        requested_by=requested_by,
        fill=fill_of(run),
    )


def fill_of(run: SyncRun) -> Fill | None:
    """The days whose numbers a run fills in, both ends included; None for a sync."""
    return (run.fill_from, run.fill_to) if run.fill_from is not None and run.fill_to is not None else None


def check_fill(fill: Fill, *, now: datetime) -> None:
    """ConfigError in one sentence where the days cannot be filled in."""
    first, last = fill
    if first > last:
        raise ConfigError(f"The first day, {first}, comes after the last one, {last}.")
    if last > now.date():
        raise ConfigError(f"The last day, {last}, has not come yet.")
    if first < EARLIEST:
        raise ConfigError(f"No platform knows anything of {first}: begin on {EARLIEST} or later.")


def find_active_run(session: Session, business_id: int, *, is_fill: bool = False) -> SyncRun | None:
    """The run of the whole business that is requested or running: its sync, or what fills in its past."""
    is_kind = (SyncRun.trigger == RunTrigger.BACKFILL) if is_fill else (SyncRun.trigger != RunTrigger.BACKFILL)
    is_active = SyncRun.state.in_(ACTIVE_RUN_STATES) & SyncRun.account_id.is_(None)
    return session.scalar(select(SyncRun).where(SyncRun.business_id == business_id, is_active, is_kind))


def add_steps(session: Session, run: SyncRun, account_ids: Collection[int]) -> None:
    """The steps of a new run; those that fill in the past begin where the same days were left the last time."""
    session.add(run)
    session.flush()
    reached = _list_reached(session, run, account_ids)
    for account_id in account_ids:
        days, posts = reached.get(account_id, (None, None))
        step = SyncStep(run_id=run.id, account_id=account_id, state=StepState.PENDING)
        step.days_filled_from, step.posts_filled_from = days, posts
        session.add(step)


def _find_same(session: Session, wish: _Wish) -> SyncRun | None:
    active = find_active_run(session, wish.business_id, is_fill=wish.fill is not None)
    if active is None or wish.fill is None:
        return active
    if fill_of(active) == wish.fill and _wanted(session, wish) <= {step.account_id for step in active.steps}:
        return active
    whose = "of this business" if fill_of(active) != wish.fill else "of other accounts of this business"
    raise BusyError(
        f"The days from {active.fill_from} to {active.fill_to} {whose} are being filled in already:"
        f" wait until they are, or cancel run {active.id} first."
    )


def _wanted(session: Session, wish: _Wish) -> set[int]:
    connected = {account.id for account in list_connected(session, wish.business_id)}
    return connected if wish.account_ids is None else connected & set(wish.account_ids)


def _add(session: Session, wish: _Wish, now: datetime) -> SyncRun:
    first, last = wish.fill or (None, None)
    run = SyncRun(
        business_id=wish.business_id,
        trigger=wish.trigger,
        state=RunState.REQUESTED,
        requested_at=now,
        requested_by=wish.requested_by and wish.requested_by[:300],
        fill_from=first,
        fill_to=last,
    )
    add_steps(session, run, sorted(_wanted(session, wish)))
    if wish.fill is not None:
        name = session.get_one(Business, wish.business_id).name
        record_activity(
            session,
            ActivityKind.BACKFILL,
            f"The days from {first} to {last} of {name} are asked for again.",
            now=now,
            person=wish.requested_by,
            business_id=wish.business_id,
        )
    return run


def _list_failed(session: Session, business_id: int) -> list[int]:
    newest = (
        select(func.max(SyncStep.id))
        .join(Account, Account.id == SyncStep.account_id)
        .where(
            Account.business_id == business_id,
            IS_LIVE,
            SyncStep.state.not_in((StepState.PENDING, StepState.RUNNING)),
        )
        .group_by(SyncStep.account_id)
    )
    failed = select(SyncStep.account_id).where(SyncStep.id.in_(newest), SyncStep.state == StepState.FAILED)
    connected = {account.id for account in list_connected(session, business_id)}
    return [
        account_id for account_id in session.scalars(failed.order_by(SyncStep.account_id)) if account_id in connected
    ]


def _list_reached(
    session: Session, run: SyncRun, account_ids: Collection[int]
) -> dict[int, tuple[date | None, datetime | None]]:
    """By account: how far its newest filling of the same days came, unless that was to the end."""
    if fill_of(run) is None:
        return {}
    newest = (
        select(func.max(SyncStep.id))
        .join(SyncRun, SyncRun.id == SyncStep.run_id)
        .where(SyncRun.fill_from == run.fill_from, SyncRun.fill_to == run.fill_to, SyncStep.account_id.in_(account_ids))
        .group_by(SyncStep.account_id)
    )
    rows = session.execute(
        select(SyncStep.account_id, SyncStep.days_filled_from, SyncStep.posts_filled_from).where(
            SyncStep.id.in_(newest), SyncStep.state != StepState.SUCCEEDED
        )
    )
    return {account_id: (days, posts) for account_id, days, posts in rows}
