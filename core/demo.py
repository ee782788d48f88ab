"""How does the demo get its data? Accounts of the sandbox, connected by the real OAuth exchange and synced by the real engine."""

import subprocess  # the sandbox is a process of its own
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from core.accounts import Accounts
from core.clock import Clock, SystemClock
from core.domain import Platform, Provider, RunState, RunTrigger
from core.errors import AppError, ConfigError, TransientError
from core.fetchers.transport import Transport
from core.ops.businesses import ensure_business, list_businesses
from core.ops.migrate import ensure_data_dir, migrate
from core.ops.models import SyncRun
from core.ops.runs import claim_run, get_run, request_run
from core.ops.session import OperationsDatabase
from core.ops.sidecars import sidecar_status
from core.ports import find_free_port
from core.settings import PROJECT_ROOT, Settings
from core.stopping import RunStop
from core.wiring import Workplace, open_accounts, open_workplace

MARKER = "DEMO"
HISTORY = "history"
"""The folder within the demo's in which its history is made."""
REDIRECT_URI = "http://127.0.0.1/oauth/callback"
START_PATIENCE_S = 30


def sandbox_settings(port: int) -> dict[str, str]:
    """The settings, by their names without prefix, that put the sandbox in the platforms' place."""
    base = f"http://127.0.0.1:{port}"
    urls = {
        "LINKEDIN_API_URL": f"{base}/linkedin",
        "LINKEDIN_OAUTH_URL": f"{base}/linkedin/oauth/v2",
        "X_API_URL": f"{base}/x/2",
        "X_OAUTH_URL": f"{base}/x/i/oauth2",
        "META_API_URL": f"{base}/meta",
        "META_OAUTH_URL": f"{base}/meta",
        "INSTAGRAM_API_URL": f"{base}/instagram",
        "INSTAGRAM_OAUTH_URL": f"{base}/instagram/oauth",
        "INSTAGRAM_TOKEN_URL": f"{base}/instagram/oauth/access_token",
    }
    apps = {
        f"{provider.upper()}_CLIENT_{part}": f"demo-{part.lower()}"
        for provider in Provider
        for part in ("ID", "SECRET")
    }
    free = {"LINKEDIN_EVERY_HOURS": "1", "X_DAILY_CAP_USD": "10000"}  # nobody is billed, nobody is throttled
    return {**urls, **apps, **free, "DATABASE_URL": "", "DEMO": "true"}


def prepare_demo_dir(data_dir: Path) -> None:
    """An empty folder for the demo; an earlier demo is cleared away, anything else is refused."""
    ensure_data_dir(data_dir)
    own = _data_files(data_dir)
    if own and not (data_dir / MARKER).exists():
        raise ConfigError(
            f"{data_dir} holds data that is not a demo's; nothing was changed. Choose another folder with TIDELINE_DATA_DIR."
        )
    _refuse_running_demo(data_dir)
    (data_dir / MARKER).write_text("This folder holds demo data; the next demo clears it.\n", encoding="utf-8")
    for path in own:
        path.unlink(missing_ok=True)


def _data_files(data_dir: Path) -> list[Path]:
    patterns = ("operations.db*", "warehouse.duckdb*", "published/*", "grants/*", "secret.key")
    folders = (data_dir, data_dir / HISTORY)
    return [path for folder in folders for pattern in patterns for path in folder.glob(pattern)]


def _refuse_running_demo(data_dir: Path) -> None:
    """A demo that still runs would lose its databases under its feet."""
    if not (data_dir / "operations.db").exists():
        return
    database = OperationsDatabase(f"sqlite:///{data_dir / 'operations.db'}")
    try:
        if not database.is_current:
            return
        with database.reading() as session:
            status = sidecar_status(session, now=SystemClock().now())
    except ConfigError:  # an earlier demo's database that cannot be read holds nothing to lose
        return
    finally:
        database.close()
    if status.is_running:
        raise ConfigError(
            f"A demo is running in {data_dir}: end it first (Ctrl-C), or choose another TIDELINE_DATA_DIR."
        )


def refuse_demo_dir(data_dir: Path) -> None:
    """ConfigError where the folder holds a demo's data: real data must never mix with it."""
    if (data_dir / MARKER).exists():
        raise ConfigError(
            f"{data_dir} holds demo data: choose another folder with TIDELINE_DATA_DIR, or remove this one."
        )


@contextmanager
def running_sandbox(arguments: list[str], transport: Transport) -> Iterator[int]:
    """A sandbox in a process of its own on a free port, which is handed over; ended with the block."""
    port = find_free_port()
    command = [sys.executable, "-m", "core", "sandbox", "--port", str(port), *arguments]
    process = subprocess.Popen(command, cwd=PROJECT_ROOT)  # noqa: S603
    try:
        wait_for_sandbox(port, transport, is_alive=lambda: process.poll() is None)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=10)


