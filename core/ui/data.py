"""Where do the pages get what they show? The only caching of the dashboard: connections, and frames by data version."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from types import FunctionType
from typing import Any, TypeVar

import pandas as pd
import streamlit as st

from core.clock import Clock, SystemClock
from core.domain import Platform
from core.errors import WarehouseError
from core.ops import overview, requests, run_summaries, sidecars
from core.ops.businesses import list_businesses
from core.ops.costs import spent_today
from core.ops.models import Business, Notice
from core.ops.overview import ConnectedAccount, LastRun
from core.ops.run_summaries import FailedRun, RunSummary, StepSummary
from core.ops.session import OperationsDatabase, open_operations
from core.ops.sidecars import SidecarStatus
from core.settings import Settings
from core.warehouse import queries
from core.warehouse.connection import PublishedWarehouse, find_published

Answer = TypeVar("Answer")

NEWEST_RUNS = 30
NEWEST_NOTICES = 10
NOTICES_STAY = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Pulse:
    """What a page has to be drawn anew for, when it changes."""

    version: str | None
    accounts: int
    sidecar_runs: bool
    job_error: str | None
    active_runs: tuple[int, ...]
    open_requests: int
    half_hour: int
    """An open page is drawn anew now and then: what it says of times is of now, and its sign-in tickets are fresh."""


def clock() -> Clock:
    """The clock of every page."""
    return SystemClock()


def now() -> datetime:
    """The time, for every page."""
    return clock().now()


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


def open_requests() -> int:
    """How many are still to be carried out."""
    with operations().reading() as session:
        return len(requests.list_open(session))


def sidecar() -> SidecarStatus:
    with operations().reading() as session:
        return sidecars.sidecar_status(session, now=now())


def runs(business_id: int | None) -> list[RunSummary]:
    with operations().reading() as session:
        return run_summaries.list_run_summaries(session, limit=NEWEST_RUNS, business_id=business_id)


def active_runs(business_id: int | None = None) -> list[RunSummary]:
    with operations().reading() as session:
        return run_summaries.list_active_summaries(session, business_id=business_id)


def steps(run_id: int) -> list[StepSummary]:
    with operations().reading() as session:
        return run_summaries.list_step_summaries(session, run_id)


def troubles(business_id: int | None) -> list[StepSummary]:
    with operations().reading() as session:
        return run_summaries.list_troubles(session, business_id=business_id)


def last_runs() -> dict[int, LastRun]:
    with operations().reading() as session:
        return overview.last_runs(session)


def failed_runs(business_id: int | None) -> list[FailedRun]:
    with operations().reading() as session:
        return run_summaries.list_failed_runs(session, business_id=business_id)


def notices() -> list[Notice]:
    with operations().reading() as session:
        return overview.list_notices(session, since=now() - NOTICES_STAY, limit=NEWEST_NOTICES)


def spent_on(platform: Platform) -> float:
    """What a platform has cost today (UTC), in USD, as estimated."""
    with operations().reading() as session:
        return spent_today(session, platform, now=now())


def pulse() -> Pulse:
    status = sidecar()
    return Pulse(
        version=version(),
        accounts=len(accounts()),
        sidecar_runs=status.is_running,
        job_error=status.job_error,
        active_runs=tuple(run.id for run in active_runs()),
        open_requests=open_requests(),
        half_hour=int(now().timestamp() // 1800),
    )


def version() -> str | None:
    """The published copy's name and age: the key of every cached frame. None where nothing is published."""
    path = find_published(settings().published_link)
    try:
        return f"{path}?{path.stat().st_mtime_ns}" if path else None
    except FileNotFoundError:
        return version()  # newer copies were published since the link was read: it points elsewhere now


def published() -> PublishedWarehouse | None:
    """The newest published copy, held open until a newer one has taken its place; None where there is none."""
    return _of_newest(lambda found: _open(found) if found else None)


@st.cache_resource(show_spinner=False, max_entries=2)
def _open(version: str) -> PublishedWarehouse:
    """Let go of by the cache, a copy is closed once the last session that reads it has done so."""
    return PublishedWarehouse(Path(version.rpartition("?")[0]))


def _of_newest(ask: Callable[[str | None], Answer]) -> Answer:
    """Ask the newest copy; where it was removed before it could be opened, ask the one that has taken its place."""
    found = version()
    try:
        return ask(found)
    except WarehouseError:
        newer = version()
        if newer == found:
            raise
        return ask(newer)


def account_days(account_ids: Sequence[int], first: date, last: date) -> pd.DataFrame:
    return _of_newest(lambda found: _account_days(found, tuple(account_ids), first, last))


def post_times(account_ids: Sequence[int], from_at: datetime, before_at: datetime) -> pd.DataFrame:
    return _of_newest(lambda found: _post_times(found, tuple(account_ids), from_at, before_at))


def posts_known(account_ids: Sequence[int]) -> pd.DataFrame:
    return _of_newest(lambda found: _posts_known(found, tuple(account_ids)))


def newest_days() -> pd.DataFrame:
    return _of_newest(_newest_days)


def last_looks() -> pd.DataFrame:
    return _of_newest(_last_looks)


def ask(query: Callable[..., pd.DataFrame], *arguments: Any) -> pd.DataFrame:
    """The newest copy's answer to a query, kept until there is a newer copy; query and arguments are its key."""
    return _of_newest(lambda found: _ask(found, query, arguments))


def _name_of(function: FunctionType) -> str:
    return f"{function.__module__}.{function.__qualname__}"


_KEYS: dict[str | type[Any], Callable[[Any], Any]] = {FunctionType: _name_of, tuple: repr}
"""What tells one question from another. Tuples of hundreds of accounts are written out: looked into one by one they cost 70 ms."""


@st.cache_data(show_spinner=False, max_entries=128, max_size="64MB", hash_funcs=_KEYS)
def _ask(version: str | None, query: Callable[..., pd.DataFrame], arguments: tuple[Any, ...]) -> pd.DataFrame:
    return query(_copy(version), *arguments)


def _copy(version: str | None) -> PublishedWarehouse:
    if version is None:
        raise LookupError("nothing is published yet; a page asks states.is_ready() first")
    return _open(version)


@st.cache_data(show_spinner=False, max_entries=32, hash_funcs=_KEYS)
def _account_days(version: str | None, account_ids: tuple[int, ...], first: date, last: date) -> pd.DataFrame:
    return queries.account_days(_copy(version), account_ids, first, last)


@st.cache_data(show_spinner=False, max_entries=32, hash_funcs=_KEYS)
def _post_times(
    version: str | None, account_ids: tuple[int, ...], from_at: datetime, before_at: datetime
) -> pd.DataFrame:
    return queries.post_times(_copy(version), account_ids, from_at, before_at)


@st.cache_data(show_spinner=False, max_entries=32, hash_funcs=_KEYS)
def _posts_known(version: str | None, account_ids: tuple[int, ...]) -> pd.DataFrame:
    return queries.posts_known(_copy(version), account_ids)


@st.cache_data(show_spinner=False, max_entries=4)
def _newest_days(version: str | None) -> pd.DataFrame:
    return queries.newest_days(_copy(version))


@st.cache_data(show_spinner=False, max_entries=4)
def _last_looks(version: str | None) -> pd.DataFrame:
    return queries.freshness(_copy(version))
