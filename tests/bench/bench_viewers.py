"""Do twenty viewers and a running sync bear with each other? Three seconds of thought between clicks, syncs one after another.

Ten businesses of four accounts with thirteen months behind them, synced for real against the sandbox. First the syncs alone, then
the same with twenty viewers who go from page to page.
"""

import asyncio
import random
import statistics
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from core.clock import SystemClock
from core.demo import connect_demo, running_sandbox, sandbox_settings
from core.domain import RunState, RunTrigger
from core.fetchers.transport import Transport
from core.ops import runs
from core.ops.businesses import list_businesses
from core.ops.migrate import migrate
from core.ops.session import open_operations
from core.settings import Settings
from core.wiring import open_accounts
from tests.bench import grown
from tests.bench.lines import show
from tests.bench.site import running_site
from tests.bench.viewer import opened

VIEWERS, THOUGHT_S, BUSINESSES = 20, 3.0, 10
WARM_S, ALONE_S, WATCHED_S = 15, 30, 60
RERUN_BAR_MS, SYNC_BAR, MEMORY_BAR_MB = 250, 1.5, 500
PAGES = ("", "business", "posts", "content", "audience", "compare", "coverage", "metrics")


@dataclass
class Seen:
    """What the viewers met with: seconds of each click, errors, and the web's memory at the end."""

    clicks: list = field(default_factory=list)
    errors: list = field(default_factory=list)
    memory_mb: float = 0.0


def main():
    """Print the ratios; whether nobody met an error and every sync succeeded."""
    with _folder() as (settings, own), running_site(settings.data_dir, with_sidecar=True, **own) as site:
        syncs = Syncs(settings)
        syncs.go_on(WARM_S)
        alone = syncs.go_on(ALONE_S)
        with syncs.meanwhile() as together:
            seen = asyncio.run(_watch(site, syncs.names()))
        syncs.close()
    _show_clicks(seen)
    _show_syncs(together, alone)
    memory = seen.memory_mb / MEMORY_BAR_MB
    show(f"web's memory with {VIEWERS} sessions / {MEMORY_BAR_MB} MB", memory, f"{seen.memory_mb:.0f} MB", bar=1.0)
    show("errors that a viewer met", len(seen.errors), "; ".join(sorted(set(seen.errors)))[:200], bar=0)
    return not seen.errors and syncs.states == {RunState.SUCCEEDED}


def _show_clicks(seen):
    slow, middle = statistics.quantiles(seen.clicks, n=20)[-1] * 1000, statistics.median(seen.clicks) * 1000
    remark = f"{slow:.0f} ms, median {middle:.0f} ms, of {len(seen.clicks)} clicks"
    show(f"p95 of a click, {VIEWERS} viewers / {RERUN_BAR_MS} ms", slow / RERUN_BAR_MS, remark, bar=1.0)


def _show_syncs(together, alone):
    with_viewers, by_itself = statistics.median(together), statistics.median(alone)
    remark = f"{with_viewers:.2f} s against {by_itself:.2f} s, medians of {len(together)} and {len(alone)}"
    show(f"sync with {VIEWERS} viewers / alone", with_viewers / by_itself, remark, bar=SYNC_BAR)


class Syncs:
    """Runs of every business, asked for again as soon as all have ended."""

    def __init__(self, settings):
        self._database = open_operations(settings)
        self.states = set()

    def names(self):
        with self._database.reading() as session:
            return [business.name for business in list_businesses(session)]

    def go_on(self, seconds):
        """How long each sync of all businesses took, one after another for so long."""
        until, took = time.monotonic() + seconds, []
        while time.monotonic() < until:
            took.append(self._sync())
        return took

    @contextmanager
    def meanwhile(self):
        """Syncs one after another for as long as the block lasts; what they took is there at its end."""
        took, ended = [], threading.Event()

        def go_on():
            while not ended.is_set():
                took.append(self._sync())

        thread = threading.Thread(target=go_on)
        thread.start()
        yield took
        ended.set()
        thread.join()

    def close(self):
        self._database.close()

    def _sync(self):
        began = time.perf_counter()
        with self._database.reading() as session:
            ids = [business.id for business in list_businesses(session)]
        now = SystemClock().now()
        asked = [runs.request_run(self._database, id_, RunTrigger.COMMAND, now=now).id for id_ in ids]
        while True:
            with self._database.reading() as session:
                states = {runs.get_run(session, run_id).state for run_id in asked}
            if all(state.is_final for state in states):
                self.states |= states
                return time.perf_counter() - began
            time.sleep(0.05)


async def _watch(site, names):
    seen = Seen()
    await asyncio.gather(*(_view(site, names, number, seen) for number in range(VIEWERS)))
    return seen


async def _view(site, names, number, seen):
    """A viewer comes in some time within the first thought, and then goes from page to page."""
    choose = random.Random(number)  # noqa: S311  # the same viewers every time
    await asyncio.sleep(choose.random() * THOUGHT_S)
    async with opened(site) as viewer:
        until = time.monotonic() + WATCHED_S
        await viewer.open("")
        while time.monotonic() < until:
            await viewer.read(THOUGHT_S)
            page = choose.choice(PAGES)
            seen.clicks.append(await viewer.open(page, **_scope(choose, names, page)))
        seen.errors += viewer.errors
        seen.memory_mb = max(seen.memory_mb, site.memory_mb())


def _scope(choose, names, page):
    is_whole = page != "business" and choose.random() < 0.5
    return {} if is_whole else {"business": choose.choice(names)}


@contextmanager
def _folder():
    """A folder of accounts that the sandbox knows, with their past; its settings, and those that its processes need."""
    clock = SystemClock()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "data"
        transport = Transport(clock)
        stack.callback(transport.close)
        port = stack.enter_context(running_sandbox(["--businesses", str(BUSINESSES), "--latency-ms", "100"], transport))
        own = sandbox_settings(port)
        settings = Settings.read(data_dir=folder, **{name.lower(): value for name, value in own.items()})
        migrate(settings)
        with open_accounts(settings, clock, transport=Transport(clock)) as (database, accounts):
            connect_demo(port, database, accounts, transport, clock)
        grown.fill(settings, grown.BIG, clock.now().replace(minute=0, second=0, microsecond=0))
        yield settings, own


if __name__ == "__main__":
    main()
