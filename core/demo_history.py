"""How does the demo get its past? The real engine, against a sandbox of its own, under a clock that is moved through the months."""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.clock import Clock, ShiftedClock, SystemClock
from core.demo import HISTORY, connect_and_request, connect_login, list_logins, sandbox_settings, wait_for_sandbox
from core.demo_story import Story
from core.domain import RunTrigger
from core.fetchers.transport import Transport
from core.logs import configure_logging
from core.ops import history, requests, runs
from core.ops.businesses import ensure_business, list_businesses
from core.ops.goals import add_goal
from core.ops.migrate import migrate
from core.ops.models import SyncRun
from core.ops.notes import add_note
from core.ops.session import OperationsDatabase, open_operations
from core.sandbox.faults.gate import FaultBook
from core.sandbox.faults.script import parse_option, parse_script
from core.sandbox.server import build_app, serving
from core.sandbox.synthetic import build_world
from core.sandbox.world import World
from core.settings import Settings
from core.stopping import RunStop
from core.wiring import Workplace, open_workplace

NICENESS = 5
FIRST_SYNCS_S = 120
WRITER = "demo"


def begin_demo(settings: Settings, port: int, clock: Clock, *, history_of: tuple[int, int] | None) -> None:
    """Beside a demo that runs: connect its accounts and ask for their first syncs; then make the past of a world (seed, size)."""
    connect_and_request(settings, port, clock)
    if history_of is not None:
        seed, businesses = history_of
        make_history_beside(settings, seed=seed, businesses=businesses, clock=clock)


def make_history_beside(settings: Settings, *, seed: int, businesses: int, clock: Clock) -> None:
    """Once the first syncs have ended, as a guest on the machine: make the past, and ask the sidecar to take it over."""
    configure_logging("history", level=logging.ERROR)  # the past's troubles are no news
    database = open_operations(settings)
    try:
        _wait_for_first_syncs(database, clock)
        os.nice(NICENESS)
        story = Story(clock.now(), businesses)
        with database.transaction() as session:
            folder = str(settings.data_dir / HISTORY)
            request_id = history.begin_history(session, folder, last=story.now.date(), now=clock.now()).id
            write_down(session, story)
        try:
            for reached in make_history(settings, story, seed=seed):
                _record(database, request_id, reached, clock, is_ready=False)
        except Exception:
            with database.transaction() as session:
                sentence = "The demo's history could not be made; the demo's output says why. Start the demo again."
                requests.record_finished(session, request_id, error=sentence, now=clock.now())
            raise
        _record(database, request_id, story.now, clock, is_ready=True)
    finally:
        database.close()


def write_down(session: Session, story: Story) -> None:
    """Notes and goals of the story's people, where their businesses are still called so."""
    ids = {business.name: business.id for business in list_businesses(session)}
    for remark in story.remarks:
        if remark.business in ids:
            add_note(session, ids[remark.business], day=remark.day, text=remark.text, by=WRITER, now=story.now)
    for business, aim in story.aims:
        if business in ids:
            add_goal(session, ids[business], aim, by=WRITER, now=story.now)


def make_history(settings: Settings, story: Story, *, seed: int) -> Iterator[datetime]:
    """Carry out the story in a folder within the data folder, from its first moment to its last; each moment when it is done."""
    clock = ShiftedClock(SystemClock(), story.moments[0])
    world, book = build_world(seed, story.businesses), FaultBook()
    with (
        serving(build_app(world, clock, book=book)) as port,
        _opened(settings, port, clock) as workplace,
        closing(Transport(clock)) as transport,
    ):
        stage = _Stage(story, port, world, book, workplace, transport, clock)
        for moment in story.moments:
            clock.move_to(moment)
            stage.play(moment)
            yield moment


class _Stage:
    """Where the story is played: the sandbox, and Tideline as it looks at it."""

    def __init__(  # noqa: PLR0913, PLR0917  # it joins all of these
        self,
        story: Story,
        port: int,
        world: World,
        book: FaultBook,
        workplace: Workplace,
        transport: Transport,
        clock: Clock,
    ) -> None:
        self._book = book
        self._workplace = workplace
        self._transport = transport
        self._clock = clock
        self._newest = story.moments[-1]
        self._sign_ins = story.sign_ins
        self._rules = [(trouble, parse_script([parse_option(trouble.fault)], world)[0]) for trouble in story.troubles]
        wait_for_sandbox(port, transport)
        self._logins = list_logins(port, transport)

    def play(self, moment: datetime) -> None:
        """What is due at this moment: troubles begin and end, people sign in, everything is synced."""
        ago = self._newest - moment
        self._book.rules = [rule for trouble, rule in self._rules if trouble.is_met(ago)]
        due = [one for one in self._sign_ins if one.ago >= ago]
        self._sign_ins = [one for one in self._sign_ins if one.ago < ago]
        for one in due:
            login = self._logins[one.login]
            connect_login(
                login, self._business_of(login), self._workplace.accounts, transport=self._transport, only=one.provider
            )
        self._workplace.accounts.grants.refresh_due()
        self._sync_all()

    def _business_of(self, login: Mapping[str, Any]) -> int:
        with self._workplace.database.transaction() as session:
            name, zone = login["business"], login["timezone"]
            return ensure_business(session, name, timezone=zone, now=self._clock.now()).id

    def _sync_all(self) -> None:
        database, now = self._workplace.database, self._clock.now()
        with database.reading() as session:
            businesses = list_businesses(session)
        for business in businesses:
            runs.request_run(database, business.id, RunTrigger.SCHEDULE, now=now)
        with database.transaction() as session:
            runs.request_retries(session, now=now)
        while run := self._claim():
            self._workplace.engine.sync_run(run, RunStop())

    def _claim(self) -> SyncRun | None:
        with self._workplace.database.transaction() as session:
            return runs.claim_run(session, "history", now=self._clock.now())


@contextmanager
def _opened(settings: Settings, port: int, clock: Clock) -> Iterator[Workplace]:
    own = {name.lower(): value for name, value in sandbox_settings(port).items()}
    given = settings.model_dump(exclude_defaults=True)
    past = Settings.read(**{**given, **own, "data_dir": settings.data_dir / HISTORY})
    migrate(past)
    with open_workplace(past, clock) as workplace:
        yield workplace


def _record(database: OperationsDatabase, request_id: int, reached: datetime, clock: Clock, *, is_ready: bool) -> None:
    with database.transaction() as session:
        history.record_made(session, request_id, reached=reached.date(), is_ready=is_ready, now=clock.now())


def _wait_for_first_syncs(database: OperationsDatabase, clock: Clock) -> None:
    """They come first; where they do not end, the history is made beside them."""
    for _ in range(FIRST_SYNCS_S):
        with database.reading() as session:
            found = runs.list_runs(session)
        if found and all(run.state.is_final for run in found):
            return
        clock.sleep(1)
