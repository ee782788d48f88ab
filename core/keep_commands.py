"""How is everything kept safe on the command line? `python -m core backup | restore | doctor`"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.clock import SystemClock
from core.settings import Settings

if TYPE_CHECKING:
    from core.archive import Contents

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("file", type=FILE)
@click.option("--with-key", is_flag=True, help="Put the key that encrypts the tokens into it, too.")
def backup(file: Path, with_key: bool) -> None:
    """Put both stores into FILE, also while Tideline runs."""
    from functools import partial  # noqa: PLC0415  # each command imports what it needs

    from core.backup import Backup, publish_from_outside  # noqa: PLC0415
    from core.commands import check_set_up  # noqa: PLC0415
    from core.ops.migrate import wait_for_schema  # noqa: PLC0415
    from core.ops.session import open_operations  # noqa: PLC0415

    clock, settings = SystemClock(), Settings.read()
    check_set_up(settings)
    database = open_operations(settings)
    try:
        wait_for_schema(database, clock, patience_s=0)
        publish = partial(publish_from_outside, settings, database, clock)
        contents = Backup(settings, database, clock, publish).take(file, with_key=with_key)
    finally:
        database.close()
    click.echo(f"{file} holds {_told(contents)}.")
    click.echo(_about_key(settings, with_key=with_key))
    if contents.operations_schema is None:
        click.echo(
            "The operations database is PostgreSQL's and is not in it: have pg_dump copy it BEFORE each such backup, never after."
        )


@click.command()
@click.argument("file", type=FILE)
@click.option("--force", is_flag=True, help="Replace data that is there; it is kept beside, under a dated name.")
def restore(file: Path, *, force: bool) -> None:
    """Put what FILE holds into the data folder; stop Tideline first."""
    from core.restore import restore as put_back  # noqa: PLC0415

    put_back(Settings.read(), file, SystemClock(), click.echo, force=force)


@click.command()
def doctor() -> None:
    """Look whether everything is as it should be, and say what to do; changes nothing."""
    from core.doctor import examine  # noqa: PLC0415

    sys.exit(0 if examine(Settings.read(), SystemClock(), click.echo) else 1)


def _told(contents: "Contents") -> str:
    kept = [f"{name} ({sum(member.rows.values()):,} rows)" for name, member in contents.members.items() if member.rows]
    return f"{' and '.join(kept)} as of {contents.taken_at:%Y-%m-%d %H:%M:%S} UTC"


def _about_key(settings: Settings, *, with_key: bool) -> str:
    if with_key:
        return "The key is in it: whoever has this file can use every connected account, so keep it like a password."
    where = "TIDELINE_SECRET_KEY" if settings.secret_key.get_secret_value() else f"{settings.data_dir / 'secret.key'}"
    return f"The key is not in it: keep a copy of {where} apart from it, or every account has to be connected again."
