"""A stage for the engine: a sandbox in a process of its own, its clock in the test's hand, and accounts connected to it."""

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pandas as pd

from core.clock import MovableClock
from core.demo import connect_demo, running_sandbox, sandbox_settings
from core.domain import RunTrigger
from core.fetchers.transport import RetryPolicy, Transport
from core.ops import runs
from core.ops.accounts import list_connected
from core.ops.businesses import list_businesses
from core.ops.migrate import migrate
from core.settings import Settings
from core.stopping import RunStop
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

    def play(self, *rules):
        """Put these faults in the place of the earlier ones; none of them: all answers are good again."""
        httpx.post(f"{self.url}/_sandbox/faults", json=list(rules)).raise_for_status()

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
        return self.pass_on(request)

    def pass_on(self, request):
        """What the sandbox answers."""
        return super().handle_request(request)


@dataclass
class Stage:
    """Everything a sync test touches."""

    sandbox: Sandbox
    clock: MovableClock
    settings: Settings
    faults: Faults
    workplace: object
    reopen: object = None

    @property
    def database(self):
        return self.workplace.database

    def accounts(self):
        with self.database.reading() as session:
            return {(a.business.name, a.platform.value): a for a in list_connected(session)}

    def businesses(self):
        with self.database.reading() as session:
            return list_businesses(session)

    def sync(self, business_id=None, stop=None, trigger=RunTrigger.MANUAL):
        """Request, claim and carry out one run; the run as it ended."""
        business_id = business_id or self.businesses()[0].id
        run = runs.request_run(self.database, business_id, trigger, now=self.clock.now())
        return self.carry_out(run.id, stop)

    def carry_out(self, run_id, stop=None):
        with self.database.transaction() as session:
            run = runs.claim_run(session, "test", now=self.clock.now())
        assert run.id == run_id
        self.workplace.engine.sync_run(run, stop if isinstance(stop, RunStop) else RunStop(stop))
        with self.database.reading() as session:
            return runs.get_run(session, run.id)

    def restart(self):
        """Close everything and open it again, as a new sidecar would."""
        self.reopen()

    def advance(self, **by):
        self.clock.advance(timedelta(**by))
        self.sandbox.move_clock(self.clock.now())

    def query(self, sql):
        published = PublishedWarehouse(find_published(self.settings.published_link))
        rows = list(published.frame(sql).itertuples(index=False, name=None))
        published.close()
        return [tuple(None if pd.api.types.is_scalar(v) and pd.isna(v) else v for v in row) for row in rows]


@contextmanager
def open_stage(sandbox, settings, clock):
    faults = Faults()
    transport = Transport(clock, policy=RetryPolicy(attempts=2), client=httpx.Client(transport=faults))
    sandbox.move_clock(clock.now())
    sandbox.play()
    migrate(settings)
    with ExitStack() as stack:
        opened = stack.enter_context(ExitStack())
        workplace = opened.enter_context(open_workplace(settings, clock, transport=transport))
        connect_demo(sandbox.port, workplace.database, workplace.accounts, transport, clock)
        stage = Stage(sandbox, clock, settings, faults, workplace)

        def reopen():
            opened.close()
            fresh = Transport(clock, policy=RetryPolicy(attempts=2), client=httpx.Client(transport=faults))
            stage.workplace = opened.enter_context(open_workplace(settings, clock, transport=fresh))

        stage.reopen = reopen
        yield stage


def stage_settings(port, data_dir, **more):
    own = {name.lower(): value for name, value in sandbox_settings(port).items()}
    return Settings.read(data_dir=data_dir, **{"backfill_days": 20, "backfill_posts": 100, **own, **more})
