"""The web process: dashboard, REST routes, middleware and lifespan in one ASGI app. Started by `python -m core web`."""

import gc
import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Mount

from core.clock import SystemClock
from core.settings import Settings
from core.ui.failures import report_failure
from core.web.api import create_api
from core.web.edge import Edge

WARM_UP = (
    "pandas",
    "pyarrow",
    "plotly.graph_objects",
    "core.fetchers",
    "core.analytics.kpis",
    "core.analytics.trends",
    "core.charts.lines",
    "core.ui.audience_page",
    "core.ui.business_page",
    "core.ui.cards",
    "core.ui.compare_page",
    "core.ui.content_page",
    "core.ui.coverage_page",
    "core.ui.metrics_page",
    "core.ui.post_page",
    "core.ui.post_tables",
    "core.ui.runs",
)
"""What the pages use: imported before the first visitor, so that the first page is as fast as the next."""


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    for module in WARM_UP:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()  # Streamlit collects after every run; without this each look of a live page costs 50 ms instead of 8
    yield


settings = Settings.read()

app = st.App(
    "core/ui/shell.py",
    routes=[Mount("/api/v1", app=create_api(settings, SystemClock()))],
    middleware=[Middleware(Edge, public_url=settings.public_url)],
    lifespan=lifespan,
    on_script_error=report_failure,
)
