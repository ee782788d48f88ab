"""Here Plotly checks every property of every chart."""

import pytest

from core.charts import frame


@pytest.fixture(autouse=True)
def _validated(monkeypatch):
    monkeypatch.setattr(frame, "VALIDATES", True)
