"""What stands above every page? Its title, whether the data is a demo, and how far the data reaches."""

import streamlit as st

from core.errors import AppError
from core.ui import data, demo_line, facts, text
from core.ui.controls import Scope


def draw(title: str, scope: Scope) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.title(title, anchor=False, width="content")
        with st.container(horizontal=True, vertical_alignment="center", width="content", gap="small"):
            if data.settings().demo:
                st.badge("Demo data", icon=":material/science:", color="violet")
            st.caption(_freshness(scope), width="content")
    if data.settings().demo:
        demo_line.draw()


def _freshness(scope: Scope) -> str:
    """Data covers to Sun 22 Nov · 2 of 12 accounts are behind."""
    try:
        known = facts.covers_to(facts.accounts_in(scope)) if data.published() else None
    except AppError:
        known = None  # the page says what is wrong with the published copy
    if known is None or known.never == known.accounts:
        return "No data yet"
    of = f"of {text.count(known.accounts, 'account')}"
    lacks = {
        f"{of} behind": known.behind,
        f"{of} without daily numbers": known.without_days,
        f"{of} not synced yet": known.never,
    }
    reach = [f"Data covers to {text.day(known.day)}"] if known.day else []
    return " · ".join([*reach, *(f"{n} {what}" for what, n in lacks.items() if n)])
