"""How fast is a sync, as ratios measured in one run? 10 businesses of 4 accounts with 100 posts each, every answer 100 ms late."""

import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from core.clock import SystemClock
from core.demo import connect_demo, running_sandbox
from core.domain import RunState, RunTrigger
from core.fetchers.transport import Transport
from core.ops import runs
from core.ops.businesses import list_businesses
from core.ops.migrate import migrate
from core.warehouse.connection import PublishedWarehouse, find_published
from core.wiring import open_workplace
from tests.stage import stage_settings

BUSINESSES = 10
LATENCY_S = 0.1
CHAIN = 2
"""Round trips of an account that must follow one another: the posts, then their counters (profile and days need neither)."""


def main() -> int:
    clock = SystemClock()
    with ExitStack() as stack:
        transport = Transport(clock)
        stack.callback(transport.close)
        arguments = ["--businesses", str(BUSINESSES), "--latency-ms", str(int(LATENCY_S * 1000))]
        port = stack.enter_context(running_sandbox(arguments, transport))
        settings = stage_settings(port, Path(stack.enter_context(tempfile.TemporaryDirectory())) / "data")
        migrate(settings)
        workplace = stack.enter_context(open_workplace(settings, clock))
        connect_demo(port, workplace.database, workplace.accounts, transport, clock)
        first, second = (sync_all(workplace, clock) for _ in range(2))
        show("first sync (with 20 days of history)", *first)
        show("the same again", *second)
        copies = publish_times(workplace.engine._warehouse)
        print(f"{'publish / sync':<50} {copies / second[0]:6.3f}   {copies * 1000:.0f} ms a copy")
        published = PublishedWarehouse(find_published(settings.published_link))
        rows = published.frame(
            "SELECT (SELECT count(*) FROM post_metrics) + (SELECT count(*) FROM account_metrics) AS n"
        ).n[0]
        published.close()
        print(
            f"{'rows unchanged / rows known':<50} {sum_of(second[1], 'rows_unchanged') / rows:6.3f}   {rows} rows known"
        )
    return 0 if all(run.state is RunState.SUCCEEDED for run in first[1] + second[1]) else 1


def sync_all(workplace, clock):
    """Every business at once; seconds, and the runs as they ended."""
    with workplace.database.reading() as session:
        businesses = list_businesses(session)
    for business in businesses:
        runs.request_run(workplace.database, business.id, RunTrigger.COMMAND, now=clock.now())
    claimed = []
    for _ in businesses:
        with workplace.database.transaction() as session:
            claimed.append(runs.claim_run(session, "bench", now=clock.now()))
    began = time.perf_counter()
    with ThreadPoolExecutor(len(claimed)) as pool:
        list(pool.map(lambda run: workplace.engine.sync_run(run, threading.Event()), claimed))
    seconds = time.perf_counter() - began
    with workplace.database.reading() as session:
        return seconds, [runs.get_run(session, run.id) for run in claimed]


def show(name, seconds, ended):
    rows = f"{sum_of(ended, 'rows_new')} new, {sum_of(ended, 'rows_changed')} changed rows"
    wall = f"{seconds:.2f} s, {sum_of(ended, 'requests')} requests"
    print(f"{name + ': wall / chain':<50} {seconds / (CHAIN * LATENCY_S):6.2f}   {wall}, {rows}")


def sum_of(ended, column):
    return sum(getattr(step, column) for run in ended for step in run.steps)


def publish_times(warehouse, times=5):
    began = time.perf_counter()
    for _ in range(times):
        warehouse.publish()
    return (time.perf_counter() - began) / times


if __name__ == "__main__":
    sys.exit(main())
