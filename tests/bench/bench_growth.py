"""How much does the warehouse grow in a day of hourly syncs? Forty accounts, after the days that their past came in."""

from datetime import timedelta

from core.clock import MovableClock
from core.domain import RunState, RunTrigger
from tests.bench.lines import show
from tests.bench.stage import open_bench
from tests.conftest import NOW

BUSINESSES = 10
BAR_MB = 1.0


def main():
    """Print the growth as a share of the bar; whether every sync succeeded."""
    clock = MovableClock(NOW)
    with open_bench(clock, businesses=BUSINESSES, now=NOW) as bench:
        states = _sync(bench)
        before, rows = _size_mb(bench), _rows(bench)
        for _ in range(24):
            clock.advance(timedelta(hours=1))
            bench.sandbox.move_clock(clock.now())
            states |= _sync(bench)
        grown = _size_mb(bench) - before
        remark = f"{grown:.2f} MB and {_rows(bench) - rows} rows of counters in 24 hours, {before:.1f} MB before"
        show(f"growth in a day / {BAR_MB} MB", grown / BAR_MB, remark, bar=1.0)
        return states == {RunState.SUCCEEDED}


def _sync(bench):
    return {run.state for run in bench.sync_all(RunTrigger.SCHEDULE)[1]}


def _size_mb(bench):
    return bench.settings.published_link.stat().st_size / 1e6


def _rows(bench):
    tables = ("post_metrics", "account_metrics")
    return sum(int(bench.frame(f"SELECT count(*) AS n FROM {table}").n[0]) for table in tables)
