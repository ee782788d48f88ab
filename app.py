"""The web process: dashboard, REST and OAuth routes, middleware and lifespan in one ASGI app. Started by `python -m core web`."""

import gc
import importlib
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from functools import cache

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Mount

from core.clock import SystemClock
from core.logs import configure_logging
from core.settings import Settings
from core.tickets import TicketOffice
from core.ui.failures import report_failure
from core.vault import Vault
from core.web.api import create_api
from core.web.edge import Edge, picture_origins
from core.web.flows import FlowBook, FlowCache
from core.web.logs import adopt_server_logs
from core.web.oauth import Desk, create_oauth
from core.wiring import open_accounts

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
    "core.ui.run_drawer",
    "core.ui.sync_bar",
    "core.ui.sync_tables",
)
"""What the pages use: imported before the first visitor, so that the first page is as fast as the next."""

settings, clock, opened = Settings.read(), SystemClock(), ExitStack()


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    for module in WARM_UP:
        importlib.import_module(module)
    configure_logging("web")
    adopt_server_logs()
    gc.collect()
    gc.freeze()  # Streamlit collects after every run; without this each look of a live page costs 50 ms instead of 8
    with opened:
        yield


@cache
def open_desk() -> Desk:
    """What sign-ins work with, from the first one on."""
    database, accounts = opened.enter_context(open_accounts(settings, clock))
    flows = FlowBook(FlowCache(database, Vault.open(settings), clock), clock)
    return Desk(accounts, flows, TicketOffice(settings))


app = st.App(
    "core/ui/shell.py",
    routes=[
        Mount("/api/v1", app=create_api(settings, clock)),
        Mount("/oauth", app=create_oauth(settings, open_desk)),
    ],
    middleware=[Middleware(Edge, public_url=settings.public_url, pictures=picture_origins(settings))],
    lifespan=lifespan,
    on_script_error=report_failure,
)
