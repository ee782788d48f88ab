"""What do the longer commands do? The demo once, and the demo that stays; and what several commands need."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.clock import Clock
from core.demo import all_succeeded, prepare_demo_dir, running_sandbox, sandbox_settings, sync_once
from core.demo_story import present_faults
from core.errors import ConfigError
from core.fetchers.transport import Transport
from core.logs import configure_logging
from core.ops.history import reserve_run_ids
from core.ops.migrate import migrate
from core.ops.models import SyncRun
from core.ops.session import OperationsDatabase, open_operations
from core.ops.sidecars import sidecar_status
from core.ports import check_port, find_free_port
from core.settings import Settings
from core.supervise import SIDECAR, Program, supervise

Echo = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class DemoArguments:
    """The options of `python -m core demo`."""

    once: bool
    replay: Path | None
    posts: int | None
    now: datetime | None
    port: int
    seed: int
    businesses: int
    latency_ms: int
    connect: int | None
    history: bool

    @property
    def world_arguments(self) -> list[str]:
        return ["--seed", str(self.seed), "--businesses", str(self.businesses)]

    def sandbox_arguments(self) -> list[str]:
        arguments = [*self.world_arguments, "--latency-ms", str(self.latency_ms)]
        if self.replay:
            arguments += ["--replay", str(self.replay.absolute())]
        if self.now:
            arguments += ["--now", self.now.isoformat()]
        return arguments


def demo_once(arguments: DemoArguments, data_dir: Path, clock: Clock, echo: Echo) -> bool:
    """Connect and sync every account of a sandbox once; whether all of it succeeded."""
    configure_logging("demo")
    prepare_demo_dir(data_dir)
    transport = Transport(clock)
    with running_sandbox(arguments.sandbox_arguments(), transport) as port:
        own = {name.lower(): value for name, value in sandbox_settings(port).items()}
        if arguments.posts:
            own["posts_per_sync"] = str(arguments.posts)
        settings = Settings.read(data_dir=data_dir, **own)
        ended = sync_once(settings, port, clock, transport)
    transport.close()
    for run in ended:
        print_run(run, echo)
    echo(f"Published: {settings.published_link}")
    return all_succeeded(ended)


def demo_forever(
    arguments: DemoArguments, data_dir: Path, echo: Echo, hand_over: Callable[[dict[str, str]], None]
) -> None:
    """Become the supervisor of sandbox, sidecar and web on an empty folder."""
    check_port("127.0.0.1", arguments.port, setting="PORT=")
    port = find_free_port()
    url = f"http://localhost:{arguments.port}"
    hand_over({**sandbox_settings(port), "DATA_DIR": str(data_dir), "PUBLIC_URL": url})
    if arguments.posts:
        hand_over({"POSTS_PER_SYNC": str(arguments.posts)})
    prepare_demo_dir(data_dir)
    settings = Settings.read()
    migrate(settings)
    if arguments.history:
        _leave_room_for_history(settings, arguments.businesses)
    echo(f"Tideline shows demo data at {url} (Ctrl-C ends it).")
    supervise(_demo_programs(arguments, port), data_dir)


def _demo_programs(arguments: DemoArguments, port: int) -> list[Program]:
    faults = present_faults(arguments.businesses) if arguments.history else []
    staged = [word for fault in faults for word in ("--fault", fault)]
    connecting = ["--connect", str(port), *arguments.world_arguments, *([] if arguments.history else ["--no-history"])]
    return [
        Program("sandbox", ("sandbox", "--port", str(port), *arguments.sandbox_arguments(), *staged)),
        SIDECAR,
        Program("web", ("web", "--port", str(arguments.port))),
        Program("connect", ("demo", *connecting), once=True),
    ]


def _leave_room_for_history(settings: Settings, businesses: int) -> None:
    database = open_operations(settings)
    with database.transaction() as session:
        reserve_run_ids(session, businesses)
    database.close()


def check_set_up(settings: Settings) -> None:
    """ConfigError where nothing was ever started on this data folder: opening its database would make an empty one."""
    if not settings.database_url and not (settings.data_dir / "operations.db").exists():
        raise ConfigError(
            f"{settings.data_dir} holds no data yet: start Tideline first (`make demo` or `make run`), or set TIDELINE_DATA_DIR."
        )


def check_sidecar(database: OperationsDatabase, clock: Clock) -> None:
    """ConfigError where no sidecar would carry out what is asked for."""
    with database.reading() as session:
        if not sidecar_status(session, now=clock.now()).is_running:
            raise ConfigError(
                "The sidecar is not running, so nobody would sync: start it with `python -m core sidecar`."
            )


def print_run(run: SyncRun, echo: Echo) -> None:
    """A line of the run, and one of each of its accounts."""
    echo(f"Run {run.id} of {run.business.name}: {run.state.value}{_because(run.error)}")
    for step in run.steps:
        who = f"{step.account.platform.value:<10} {step.account.name[:30]:<30} {step.state.value:<11}"
        rows = f"{step.rows_new:>6} new {step.rows_changed:>6} changed {step.rows_unchanged:>6} unchanged"
        asked = f"{step.posts:>5} posts {rows} {step.requests:>4} requests"
        echo(f"  {who} {asked}{_because(step.error or step.filled)}")


def _because(error: str | None) -> str:
    return f" ({error})" if error else ""
