"""What is asked of a goal? Which number, how much, and between which days."""

from collections.abc import Sequence
from datetime import date

import streamlit as st

from core.analytics.periods import Period
from core.analytics.presets import unit_with
from core.errors import ConfigError
from core.metrics import Aim, GoalMetric
from core.ops.models import Goal
from core.ui import actions, goal_facts, goal_text, said

OPEN = "goal_dialog"
"""Which goal the dialog is open for: NEW, or the id of one."""
NEW = 0

METRICS: list[GoalMetric] = list(GoalMetric)
FREE = "Free dates"
MONTHS = {"This month": 1, "This quarter": 3, "This year": 12}


def ask_for_new() -> None:
    st.session_state[OPEN] = NEW


def ask_to_change(goal_id: int) -> None:
    st.session_state[OPEN] = goal_id


def draw(business_id: int, goals: Sequence[Goal]) -> None:
    """The dialog, if it is open."""
    which = st.session_state.get(OPEN)
    if which is not None:
        _dialog(business_id, which, next((goal for goal in goals if goal.id == which), None))


def _close() -> None:
    st.session_state.pop(OPEN, None)


@st.dialog("Goal", on_dismiss=_close)
def _dialog(business_id: int, which: int, goal: Goal | None) -> None:
    if which != NEW and goal is None:
        st.text(goal_text.GONE)
        return
    metric = st.selectbox(
        "Number",
        METRICS,
        index=METRICS.index(goal.metric if goal else GoalMetric.IMPRESSIONS),
        format_func=lambda one: goal_text.LABELS[one],
        key=f"goal_metric_{which}",
    )
    target = _target(metric, which, goal if goal and goal.metric is metric else None)
    days = _days(goal_facts.today_of(business_id), which, goal)
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        is_saved = st.button("Save", key="goal_save", type="primary")
        if which != NEW and st.button("Remove", key="goal_remove", type="tertiary", icon=":material/delete:"):
            actions.remove_goal(which)
            _done(goal_text.REMOVED)
    if is_saved:
        with said.told():
            _save(business_id, which, _aim(metric, target, days))


def _target(metric: GoalMetric, which: int, goal: Goal | None) -> float | None:
    """A rate is typed in per cent and kept as a share."""
    key = f"goal_target_{metric}_{which}"
    if metric is GoalMetric.ENGAGEMENT_RATE:
        known = round(goal.target * 100, 4) if goal else None
        typed = st.number_input("Target, in %", 0.0, 100.0, known, step=0.1, format="%.2f", key=key)
        return None if typed is None else typed / 100
    known_count = int(goal.target) if goal else None
    return st.number_input("Target", 0, 10**12, known_count, step=1, key=key, placeholder="A whole number")


def _days(today: date, which: int, goal: Goal | None) -> Period | None:
    """A period of the calendar as it is today, or free days; None while there is no whole range."""
    calendar = {label: unit_with(today, months) for label, months in MONTHS.items()}
    of_goal = Period(goal.starts_on, goal.ends_on) if goal else calendar["This month"]
    usual = next((label for label, days in calendar.items() if days == of_goal), FREE)
    options = [*calendar, FREE]
    chosen = st.segmented_control("Period", options, default=usual, required=True, key=f"goal_period_{which}")
    if chosen in calendar:
        st.caption(goal_text.days(calendar[chosen]))
        return calendar[chosen]
    days = st.date_input(
        "First and last day", (of_goal.first, of_goal.last), format="YYYY-MM-DD", key=f"goal_days_{which}"
    )
    return Period(days[0], days[1]) if isinstance(days, tuple) and len(days) == 2 else None


def _aim(metric: GoalMetric, target: float | None, days: Period | None) -> Aim:
    if target is None:
        raise ConfigError(goal_text.TYPE_A_TARGET)
    if days is None:
        raise ConfigError(goal_text.CHOOSE_BOTH_DAYS)
    return Aim(metric, float(target), days.first, days.last)


def _save(business_id: int, which: int, aim: Aim) -> None:
    if which == NEW:
        actions.add_goal(business_id, aim)
    else:
        actions.save_goal(which, aim)
    _done(goal_text.SAVED)


def _done(sentence: str) -> None:
    said.later(sentence)
    _close()
    st.rerun()
