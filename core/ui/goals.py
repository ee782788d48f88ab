"""How are the goals of a business drawn? A card each with its progress, and the way to set and change them."""

from collections.abc import Sequence
from datetime import date

import pandas as pd
import streamlit as st

from core.analytics.goals import Progress
from core.ops.models import Goal
from core.ui import downloads, goal_dialog, goal_facts, goal_text
from core.ui.controls import Scope

Known = tuple[Goal, Progress]


def section(scope: Scope) -> None:
    """Those that are under way or to come, and the ones that are over put away below."""
    if scope.business_id is None:
        return
    known = goal_facts.of_business(scope.business_id)
    if known:
        downloads.keep(goal_text.TITLE, _frame(known))
    current = sorted((one for one in known if not one[1].is_over), key=_by_end)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.subheader(goal_text.TITLE, anchor=False, width="content")
        st.button(goal_text.SET, key="goal_add", icon=":material/add:", on_click=goal_dialog.ask_for_new)
    st.caption(goal_text.ALL_PLATFORMS if known else goal_text.NONE)
    _cards(current)
    ended = [one for one in known if one[1].is_over]
    if ended:
        with st.expander(f"{goal_text.ENDED} ({len(ended)})"):
            _cards(ended)
    goal_dialog.draw(scope.business_id, [goal for goal, _ in known])


def _by_end(one: Known) -> tuple[bool, date]:
    """Those that have begun first, of these the one that ends first."""
    goal, found = one
    return not found.elapsed, goal.ends_on


def _cards(known: Sequence[Known]) -> None:
    if not known:
        return
    with st.grid(4, min_column_width=220, gap="small"):
        for goal, found in known:
            with st.container(border=True, gap="xsmall", height="stretch"):
                _card(goal, found)


def _card(goal: Goal, found: Progress) -> None:
    word, color, icon = goal_text.STANDINGS[found.standing]
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.badge(word, color=color, icon=icon, help=goal_text.BEHIND_HELP)
        st.button("Edit", key=f"goal_{goal.id}", type="tertiary", on_click=goal_dialog.ask_to_change, args=(goal.id,))
    st.metric(
        goal_text.LABELS[goal.metric],
        goal_text.value(goal.metric, found.value),
        delta_description=goal_text.target(found.aim),
        help=goal_text.explained(goal.metric),
    )
    if found.reached is not None:
        st.progress(min(max(found.reached, 0.0), 1.0))
    st.caption("  \n".join(goal_text.details(found)))


def _frame(known: Sequence[Known]) -> pd.DataFrame:
    """The goals as a table to take away; a share or number that is not known is empty."""
    rows = [
        {
            "number": goal.metric.value,
            "starts_on": goal.starts_on,
            "ends_on": goal.ends_on,
            "target": goal.target,
            "value": found.value,
            "reached": found.reached,
            "elapsed": found.elapsed,
            "standing": goal_text.STANDINGS[found.standing][0],
            "accounts_counted": found.coverage.counted if found.coverage else None,
            "accounts": found.coverage.shown if found.coverage else None,
        }
        for goal, found in known
    ]
    dates, counts = ("starts_on", "ends_on"), ("accounts_counted", "accounts")
    types = {
        **dict.fromkeys(dates, "datetime64[s]"),
        **dict.fromkeys(counts, "Int64"),
        "value": "float64",
        "reached": "float64",
    }
    return pd.DataFrame(rows).astype(types)
