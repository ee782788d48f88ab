"""The command line: python -m core …"""

import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from core import __version__, run_commands
from core.clock import Clock, MovableClock, SystemClock
from core.domain import Platform
from core.errors import AppError, ConfigError, WarehouseError
from core.key_commands import keys
from core.settings import PROJECT_ROOT, Settings, environment_with, is_set, set_for_children, use_utc

WEB_PORT = 8501


class Commands(click.Group):
    """Turns Tideline's own errors into one sentence: exit 2 where a setting or a file is wrong, 1 otherwise."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except AppError as error:
            click.echo(f"Error: {error}", err=True)
            ctx.exit(2 if isinstance(error, ConfigError | WarehouseError) else 1)


class Instant(click.ParamType[datetime]):
    """An instant such as 2026-11-24T09:00:00Z; without a zone it is UTC."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not an instant such as 2026-11-24T09:00:00Z", param, ctx)
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


PORT = click.IntRange(1, 65535)
FOLDER = click.Path(path_type=Path, file_okay=False)


@click.group(cls=Commands, context_settings={"max_content_width": 110})
@click.version_option(__version__, package_name="tideline", message="Tideline %(version)s")
def cli() -> None:
    """Tideline: social analytics that accounts for every number it shows."""
    os.umask(0o077)  # whatever we write is its owner's alone


@cli.command()
def migrate() -> None:
    """Bring the operations database to this version's schema."""
    from core.ops import migrate as migrations  # noqa: PLC0415  # each command imports what it needs

    revision = migrations.migrate(Settings.read())
    click.echo(f"The operations database has schema {revision}.")


@cli.command()
@click.option("--port", type=PORT, default=WEB_PORT, show_default=True)
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for every interface."
)
def web(port: int, host: str) -> None:
    """Serve the pages and the REST API."""
    from core.ports import check_port  # noqa: PLC0415
    from core.vault import derive_secret  # noqa: PLC0415

    settings = Settings.read()
    check_port(host, port, setting="--port (PORT= with make)")
    own = {
        "STREAMLIT_SERVER_PORT": str(port),
        "STREAMLIT_SERVER_ADDRESS": host,
        "STREAMLIT_SERVER_COOKIE_SECRET": derive_secret(settings, "cookies"),
    }
    if "public_url" not in settings.model_fields_set and port != WEB_PORT:
        own["TIDELINE_PUBLIC_URL"] = f"http://localhost:{port}"
    os.chdir(PROJECT_ROOT)
    os.execve(sys.executable, [sys.executable, "-m", "streamlit", "run", "app.py"], environment_with(own))  # noqa: S606


@cli.command()
def sidecar() -> None:
    """Sync every business at the top of every hour, and whatever is asked for in between."""
    use_utc()
    sys.modules["pandas"] = None  # type: ignore[assignment]  # DuckDB would import it, 84 MB, to look at a parameter
    from core.logs import configure_logging  # noqa: PLC0415
    from core.ops.migrate import ensure_data_dir, wait_for_schema  # noqa: PLC0415
    from core.room import find_lack, wait_for_room  # noqa: PLC0415
    from core.sidecar import Sidecar  # noqa: PLC0415  # imports schedule, which must find the process in UTC
    from core.standby import enter_when_free  # noqa: PLC0415
    from core.wiring import open_workplace  # noqa: PLC0415

    configure_logging("sidecar")
    clock, settings, stop = SystemClock(), Settings.read(), threading.Event()
    _on_stop_signal(stop.set)
    ensure_data_dir(settings.data_dir)
    wait_for_room(settings, clock, is_stopped=stop.is_set)
    with ExitStack() as stack:
        workplace = enter_when_free(stack, lambda: open_workplace(settings, clock, stop=stop), stop)
        if workplace is None:
            return
        wait_for_schema(workplace.database, clock)
        loop = Sidecar(
            database=workplace.database,
            engine=workplace.engine,
            clock=clock,
            at_most_every={Platform.LINKEDIN: timedelta(hours=settings.linkedin_every_hours)},
            chores=workplace.chores,
            stop=stop,
            find_lack=lambda: find_lack(settings),
        )
        all_ended = loop.run_forever()
    if loop.must_restart:
        os._exit(1)  # the supervisor starts us again, and the warehouse is opened anew
    if not all_ended:
        os._exit(0)  # threads still wait for a platform; their runs are recorded as interrupted


