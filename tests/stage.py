"""A stage for the engine: a sandbox in a process of its own, its clock in the test's hand, and accounts connected to it."""

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from threading import Event

import httpx

from core.clock import MovableClock
from core.demo import connect_demo, running_sandbox, sandbox_settings
from core.domain import RunTrigger
from core.fetchers.transport import RetryPolicy, Transport
from core.ops import runs
from core.ops.accounts import list_connected
from core.ops.businesses import list_businesses
from core.ops.migrate import migrate
from core.settings import Settings
from core.warehouse.connection import PublishedWarehouse, find_published
from core.wiring import open_workplace
from tests.conftest import NOW


class Sandbox:
    """The sandbox process of a test session, and its clock."""

    def __init__(self, port):
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    def move_clock(self, now):
        httpx.post(f"{self.url}/_sandbox/clock", json={"now": now.isoformat()}).raise_for_status()

    def world(self):
        return httpx.get(f"{self.url}/_sandbox/world").json()


@contextmanager
def open_sandbox(*arguments):
    transport = Transport(MovableClock(NOW))
    with running_sandbox(list(arguments), transport) as port:
        yield Sandbox(port)
    transport.close()


class Faults(httpx.HTTPTransport):
    """The wire to the sandbox; a test may put an answer in the place of every one whose URL holds a text."""

    def __init__(self):
        super().__init__()
        self.instead = {}
        self.asked = []

    def handle_request(self, request):
        self.asked.append(str(request.url))
        for part, answer in self.instead.items():
            if part in str(request.url):
                return answer(request) if callable(answer) else httpx.Response(**answer)
        return super().handle_request(request)


@dataclass
class Stage:
    """Everything a sync test touches."""

    sandbox: Sandbox
    clock: MovableClock
    settings: Settings
    faults: Faults
    workplace: object

    @property
    def database(self):
        return self.workplace.database

    def accounts(self):
        with self.database.reading() as session:
            return {(a.business.name, a.platform.value): a for a in list_connected(session)}

    def businesses(self):
        with self.database.reading() as session:
            return list_businesses(session)

    def sync(self, business_id=None, stop=None):
        """Request, claim and carry out one run; the run as it ended."""
        business_id = business_id or self.businesses()[0].id
        runs.request_run(self.database, business_id, RunTrigger.MANUAL, now=self.clock.now())
        with self.database.transaction() as session:
            run = runs.claim_run(session, "test", now=self.clock.now())
        self.workplace.engine.sync_run(run, stop or Event())
        with self.database.reading() as session:
            return runs.get_run(session, run.id)

    def advance(self, **by):
        self.clock.advance(timedelta(**by))
        self.sandbox.move_clock(self.clock.now())

    def query(self, sql):
        published = PublishedWarehouse(find_published(self.settings.published_link))
        rows = list(published.frame(sql).itertuples(index=False, name=None))
        published.close()
        return [tuple(None if value != value else value for value in row) for row in rows]  # noqa: PLR0124  # NaN and NA


@contextmanager
def open_stage(sandbox, settings, clock):
    faults = Faults()
    transport = Transport(clock, policy=RetryPolicy(attempts=2), client=httpx.Client(transport=faults))
    sandbox.move_clock(clock.now())
    migrate(settings)
    with ExitStack() as stack:
        workplace = stack.enter_context(open_workplace(settings, clock, transport=transport))
        connect_demo(sandbox.port, workplace.database, workplace.accounts, transport, clock)
        yield Stage(sandbox, clock, settings, faults, workplace)


def stage_settings(port, data_dir):
    own = {name.lower(): value for name, value in sandbox_settings(port).items()}
    return Settings.read(data_dir=data_dir, backfill_days=20, backfill_posts=100, **own)
