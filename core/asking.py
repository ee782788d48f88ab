"""Which syncs does a command ask for, and how did they end?"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from core.clock import Clock
from core.commands import check_sidecar, print_run
from core.domain import RunState, RunTrigger
from core.errors import ConfigError
from core.ops import runs
from core.ops.accounts import list_connected
from core.ops.businesses import get_business, list_businesses
from core.ops.models import Account, SyncRun
from core.ops.session import OperationsDatabase

BY = "command line"
Echo = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: businesses and accounts as a person names them (none: all), only what failed, or days of the past."""

    names: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    failed: bool = False
    fill: tuple[date, date] | None = None
    waits: bool = True


def ask_for_syncs(database: OperationsDatabase, wish: Wish, clock: Clock, echo: Echo) -> bool:
    """Ask for runs and wait for their ends, unless nobody wants to; whether all succeeded."""
    check_sidecar(database, clock)
    with database.reading() as session:
        chosen = _choose(session, wish)
        on_their_way = {run.id for run in runs.list_runs(session, limit=1000) if not run.state.is_final}
    requested = [
        run for run in (_ask(database, wish, id_, ids, clock) for id_, ids in chosen.items()) if run is not None
    ]
    for run in requested:
        if run.id in on_their_way:
            echo(f"Run {run.id} of this business is on its way already: nothing more is asked for.")
    if not requested:
        echo(
            "No account's last sync has failed."
            if wish.failed
            else "There is no business yet: connect an account first."
        )
    if not wish.waits:
        echo("".join(f"Run {run.id} is asked for.\n" for run in requested).rstrip())
        return True
    ended = [_wait_for_end(database, run.id, clock) for run in requested]
    for run in ended:
        print_run(run, echo)
    return bool(ended or wish.failed) and all(run.state is RunState.SUCCEEDED for run in ended)


def _choose(session: Session, wish: Wish) -> dict[int, list[int] | None]:
    """By business, the accounts that are meant; None for all of them."""
    businesses = [get_business(session, name) for name in wish.names] or list_businesses(session)
    if not wish.accounts:
        return {business.id: None for business in businesses}
    theirs = [account for business in businesses for account in list_connected(session, business.id)]
    chosen: dict[int, list[int] | None] = {}
    for word in wish.accounts:
        for account in _find(theirs, word):
            ids = chosen.setdefault(account.business_id, [])
            if ids is not None and account.id not in ids:
                ids.append(account.id)
    return chosen


def _find(accounts: Iterable[Account], word: str) -> list[Account]:
    known = list(accounts)
    found = [one for one in known if word in (str(one.id), one.name, one.handle, one.platform.value)]
    if not found:
        names = ", ".join(f"{one.id} {one.name} ({one.platform.value})" for one in known) or "none yet"
        raise ConfigError(f"There is no connected account {word!r}. Accounts: {names}.")
    return found


def _ask(
    database: OperationsDatabase, wish: Wish, business_id: int, account_ids: list[int] | None, clock: Clock
) -> SyncRun | None:
    if wish.failed:
        return runs.request_failed(database, business_id, requested_by=BY, now=clock.now(), trigger=RunTrigger.COMMAND)
    return runs.request_run(
        database,
        business_id,
        RunTrigger.BACKFILL if wish.fill else RunTrigger.COMMAND,
        now=clock.now(),
        account_ids=account_ids,
        requested_by=BY,
        fill=wish.fill,
    )


def _wait_for_end(database: OperationsDatabase, run_id: int, clock: Clock) -> SyncRun:
    while True:
        with database.reading() as session:
            run = runs.get_run(session, run_id)
        if run.state.is_final:
            return run
        clock.sleep(0.3)
