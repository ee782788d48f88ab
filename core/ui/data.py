"""Where do the pages get what they show? The only caching of the dashboard: connections, and frames by data version."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import streamlit as st

from core.clock import SystemClock
from core.ops import overview, sidecars
from core.ops.businesses import list_businesses
from core.ops.models import Business
from core.ops.overview import ConnectedAccount, LastRun, RunSummary, StepSummary
from core.ops.session import OperationsDatabase, open_operations
from core.ops.sidecars import SidecarStatus
from core.settings import Settings
from core.warehouse import queries
from core.warehouse.connection import PublishedWarehouse, find_published

NEWEST_RUNS = 30


@dataclass(frozen=True, slots=True)
class Pulse:
    """What a page has to be drawn anew for, when it changes."""

    version: str | None
    accounts: int
    sidecar_runs: bool
    active_runs: tuple[int, ...]


def now() -> datetime:
    """The time, for every page."""
    return SystemClock().now()


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    return Settings.read()


@st.cache_resource(show_spinner=False)
def operations() -> OperationsDatabase:
    return open_operations(settings())


@st.cache_resource(show_spinner=False, validate=bool)
def schema_is_current() -> bool:
    """Asked until it is true, then believed."""
    return operations().is_current


def businesses() -> list[Business]:
    with operations().reading() as session:
        return list_businesses(session)


def accounts() -> list[ConnectedAccount]:
    with operations().reading() as session:
        return overview.list_connected_accounts(session)


def sidecar() -> SidecarStatus:
    with operations().reading() as session:
        return sidecars.sidecar_status(session, now=now())


def runs(business_id: int | None) -> list[RunSummary]:
    with operations().reading() as session:
        return overview.list_run_summaries(session, limit=NEWEST_RUNS, business_id=business_id)


def active_runs(business_id: int | None = None) -> list[RunSummary]:
    with operations().reading() as session:
        return overview.list_active_summaries(session, business_id=business_id)


def steps(run_id: int) -> list[StepSummary]:
    with operations().reading() as session:
        return overview.list_step_summaries(session, run_id)


def troubles(business_id: int | None) -> list[StepSummary]:
    with operations().reading() as session:
        return overview.list_troubles(session, business_id=business_id)


def last_runs() -> dict[int, LastRun]:
    with operations().reading() as session:
        return overview.last_runs(session)


def pulse() -> Pulse:
    return Pulse(version(), len(accounts()), sidecar().is_running, tuple(run.id for run in active_runs()))


def version() -> str | None:
    """The published copy's name and age: the key of every cached frame. None where nothing is published."""
    path = find_published(settings().published_link)
    return f"{path}?{path.stat().st_mtime_ns}" if path else None


def published() -> PublishedWarehouse | None:
    """The newest published copy, held open until a newer one has taken its place; None where there is none."""
    found = version()
    return _open(found) if found else None


@st.cache_resource(show_spinner=False, max_entries=2, on_release=PublishedWarehouse.close)
def _open(version: str) -> PublishedWarehouse:
    return PublishedWarehouse(Path(version.rpartition("?")[0]))


def account_days(account_ids: Sequence[int], first: date, last: date) -> pd.DataFrame:
    return _account_days(version(), tuple(account_ids), first, last)


def post_times(account_ids: Sequence[int], from_at: datetime, before_at: datetime) -> pd.DataFrame:
    return _post_times(version(), tuple(account_ids), from_at, before_at)


def posts_known_from(account_ids: Sequence[int]) -> pd.DataFrame:
    return _posts_known_from(version(), tuple(account_ids), settings().posts_per_sync)


def newest_days() -> pd.DataFrame:
    return _newest_days(version())


def last_looks() -> pd.DataFrame:
    return _last_looks(version())


def _copy(version: str | None) -> PublishedWarehouse:
    if version is None:
        raise LookupError("nothing is published yet; a page asks states.is_ready() first")
    return _open(version)


@st.cache_data(show_spinner=False, max_entries=32)
def _account_days(version: str | None, account_ids: tuple[int, ...], first: date, last: date) -> pd.DataFrame:
    return queries.account_days(_copy(version), account_ids, first, last)


@st.cache_data(show_spinner=False, max_entries=32)
def _post_times(
    version: str | None, account_ids: tuple[int, ...], from_at: datetime, before_at: datetime
) -> pd.DataFrame:
    return queries.post_times(_copy(version), account_ids, from_at, before_at)


@st.cache_data(show_spinner=False, max_entries=32)
def _posts_known_from(version: str | None, account_ids: tuple[int, ...], limit: int) -> pd.DataFrame:
    return queries.posts_known_from(_copy(version), account_ids, limit=limit)


@st.cache_data(show_spinner=False, max_entries=4)
def _newest_days(version: str | None) -> pd.DataFrame:
    return queries.newest_days(_copy(version))


@st.cache_data(show_spinner=False, max_entries=4)
def _last_looks(version: str | None) -> pd.DataFrame:
    return queries.freshness(_copy(version))
