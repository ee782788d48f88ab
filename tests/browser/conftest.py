"""A real browser on the real demo: `python -m core demo` as a process, Chromium driven by Playwright."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import sync_playwright

from core.ops.models import Sidecar
from core.ops.runs import list_runs
from core.ops.session import open_operations
from core.ports import find_free_port
from core.settings import PROJECT_ROOT, Settings

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOW_TO_GET_IT = "no Chromium found: `apt-get install chromium`, or set CHROMIUM=/path/to/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_chromium():
    named = os.environ.get("CHROMIUM")
    return named or next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser():
    path = find_chromium()
    if path is None:
        assert os.environ.get("CI") != "true", HOW_TO_GET_IT
        pytest.skip(HOW_TO_GET_IT)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


class Demo:
    """A running demo: its address, its data folder, its processes."""

    def __init__(self, process, port, data_dir):
        self.process, self.port, self.data_dir = process, port, data_dir
        self.url = f"http://localhost:{port}"

    def get(self, path):
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=5)

    @contextmanager
    def operations(self):
        database = open_operations(Settings.read(data_dir=self.data_dir))
        yield database
        database.close()

    def sidecar_pids(self):
        """The process ids of all sidecars that ever beat here, the newest first."""
        with self.operations() as database, database.reading() as session:
            found = session.query(Sidecar).order_by(Sidecar.beat_at.desc()).all()
        return [int(sidecar.instance.rsplit(":", 1)[1]) for sidecar in found]

    def state(self):
        return self.get("/api/v1/scheduler/status").json()["status"]["state"]

    def processes(self):
        """Every process that this demo has started and that still lives, by its environment."""
        mark = f"TIDELINE_DATA_DIR={self.data_dir}\0".encode()
        alive = []
        for environment in Path("/proc").glob("[0-9]*/environ"):
            try:
                if mark in environment.read_bytes() + b"\0" and (environment.parent / "cmdline").read_bytes():
                    alive.append(int(environment.parent.name))
            except OSError:  # it ended while we looked, or is not ours
                continue
        return alive


@contextmanager
def running_demo(data_dir, *arguments):
    port = find_free_port()
    environment = {**os.environ, "TIDELINE_DATA_DIR": str(data_dir)}
    process = subprocess.Popen(
        [sys.executable, "-m", "core", "demo", "--port", str(port), *arguments],
        cwd=PROJECT_ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    demo = Demo(process, port, data_dir)
    try:
        wait_until(lambda: is_synced(demo), seconds=90)
        yield demo
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=45)


def is_synced(demo):
    assert demo.process.poll() is None, demo.process.stdout.read().decode()
    try:
        health = demo.get("/api/v1/health")
        runs = newest_runs(demo)
    except (httpx.TransportError, OSError):
        return False
    return health.status_code == 200 and len(runs) >= 3 and all(run.state.is_final for run in runs)


def newest_runs(demo):
    with demo.operations() as database, database.reading() as session:
        return list_runs(session)


def wait_until(condition, *, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"did not come true within {seconds} s"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def demo(browser, tmp_path_factory):
    quiet = ("--latency-ms", "150", "--no-history")
    with running_demo(tmp_path_factory.mktemp("demo") / "data", *quiet) as demo:
        yield demo


@pytest.fixture
def page(browser, demo):
    """A fresh page at the size of a laptop; what it complains about is kept in `page.complaints`."""
    context = browser.new_context(
        base_url=demo.url, locale="en-US", timezone_id="UTC", viewport={"width": 1440, "height": 1200}
    )
    page = context.new_page()
    page.complaints = []
    page.strangers = []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("request", lambda request: page.strangers.append(request.url) if "localhost" not in request.url else None)
    yield page
    context.close()


def open_page(page, path):
    page.goto(path)
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(timeout=30_000)
