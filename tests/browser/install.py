"""An install of Tideline that nobody has used yet, beside a sandbox: its processes, its stores, and what it has written."""

import subprocess
import sys
from contextlib import contextmanager

import duckdb
import httpx

from core.demo import sandbox_settings
from core.ops.models import Account, PendingLogin, Token
from core.ops.session import open_operations
from core.ports import find_free_port
from core.settings import PROJECT_ROOT, Settings, environment_with
from tests.browser.conftest import wait_until


class Install:
    """A Tideline that nobody has used yet, beside a sandbox; and what its processes have written."""

    def __init__(self, data_dir, logs):
        self.data_dir, self.logs = data_dir, logs
        self.port, self.sandbox_port = find_free_port(), find_free_port()
        self.url = f"http://localhost:{self.port}"
        own = sandbox_settings(self.sandbox_port) | {"DATA_DIR": str(data_dir), "PUBLIC_URL": self.url}
        self.environment = environment_with({f"TIDELINE_{name}": value for name, value in own.items()})
        self.settings = Settings.read(**{name.lower(): value for name, value in own.items()})
        self.processes = []

    def start(self):
        subprocess.run([sys.executable, "-m", "core", "migrate"], cwd=PROJECT_ROOT, env=self.environment, check=True)
        for arguments in (
            ("sandbox", "--port", str(self.sandbox_port), "--businesses", "3"),
            ("sidecar",),
            ("web", "--port", str(self.port)),
        ):
            with (self.logs / f"{arguments[0]}.log").open("wb") as log:
                command = [sys.executable, "-m", "core", *arguments]
                self.processes.append(
                    subprocess.Popen(command, cwd=PROJECT_ROOT, env=self.environment, stdout=log, stderr=log)
                )
        wait_until(self.is_up, seconds=60)

    def is_up(self):
        assert all(process.poll() is None for process in self.processes), self.log()
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/api/v1/health").json()["sidecar"] == "running"
        except (httpx.TransportError, ValueError):
            return False

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            process.wait(timeout=40)

    def log(self):
        return "\n".join(path.read_text(errors="replace") for path in sorted(self.logs.glob("*.log")))

    def get(self, path):
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=5)

    @contextmanager
    def operations(self):
        database = open_operations(self.settings)
        yield database
        database.close()

    def stored(self):
        """How many logins, accounts and unfinished sign-ins there are."""
        with self.operations() as database, database.reading() as session:
            return tuple(session.query(model).count() for model in (Token, Account, PendingLogin))

    def accounts(self):
        with self.operations() as database, database.reading() as session:
            return [(account.platform, account.name) for account in session.query(Account).order_by(Account.id)]

    def snapshots(self):
        """Every stored counter of a post, as (account, post, instant)."""
        newest = (self.data_dir / "published" / "warehouse.duckdb").resolve()
        with duckdb.connect(str(newest), read_only=True) as connection:
            rows = connection.execute("SELECT account_id, post_id, observed_at FROM post_metrics").fetchall()
        return set(rows)

    def logins(self):
        """Whom the sandbox lets in: the business, and the names of its accounts by platform."""
        found = httpx.get(f"http://127.0.0.1:{self.sandbox_port}/_sandbox/world").json()["logins"]
        return [(one["business"], {each["platform"]: each["name"] for each in one["accounts"]}) for one in found]
