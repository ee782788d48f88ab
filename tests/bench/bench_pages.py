"""How long does the server take for each page, with all result caches empty? At 100 thousand snapshots and at 10 million."""

import gc
import importlib
import logging
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from unittest import mock

from core.settings import PROJECT_ROOT
from tests.bench.grown import BIG, SMALL, grown_folder
from tests.bench.lines import show

BAR_MS = 300
ROUNDS = 5
SHELL = PROJECT_ROOT / "core" / "ui" / "shell.py"
BUSINESS = {"business": "Brand 07"}
QUARTER = {"period": "90 days"}


@dataclass(frozen=True)
class Visit:
    """A page and what it looks at."""

    page: str
    scope: str
    parameters: dict = field(default_factory=dict)


VISITS = (
    Visit("overview", "all businesses, 30 days"),
    Visit("overview", "all businesses, 90 days", QUARTER),
    Visit("business", "one business, 30 days", BUSINESS),
    Visit("business", "one business, 90 days", BUSINESS | QUARTER),
    Visit("posts", "all businesses, 30 days"),
    Visit("posts", "all businesses, 90 days", QUARTER),
    Visit("post", "one post", {"account": "25", "post": "urn:li:share:0000000000025000040"}),
    Visit("content", "all businesses, 30 days"),
    Visit("content", "all businesses, 90 days", QUARTER),
    Visit("audience", "all businesses, 30 days"),
    Visit("audience", "all businesses, 90 days", QUARTER),
    Visit("compare", "all businesses, 30 days"),
    Visit("compare", "all businesses, 90 days", QUARTER),
    Visit("coverage", "all businesses, 30 days"),
    Visit("coverage", "all businesses, 90 days", QUARTER),
    Visit("metrics", "the catalog"),
)


def main():
    """Print each page's time as a share of the bar; whether every page came without an exception."""
    small, big = (_measured(size) for size in (SMALL, BIG))
    for visit, at_small, at_big in zip(VISITS, small, big, strict=True):
        remark = f"{at_big[0]:.0f} ms ({at_big[1]:.0f} ms of CPU); {at_big[0] / at_small[0]:.2f} x the {at_small[0]:.0f} ms at {SMALL.name}"
        show(f"{visit.page}, {visit.scope} / {BAR_MS} ms", at_big[0] / BAR_MS, remark, bar=1.0)
    return True


def _measured(size):
    """By visit: milliseconds, and those of CPU, in a process of its own."""
    settings = grown_folder(size)
    environment = {**os.environ, "TIDELINE_DATA_DIR": str(settings.data_dir)}
    command = [sys.executable, "-m", "tests.bench.bench_pages"]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout
    return [tuple(map(float, line.split())) for line in told.splitlines()]


class Watch:
    """A stopwatch around every run of the script; the least of what it saw."""

    def __init__(self):
        self.least = (float("inf"), float("inf"))
        self.last = None

    def run(self, original, runner):
        began, used = time.perf_counter(), time.process_time()
        original(runner)
        self.last = ((time.perf_counter() - began) * 1000, (time.process_time() - used) * 1000)

    def keep(self):
        self.least = tuple(map(min, self.least, self.last))


def measure(visits=VISITS, rounds=ROUNDS, each=None):
    """The least milliseconds, wall and CPU, of each visit: the page anew in an open session, nothing cached but what is open."""
    import streamlit as st  # noqa: PLC0415
    from streamlit.testing.v1.local_script_runner import LocalScriptRunner  # noqa: PLC0415

    logging.disable(logging.WARNING)
    _warm_up()
    original = LocalScriptRunner._run_script_thread
    for visit in visits:
        watch = Watch()
        with mock.patch.object(
            LocalScriptRunner, "_run_script_thread", lambda runner, watch=watch: watch.run(original, runner)
        ):
            at = _open(visit)
            for _ in range(rounds):
                st.cache_data.clear()
                with each(visit) if each else mock.MagicMock():
                    at.run()
                assert not at.exception, (visit, at.exception)
                watch.keep()
        yield visit, watch.least


def _warm_up():
    import app  # noqa: PLC0415

    for module in app.WARM_UP:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()


def _open(visit):
    from streamlit.testing.v1 import AppTest  # noqa: PLC0415

    at = AppTest.from_file(str(SHELL), default_timeout=60)
    for name, value in visit.parameters.items():
        at.query_params[name] = value
    at.run()
    if visit.page != "overview":
        at.switch_page(str(PROJECT_ROOT / "pages" / "insights" / f"{visit.page}.py"))
        for name, value in visit.parameters.items():
            at.query_params[name] = value
        at.run()
    assert not at.exception, (visit, at.exception)
    return at


if __name__ == "__main__":
    for _, (wall, cpu) in measure():
        print(wall, cpu)
