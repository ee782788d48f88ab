"""Fixtures for all tests: a clock that stands still, settings in a folder of their own, real databases."""

import os
from datetime import UTC, datetime

import pytest

from core.clock import MovableClock
from core.ops.migrate import migrate
from core.ops.session import open_operations
from core.settings import Settings
from core.warehouse.connection import Warehouse

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


@pytest.fixture(autouse=True)
def _no_settings_of_the_developer(monkeypatch):
    """Tests see neither the developer's .env nor her TIDELINE_ variables."""
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    for name in [name for name in os.environ if name.startswith("TIDELINE_")]:
        monkeypatch.delenv(name)


def pytest_collection_modifyitems(items):
    """Browser tests come last: Playwright keeps an event loop running in the main thread."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
