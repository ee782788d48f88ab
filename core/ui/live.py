"""How does a page follow what happens, without a reload? One flat fragment a page, and a full rerun when something new is there."""

from dataclasses import replace
from datetime import datetime, timedelta

import streamlit as st

from core.ui import data
from core.ui.data import Pulse

BUSY_S = 1.5
CALM_S = 10.0
STEADY = timedelta(seconds=5)
"""A heart that beat within this time is steady (it beats every 2 s); silence beyond it is watched closely."""

STAYS = timedelta(seconds=12)
"""For so long a page stays as it was drawn while data comes in."""


def pace() -> float:
    """How often to look: closely while something is on its way, nothing is published or the sidecar is silent, else calmly."""
    status = data.sidecar()
    is_steady = status.is_running and status.beat_at is not None and data.now() - status.beat_at <= STEADY
    is_busy = data.active_runs() or data.open_requests()
    return CALM_S if is_steady and data.version() and not is_busy else BUSY_S


def follow() -> None:
    """Draw the page anew when there is new data, a new account, or the sidecar starts or stops."""
    _watch(data.pulse(), pace(), data.now())


def rerun_on_news(seen: Pulse, seen_pace: float) -> None:
    """For use inside a fragment: a full rerun when the pulse is another, or another pace is due."""
    if (data.pulse(), pace()) != (seen, seen_pace):
        st.rerun()


def rerun_on_lasting_news(seen: Pulse, seen_pace: float, drawn_at: datetime) -> None:
    """The same, but where nothing is new but data and how far syncs are, the page stays for a while before it changes.

    Businesses that are synced one after another publish every few seconds; twenty open pages, each drawn anew for each of them,
    would leave no time for a click.
    """
    is_fresh = seen.version is not None and data.now() - drawn_at < STAYS
    if not is_fresh or replace(data.pulse(), version=seen.version, active_runs=seen.active_runs) != seen:
        rerun_on_news(seen, seen_pace)


def _watch(seen: Pulse, seen_pace: float, drawn_at: datetime) -> None:
    st.fragment(run_every=seen_pace)(rerun_on_lasting_news)(seen, seen_pace, drawn_at)