@cli.command()
@click.option("--port", type=PORT, required=True)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same world.")
@click.option("--businesses", type=click.IntRange(1, 1000), default=3, show_default=True)
@click.option(
    "--latency-ms", type=click.IntRange(0, 60_000), default=0, show_default=True, help="Every answer is this late."
)
@click.option(
    "--replay", type=FOLDER, help="Serve DIR/posts.csv and DIR/account_days.csv instead of the synthetic world."
)
@click.option("--now", type=Instant(), help="Stop the sandbox's clock at this instant.")
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="PLATFORM/ACCOUNT:FAULT[:NAME=VALUE…]",
    help="Let something go wrong, such as 'linkedin/*:rate_limited:times=3'; repeatable.",
)
def sandbox(port: int, **options: Any) -> None:
    """Stand in for LinkedIn, X, Facebook and Instagram."""
    from core.ports import check_port  # noqa: PLC0415
    from core.sandbox.server import serve  # noqa: PLC0415

    check_port("127.0.0.1", port, setting="--port")
    serve(port=port, **options)


@cli.command("rotate-key")
def rotate_key() -> None:
    """Encrypt all tokens with a new key; stop Tideline first."""
    from core.rotation import rotate_key as rotate  # noqa: PLC0415

    rotate(Settings.read(), SystemClock(), click.echo)


@cli.command()
@click.option("--port", type=PORT, default=WEB_PORT, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
def run(port: int, host: str) -> None:
    """Run sidecar and web against the real platforms, as .env configures them."""
    from core.demo import refuse_demo_dir  # noqa: PLC0415
    from core.ops import migrate as migrations  # noqa: PLC0415
    from core.ports import check_port  # noqa: PLC0415
    from core.supervise import SIDECAR, Program, supervise  # noqa: PLC0415

    settings = Settings.read()
    refuse_demo_dir(settings.data_dir)
    check_port(host, port, setting="PORT=")
    migrations.migrate(settings)
    click.echo(f"Tideline starts at http://localhost:{port} (Ctrl-C ends it).")
    web_arguments = ("web", "--port", str(port), "--host", host)
    supervise([SIDECAR, Program("web", web_arguments)], settings.data_dir)


@cli.command()
@click.option(
    "--once", is_flag=True, help="No browser, no loop: connect, sync every business once, publish, print a summary."
)
@click.option("--replay", type=FOLDER, help="Serve the posts of DIR instead of the synthetic world (with --once).")
@click.option("--posts", type=click.IntRange(1, 10_000), help="Read this many posts an account instead of 100.")
@click.option("--now", type=Instant(), help="Stop the clock at this instant (with --once).")
@click.option("--port", type=PORT, default=WEB_PORT, show_default=True, help="Where the pages are served.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--businesses", type=click.IntRange(1, 1000), default=3, show_default=True)
@click.option("--latency-ms", type=click.IntRange(0, 60_000), default=0, show_default=True)
@click.option(
    "--history/--no-history",
    default=True,
    help="Make the syncs of the last 90 days in the background, with what went wrong in them; or show today's alone.",
)
@click.option(
    "--connect", type=PORT, hidden=True, help="Connect the accounts of the sandbox on this port, beside a running demo."
)
def demo(**options: Any) -> None:
    """Show Tideline with demo data: sandbox, sidecar and web in a folder of their own."""
    from core import commands  # noqa: PLC0415

    arguments = commands.DemoArguments(**options)
    if not arguments.once and (arguments.replay or arguments.now):
        raise click.UsageError("--replay and --now go with --once.")
    if arguments.connect:
        from core.demo_history import begin_demo  # noqa: PLC0415

        world = (arguments.seed, arguments.businesses)
        begin_demo(Settings.read(), arguments.connect, SystemClock(), history_of=world if arguments.history else None)
        return
    data_dir = Settings.read().data_dir if is_set("DATA_DIR") else PROJECT_ROOT / "data" / "demo"
    if arguments.once:
        clock: Clock = MovableClock(arguments.now) if arguments.now else SystemClock()
        sys.exit(0 if commands.demo_once(arguments, data_dir, clock, click.echo) else 1)
    commands.demo_forever(arguments, data_dir, click.echo, set_for_children)


for command in (keys, run_commands.sync, run_commands.runs, run_commands.schedule):
    cli.add_command(command)


def _on_stop_signal(stop: Callable[[], None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop())


if __name__ == "__main__":
    cli(prog_name="python -m core")
