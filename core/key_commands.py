"""How are API keys made, listed and revoked on the command line? `python -m core keys …`"""

from typing import TYPE_CHECKING

import click

from core.clock import Clock, SystemClock
from core.settings import Settings

if TYPE_CHECKING:
    from core.ops.api_keys import KeySummary
    from core.ops.session import OperationsDatabase

BY = "command line"


@click.group()
def keys() -> None:
    """Make, list and revoke the keys of the REST API."""


@keys.command()
@click.argument("name")
@click.option(
    "--business", "names", multiple=True, help="Id or name of a business that it opens; repeatable. All without it."
)
@click.option("--write", "may_write", is_flag=True, help="Let it ask for syncs and set schedules, too.")
def create(name: str, names: tuple[str, ...], may_write: bool) -> None:
    """Make a key; it is printed once, and never again."""
    from core.ops.api_keys import create_key  # noqa: PLC0415  # each command imports what it needs
    from core.ops.businesses import get_business  # noqa: PLC0415
    from core.ops.key_rows import KeyAccess  # noqa: PLC0415

    clock = SystemClock()
    access = KeyAccess.WRITE if may_write else KeyAccess.READ
    with _open(clock).transaction() as session:
        chosen = [get_business(session, one).id for one in names] if names else None
        made = create_key(session, name, access=access, business_ids=chosen, by=BY, now=clock.now())
    click.echo(f"Key {made.id}. Keep it now, for it is not shown again:", err=True)
    click.echo(made.secret)


@keys.command(name="list")
def list_() -> None:
    """Print every key, but for the key itself."""
    from core.ops.api_keys import list_keys  # noqa: PLC0415

    with _open(SystemClock()).reading() as session:
        found = list_keys(session)
    for key in found:
        click.echo(_line(key))
    if not found:
        click.echo("There is no key yet: `python -m core keys create NAME` makes one.")


@keys.command()
@click.argument("key_id", metavar="ID", type=click.IntRange(1))
def revoke(key_id: int) -> None:
    """Let a key open nothing any more."""
    from core.ops.api_keys import revoke_key  # noqa: PLC0415

    clock = SystemClock()
    with _open(clock).transaction() as session:
        revoke_key(session, key_id, by=BY, now=clock.now())
    click.echo(f"Key {key_id} is revoked.")


def _open(clock: Clock) -> "OperationsDatabase":
    from core.commands import check_set_up  # noqa: PLC0415
    from core.ops.migrate import wait_for_schema  # noqa: PLC0415
    from core.ops.session import open_operations  # noqa: PLC0415

    settings = Settings.read()
    check_set_up(settings)
    database = open_operations(settings)
    wait_for_schema(database, clock, patience_s=0)
    return database


def _line(key: "KeySummary") -> str:
    opens = "all businesses" if key.businesses is None else ", ".join(key.businesses.values()) or "no business"
    used = f"last used {key.last_used_at:%Y-%m-%d %H:%M} UTC" if key.last_used_at else "never used"
    state = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else used
    return f"{key.id}  {key.name}  {key.prefix}…  {key.access}  {opens}  {state}"
