"""How are syncs asked for, watched, cancelled and scheduled on the command line? `python -m core sync | runs | schedule`"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

import click

from core.clock import Clock, SystemClock
from core.settings import Settings

if TYPE_CHECKING:
    from core.ops.models import SyncRun
    from core.ops.schedules import BusinessSchedule
    from core.ops.session import OperationsDatabase

BY = "command line"
HOURS = click.IntRange(0, 23)


class Day(click.ParamType[date]):
    """A day such as 2026-11-24."""

    name = "day"

    def convert(self, value: str | date, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a day such as 2026-11-24", param, ctx)


@click.command()
@click.option(
    "--business", "names", multiple=True, help="Id or name of a business; repeatable. All of them without it."
)
@click.option("--account", "accounts", multiple=True, help="Id, name or platform of accounts; repeatable.")
@click.option("--failed", is_flag=True, help="Only the accounts whose last sync failed.")
@click.option("--from", "first", type=Day(), help="Ask again for the past: the days and posts from this day on …")
@click.option("--to", "last", type=Day(), help="… to this one.")
@click.option("--no-wait", is_flag=True, help="Do not wait for the end.")
@click.option("--plan", is_flag=True, help="Ask nothing: print what a sync now would take, in requests and money.")
def sync(
    names: tuple[str, ...],
    accounts: tuple[str, ...],
    first: date | None,
    last: date | None,
    **flags: bool,
) -> None:
    """Ask the sidecar for a sync now, or for a piece of the past, and wait for its end."""
    from core.asking import Wish, ask_for_syncs  # noqa: PLC0415  # each command imports what it needs
    from core.planning import print_plan  # noqa: PLC0415

    clock, settings = SystemClock(), Settings.read()
    if flags["plan"]:
        for name in names or (None,):
            print_plan(settings, name, clock, click.echo)
        return
    if (first is None) is not (last is None):
        raise click.UsageError("--from and --to go together.")
    if flags["failed"] and (accounts or first):
        raise click.UsageError("--failed goes with neither --account nor --from and --to.")
    fill = (first, last) if first is not None and last is not None else None
    wish = Wish(names, accounts, failed=flags["failed"], fill=fill, waits=not flags["no_wait"])
    with _opened(clock, settings) as database:
        sys.exit(0 if ask_for_syncs(database, wish, clock, click.echo) else 1)


@click.group()
def runs() -> None:
    """List runs, and cancel them."""


@runs.command(name="list")
@click.option("--business", "name", help="Id or name of one business.")
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True)
def list_(name: str | None, limit: int) -> None:
    """Print the newest runs, the newest first."""
    from core.ops.businesses import get_business  # noqa: PLC0415
    from core.ops.runs import list_runs  # noqa: PLC0415

    with _opened(SystemClock()) as database, database.reading() as session:
        business_id = get_business(session, name).id if name else None
        found = list_runs(session, limit=limit, business_id=business_id)
    for run in found:
        click.echo(_line_of(run))
    if not found:
        click.echo("There is no run yet.")


@runs.command()
@click.argument("run_id", metavar="ID", type=click.IntRange(1))
def cancel(run_id: int) -> None:
    """End a run; what it has read until then is kept."""
    from core.domain import RunState  # noqa: PLC0415
    from core.ops.runs import cancel_run  # noqa: PLC0415

    clock = SystemClock()
    with _opened(clock) as database, database.transaction() as session:
        state = cancel_run(session, run_id, by=BY, now=clock.now())
    told = {RunState.CANCELLED: "is cancelled", RunState.RUNNING: "is asked to stop, and does so within seconds"}
    click.echo(f"Run {run_id} {told.get(state, f'had ended already: {state.value}')}.")


@click.group()
def schedule() -> None:
    """Show and set how often each business is synced."""


@schedule.command(name="list")
def list_schedules() -> None:
    """Print how often each business is synced, and when next."""
    from core.ops import schedules, sidecars  # noqa: PLC0415

    clock = SystemClock()
    with _opened(clock) as database, database.reading() as session:
        for one in schedules.list_schedules(session):
            planned = sidecars.next_run_of(session, one.business_id, now=clock.now())
            click.echo(
                f"{one.business_id}  {one.business}  {_told(one)}  next {f'{planned:%Y-%m-%d %H:%M} UTC' if planned else '–'}"
            )


@schedule.command(name="set")
@click.argument("business")
@click.option("--every", "interval_hours", type=int, help="Sync it every so many hours (1 to 168).")
@click.option(
    "--quiet", nargs=2, type=HOURS, help="Full hours of its own zone between which it is not synced, such as 22 6."
)
@click.option("--no-quiet", is_flag=True, help="No quiet hours any more.")
@click.option("--pause/--resume", "is_paused", default=None, help="Do not sync it by itself, or do so again.")
def set_(business: str, quiet: tuple[int, int] | None, no_quiet: bool, **changes: int | bool | None) -> None:
    """Give a business a schedule of its own; what is not given stays as it is."""
    from dataclasses import replace  # noqa: PLC0415

    from core.ops import schedules  # noqa: PLC0415
    from core.ops.businesses import get_business  # noqa: PLC0415

    clock = SystemClock()
    changed: dict[str, int | bool | None] = {name: value for name, value in changes.items() if value is not None}
    if quiet or no_quiet:
        changed["quiet_from"], changed["quiet_to"] = quiet or (None, None)
    with _opened(clock) as database, database.transaction() as session:
        business_id = get_business(session, business).id
        settings = replace(schedules.get_schedule(session, business_id).settings, **changed)  # type: ignore[arg-type]  # by their names
        saved = schedules.save_schedule(session, business_id, settings, by=BY, now=clock.now())
    click.echo(f"{saved.business}: {_told(saved)}.")


@schedule.command()
@click.argument("business")
def remove(business: str) -> None:
    """Let a business be synced every hour with all others again."""
    from core.ops import schedules  # noqa: PLC0415
    from core.ops.businesses import get_business  # noqa: PLC0415

    clock = SystemClock()
    with _opened(clock) as database, database.transaction() as session:
        found = get_business(session, business)
        is_removed = schedules.remove_schedule(session, found.id, by=BY, now=clock.now())
    click.echo(f"{found.name} {'is synced every hour again' if is_removed else 'had no schedule of its own'}.")


@contextmanager
def _opened(clock: Clock, settings: Settings | None = None) -> "Iterator[OperationsDatabase]":
    from core.commands import check_set_up  # noqa: PLC0415
    from core.ops.migrate import wait_for_schema  # noqa: PLC0415
    from core.ops.session import open_operations  # noqa: PLC0415

    settings = settings or Settings.read()
    check_set_up(settings)
    database = open_operations(settings)
    try:
        wait_for_schema(database, clock, patience_s=0)
        yield database
    finally:
        database.close()


def _told(one: "BusinessSchedule") -> str:
    if one.settings.is_paused:
        return "paused"
    every = f"every {one.settings.interval_hours} h"
    return (
        every
        if one.settings.quiet_from is None
        else f"{every}, quiet from {one.settings.quiet_from} to {one.settings.quiet_to}"
    )


def _line_of(run: "SyncRun") -> str:
    days = f" {run.fill_from} to {run.fill_to}" if run.fill_from else ""
    asked = f"{run.requested_at:%Y-%m-%d %H:%M} UTC{f' by {run.requested_by}' if run.requested_by else ''}"
    done = sum(step.finished_at is not None for step in run.steps)
    line = f"{run.id}  {run.business.name}  {run.trigger.value}{days}  {run.state.value}  {done}/{len(run.steps)} accounts  {asked}"
    return f"{line}  ({run.error})" if run.error else line
