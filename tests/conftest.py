"""Fixtures for all tests: a clock that stands still, settings in a folder of their own, real databases."""

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from core.clock import MovableClock
from core.ops.migrate import migrate
from core.ops.models import Account
from core.ops.session import open_operations
from core.settings import PROJECT_ROOT, Settings
from core.warehouse.connection import Warehouse

REPLAY = PROJECT_ROOT.parent / "shared" / "data" / "replay"
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


@pytest.fixture
def clock():
    return MovableClock(NOW)


@pytest.fixture
def settings(tmp_path):
    return Settings.read(data_dir=tmp_path / "data")


@pytest.fixture
def database(settings):
    migrate(settings)
    database = open_operations(settings)
    yield database
    database.close()


@pytest.fixture
def warehouse(settings):
    settings.data_dir.mkdir(exist_ok=True)
    with Warehouse(settings.warehouse_path, settings.published_dir) as warehouse:
        yield warehouse


@pytest.fixture(scope="session")
def replayed(tmp_path_factory):
    """A data folder with the real posts, synced once through the platforms' dialects; the time is NOW."""
    if not REPLAY.exists():
        assert os.environ.get("CI") != "true", f"{REPLAY} is missing"
        pytest.skip(f"the real posts are not at {REPLAY}")
    data_dir = tmp_path_factory.mktemp("replay") / "data"
    options = ["--once", "--replay", str(REPLAY), "--posts", "5000", "--now", NOW.isoformat()]
    done = subprocess.run(
        [sys.executable, "-m", "core", "demo", *options],
        cwd=PROJECT_ROOT,
        env={**os.environ, "TIDELINE_DATA_DIR": str(data_dir)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return data_dir


@pytest.fixture(scope="session")
def together(replayed, tmp_path_factory):
    """The same real accounts, all of them in the first business."""
    data_dir = tmp_path_factory.mktemp("together") / "data"
    shutil.copytree(replayed, data_dir, symlinks=True)
    database = open_operations(Settings.read(data_dir=data_dir))
    with database.transaction() as session:
        session.execute(update(Account).values(business_id=1))
    database.close()
    return data_dir


@pytest.fixture(autouse=True)
def _no_settings_of_the_developer(monkeypatch):
    """Tests see neither the developer's .env nor her TIDELINE_ variables."""
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    for name in [name for name in os.environ if name.startswith("TIDELINE_")]:
        monkeypatch.delenv(name)


def pytest_collection_modifyitems(items):
    """Browser tests come last: Playwright keeps an event loop running in the main thread."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
