"""How fast is a sync, and how much faster than a peer? Ten businesses of four accounts with 100 posts, every answer 100 ms late.

First a sync in a folder that is thrown away: the sandbox makes up its posts, and both processes do what they do only once. Then,
in a new folder, the first sync, the same again, and the same requests by dlt. The chain is computed from the requests: asked.py.
Beside it stands the floor: the same requests by a client that does nothing with the answers, floor.py. The sandbox answers
one request at a time, so no engine comes below that, however short the chain is.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from core.clock import SystemClock
from core.domain import RunState
from tests.bench.asked import AskLog, chain_of
from tests.bench.lines import show
from tests.bench.peer_plan import plan_of
from tests.bench.stage import open_bench, sum_of

BUSINESSES = 10
LATENCY_S = 0.1
CHAIN_BAR, PEER_BAR = 2.0, 5.0
WORKERS_AS_SHIPPED, WORKERS_TUNED = 5, 64


def main():
    """Print the ratios; whether every sync succeeded and nothing was added where nothing had changed."""
    with open_bench(SystemClock(), businesses=BUSINESSES, latency_ms=int(LATENCY_S * 1000)) as bench:
        bench.sync_all()
        with bench.afresh() as fresh:
            return _measure(fresh)


def _measure(bench):
    log = AskLog(bench.transport)
    ids = {account.external_id for account in bench.accounts()}
    first = _timed(bench, log, ids)
    known = _count_rows(bench)
    again = _timed(bench, log, ids)
    added = _count_rows(bench) - known
    _show_chain("first sync, 100 posts and 20 days", *first)
    _show_chain("the same again", *again)
    moved = sum_of(again[2], "rows_changed")
    show("rows added again beyond counters that moved meanwhile", added - moved, f"{known} known, {moved} moved", bar=0)
    for workers, remark in ((WORKERS_AS_SHIPPED, "as shipped"), (WORKERS_TUNED, "tuned")):
        peer = ask_peer(first[1], workers)
        rows = f"{peer['seconds']:.2f} s, {peer['requests']} requests, {peer['rows']} rows"
        ratio = peer["seconds"] / first[0]
        show(f"dlt with {workers} workers ({remark}) / our first sync", ratio, rows, bar=PEER_BAR, at_least=True)
    return added == moved and all(run.state is RunState.SUCCEEDED for run in first[2] + again[2])


def ask_peer(taken, workers):
    """What dlt says of the same requests, in a process of its own."""
    return _replayed("tests.bench.peer_dlt", taken, str(workers))


def ask_floor(taken):
    """The seconds of a client that throws the answers away; the better of two, for the machine may be busy."""
    return min(_replayed("tests.bench.floor", taken) for _ in range(2))


def _replayed(module, taken, *arguments):
    with tempfile.TemporaryDirectory() as folder:
        plan = Path(folder) / "plan.json"
        plan.write_text(json.dumps(plan_of(taken)), encoding="utf-8")
        command = [sys.executable, "-m", module, str(plan), *arguments]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _timed(bench, log, ids):
    log.take()
    seconds, ended = bench.sync_all()
    return seconds, log.take(known=ids), ended


def _show_chain(name, seconds, taken, ended):
    chain = chain_of(taken)
    rows = f"{sum_of(ended, 'rows_new')} new, {sum_of(ended, 'rows_changed')} changed rows"
    remark = f"{seconds:.2f} s, {len(taken)} requests, chain {chain} x {LATENCY_S} s, {rows}"
    show(f"{name} / its chain", seconds / (chain * LATENCY_S), remark, bar=CHAIN_BAR)
    floor = ask_floor(taken)
    show(
        f"{name} / the floor",
        seconds / floor,
        f"{floor:.2f} s, the floor itself / the chain {floor / (chain * LATENCY_S):.1f}",
    )


def _count_rows(bench):
    tables = ("post_metrics", "account_metrics")
    return sum(int(bench.frame(f"SELECT count(*) AS n FROM {table}").n[0]) for table in tables)
