"""What does a benchmark look at from outside? Processes of Tideline on a data folder, until the block ends."""

import os
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from core.ports import find_free_port
from core.settings import PROJECT_ROOT

PATIENCE_S = 120


class Site:
    """A running web process and its address."""

    def __init__(self, process, port):
        self.process, self.port = process, port
        self.url = f"http://localhost:{port}"

    def memory_mb(self):
        """What the process holds now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


@contextmanager
def running(*arguments, environment):
    """A process of ours; ended with the block."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=PROJECT_ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=60)


@contextmanager
def running_site(data_dir, *, with_sidecar=False, **settings):
    """The web process on a folder, and the sidecar if it is wanted."""
    port = find_free_port()
    own = {"DATA_DIR": str(data_dir), "PUBLIC_URL": f"http://localhost:{port}", **settings}
    environment = {**os.environ, **{f"TIDELINE_{name}": value for name, value in own.items()}, "MALLOC_ARENA_MAX": "2"}
    with ExitStack() as stack:
        if with_sidecar:
            stack.enter_context(running("-m", "core", "sidecar", environment=environment))
        web = stack.enter_context(running("-m", "core", "web", "--port", str(port), environment=environment))
        _wait_for(f"http://127.0.0.1:{port}/api/v1/health", web)
        yield Site(web, port)


@contextmanager
def running_empty_page():
    """A Streamlit page with nothing but a word on it."""
    port = find_free_port()
    options = ["--server.port", str(port), "--server.headless", "true", "--browser.gatherUsageStats", "false"]
    script = str(Path(__file__).with_name("empty_page.py"))
    with running("-m", "streamlit", "run", script, *options, environment={**os.environ}) as process:
        _wait_for(f"http://127.0.0.1:{port}/_stcore/health", process)
        yield Site(process, port)


def _wait_for(url, process):
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        assert process.poll() is None, f"{url}: the process has ended"
        try:
            if httpx.get(url, timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise TimeoutError(f"{url} did not answer within {PATIENCE_S} s")