def wait_for_sandbox(port: int, transport: Transport, *, is_alive: Any = lambda: True) -> None:
    """Until the sandbox answers; ConfigError where it ended instead."""
    pause = threading.Event()
    for _ in range(START_PATIENCE_S * 10):
        if not is_alive():
            raise ConfigError("The sandbox did not start; the line above says why.")
        try:
            if transport.send("GET", f"http://127.0.0.1:{port}/_sandbox/health", headers={}).status == 200:
                return
        except TransientError:
            pause.wait(0.1)  # real time, also where the clock stands still: a process is starting
    raise ConfigError(f"The sandbox on port {port} did not answer within {START_PATIENCE_S} s.")


def connect_demo(
    port: int, database: OperationsDatabase, accounts: Accounts, transport: Transport, clock: Clock
) -> None:
    """Sign in as every login of the sandbox's world and connect all it owns, one business a login."""
    for login in list_logins(port, transport).values():
        with database.transaction() as session:
            business = ensure_business(session, login["business"], timezone=login["timezone"], now=clock.now())
        connect_login(login, business.id, accounts, transport=transport)


def list_logins(port: int, transport: Transport) -> dict[str, dict[str, Any]]:
    """Who can sign in at the sandbox, by name, with the business and the accounts of each."""
    world = transport.send("GET", f"http://127.0.0.1:{port}/_sandbox/world", headers={}).body
    return {login["login"]: login for login in world["logins"]}


def connect_login(
    login: Mapping[str, Any],
    business_id: int,
    accounts: Accounts,
    *,
    transport: Transport,
    only: Provider | None = None,
) -> None:
    """Sign in as this login wherever it owns an account, or at one provider only, and connect all that it owns there."""
    wanted = {(account["platform"], account["external_id"]) for account in login["accounts"]}
    chosen = []
    for provider in sorted({Platform(platform).provider for platform, _ in wanted}):
        if only in (None, provider):
            found = _sign_in(provider, login["login"], accounts, transport)
            own = [one for one in found.connectable if (one.platform.value, one.external_id) in wanted]
            chosen.append((found, own))
    accounts.connect(chosen, business_id)


def _sign_in(provider: Provider, login: str, accounts: Accounts, transport: Transport) -> Any:
    """What a person does in the browser: open the consent page, agree, and come back with a code."""
    begun = accounts.begin(provider, REDIRECT_URI)
    answer = transport.send("GET", f"{begun.url}&{urlencode({'login_hint': login})}", headers={})
    returned = parse_qs(urlsplit(answer.headers.get("location", "")).query)
    if returned.get("state") != [begun.state] or "code" not in returned:
        raise ConfigError(
            f"The sandbox's sign-in for {provider.value} did not come back with a code (HTTP {answer.status})."
        )
    return accounts.sign_in(
        provider, code=returned["code"][0], redirect_uri=REDIRECT_URI, code_verifier=begun.code_verifier
    )


def sync_once(settings: Settings, port: int, clock: Clock, transport: Transport) -> list[SyncRun]:
    """Connect everything and sync every business once, in this process; the runs as they ended."""
    migrate(settings)
    with open_workplace(settings, clock) as workplace:
        connect_demo(port, workplace.database, workplace.accounts, transport, clock)
        with workplace.database.reading() as session:
            businesses = list_businesses(session)
        return [_sync_business(workplace, business.id, clock) for business in businesses]


def _sync_business(workplace: Workplace, business_id: int, clock: Clock) -> SyncRun:
    request_run(workplace.database, business_id, RunTrigger.COMMAND, now=clock.now())
    with workplace.database.transaction() as session:
        run = claim_run(session, "demo", now=clock.now())
    if run is None:
        raise AppError("The run of the demo was claimed by another process: is a sidecar working in the same folder?")
    workplace.engine.sync_run(run, RunStop())
    with workplace.database.reading() as session:
        return get_run(session, run.id)


def all_succeeded(runs: list[SyncRun]) -> bool:
    return bool(runs) and all(run.state is RunState.SUCCEEDED for run in runs)


def connect_and_request(settings: Settings, port: int, clock: Clock) -> None:
    """Beside a running sidecar: connect everything, then ask for the first sync of every business."""
    transport = Transport(clock)
    try:
        wait_for_sandbox(port, transport)
        with open_accounts(settings, clock) as (database, accounts):
            connect_demo(port, database, accounts, transport, clock)
            with database.reading() as session:
                businesses = list_businesses(session)
            for business in businesses:
                request_run(database, business.id, RunTrigger.COMMAND, now=clock.now())
    finally:
        transport.close()
