"""What does every benchmark stand on? A sandbox in a process of its own, and every account of it connected."""

import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.demo import connect_demo, running_sandbox
from core.domain import RunTrigger
from core.fetchers.transport import Transport
from core.ops import runs
from core.ops.accounts import list_connected
from core.ops.businesses import list_businesses
from core.ops.migrate import migrate
from core.stopping import RunStop
from core.warehouse.connection import PublishedWarehouse, find_published
from core.wiring import open_workplace
from tests.stage import Sandbox, stage_settings


@dataclass
class Bench:
    """An open workplace, and the sandbox it reads."""

    sandbox: Sandbox
    settings: object
    clock: object
    transport: Transport
    workplace: object

    def accounts(self):
        with self.workplace.database.reading() as session:
            return list_connected(session)

    def sync_all(self, trigger=RunTrigger.COMMAND):
        """Every business at once; seconds, and the runs as they ended."""
        claimed = self.claim_all(trigger)
        began = time.perf_counter()
        with ThreadPoolExecutor(len(claimed)) as pool:
            list(pool.map(lambda run: self.workplace.engine.sync_run(run, RunStop()), claimed))
        seconds = time.perf_counter() - began
        with self.workplace.database.reading() as session:
            return seconds, [runs.get_run(session, run.id) for run in claimed]

    @contextmanager
    def afresh(self):
        """The same sandbox and its accounts, connected in an empty folder."""
        with _open_folder(self.sandbox, self.clock) as fresh:
            yield fresh

    def frame(self, sql):
        published = PublishedWarehouse(find_published(self.settings.published_link))
        try:
            return published.frame(sql)
        finally:
            published.close()

    def claim_all(self, trigger=RunTrigger.COMMAND):
        """A run of every business, asked for and taken up."""
        database = self.workplace.database
        with database.reading() as session:
            businesses = list_businesses(session)
        for business in businesses:
            runs.request_run(database, business.id, trigger, now=self.clock.now())
        claimed = []
        for _ in businesses:
            with database.transaction() as session:
                claimed.append(runs.claim_run(session, "bench", now=self.clock.now()))
        return claimed


@contextmanager
def open_bench(clock, *, businesses, latency_ms=0, now=None):
    """Everything of a sandbox with so many businesses, connected; closed with the block."""
    arguments = ["--businesses", str(businesses), "--latency-ms", str(latency_ms)]
    arguments += ["--now", now.isoformat()] if now else []
    waiting = Transport(clock)
    with running_sandbox(arguments, waiting) as port, _open_folder(Sandbox(port), clock) as bench:
        waiting.close()
        yield bench


@contextmanager
def _open_folder(sandbox, clock):
    with ExitStack() as stack:
        transport = Transport(clock)
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        settings = stage_settings(sandbox.port, Path(folder) / "data")
        migrate(settings)
        workplace = stack.enter_context(open_workplace(settings, clock, transport=transport))
        connect_demo(sandbox.port, workplace.database, workplace.accounts, transport, clock)
        yield Bench(sandbox, settings, clock, transport, workplace)


def sum_of(ended, column):
    """The sum of a step's column over all steps of all runs."""
    return sum(getattr(step, column) for run in ended for step in run.steps)
