"""What can be begun on the Syncs page? A sync of all or some, of what failed, of days long past; and how often it comes by itself."""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum

import streamlit as st

from core.analytics.periods import Period
from core.domain import StepState
from core.ops.run_summaries import StepSummary
from core.ops.schedules import ScheduleSettings
from core.ui import data, runs, said, sync_reads, sync_requests, sync_text, text
from core.ui.controls import Scope
from core.ui.sync_facts import AccountStanding

OPEN = "syncs_dialog"
"""Which dialog is open: kept, so that it stays open while the page behind it is drawn anew."""
_FIRST_DAYS = 30
_HOURS = list(range(24))
_EVERY = [1, 2, 3, 4, 6, 8, 12, 24, 48, 72, 168]


class Deed(StrEnum):
    """What is asked in a dialog."""

    FILL = "fill"
    SCHEDULE = "schedule"


def draw(scope: Scope, known: Sequence[AccountStanding]) -> None:
    """The buttons; what is not possible now is not offered."""
    ready = sorted({one.account.business_id for one in known})
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        label = "Sync all businesses now" if scope.is_all else "Sync this business now"
        if st.button(label, key="syncs_now", type="primary", icon=":material/sync:", disabled=not ready):
            runs.requested(sync_requests.sync(ready))
        if len(ready) > 1:
            _some(ready)
        failed = _failed([one.newest for one in known if one.newest])
        if failed and st.button(sync_text.retry_failed(failed), key="syncs_failed", icon=":material/replay:"):
            runs.requested(sync_requests.retry_failed(ready))
        if ready and st.button("Fill in the past", key="syncs_fill", icon=":material/history:"):
            st.session_state[OPEN] = Deed.FILL
        has_schedule = bool(ready) and scope.business_id is not None
        if has_schedule and st.button("Schedule", key="syncs_schedule", icon=":material/calendar_clock:"):
            st.session_state[OPEN] = Deed.SCHEDULE
    if not ready:
        st.caption("No account is connected here yet, so there is nothing to sync: connect one first.")
    _dialog(scope, known)


def _some(ready: Sequence[int]) -> None:
    """A sync of several, not of all."""
    names = {business.id: business.name for business in data.businesses() if business.id in ready}
    with st.popover("Sync some", icon=":material/checklist:"):
        chosen = st.multiselect(
            "Businesses", list(names), format_func=lambda id_: names.get(id_, text.MISSING), key="syncs_some"
        )
        if st.button("Sync these now", key="syncs_some_now", disabled=not chosen):
            runs.requested(sync_requests.sync(chosen))


def _failed(newest: Sequence[StepSummary]) -> int:
    return sum(step.state is StepState.FAILED for step in newest)


def _dialog(scope: Scope, known: Sequence[AccountStanding]) -> None:
    deed = st.session_state.get(OPEN)
    if deed is Deed.FILL and known:
        _fill(scope, known)
    elif deed is Deed.SCHEDULE and scope.business_id is not None:
        _schedule(scope.business_id)


def _close() -> None:
    st.session_state.pop(OPEN, None)


@st.dialog("Fill in the past", on_dismiss=_close)
def _fill(scope: Scope, known: Sequence[AccountStanding]) -> None:
    """Ask the platforms once more for some days."""
    st.text(sync_text.FILL_MEANING)
    names = {one.account.business_id: one.row.business for one in known}
    business_id = scope.business_id or st.selectbox(
        "Business", list(names), format_func=lambda id_: names.get(id_, text.MISSING), key="syncs_fill_business"
    )
    own = {one.account.id: one.account for one in known if one.account.business_id == business_id}
    chosen = st.multiselect(
        "Accounts",
        list(own),
        default=list(own),
        format_func=lambda id_: (
            f"{own[id_].name} ({text.PLATFORMS[own[id_].platform]})" if id_ in own else text.MISSING
        ),
        key=f"syncs_fill_accounts_{business_id}",
    )
    yesterday = data.now().date() - timedelta(days=1)
    days = st.date_input(
        "Days",
        (yesterday - timedelta(days=_FIRST_DAYS - 1), yesterday),
        max_value=data.now().date(),
        format="YYYY-MM-DD",
        key="syncs_fill_days",
    )
    for platform in dict.fromkeys(own[id_].platform for id_ in chosen if id_ in own):
        st.caption(sync_text.STILL_GIVEN[platform])
    st.caption(sync_text.HOW_POSTS_GREW)
    period = _period(days)
    if st.button("Fill in", key="syncs_fill_now", type="primary", disabled=not (chosen and period)) and period:
        with said.told("Nothing was asked for"):
            runs.requested(sync_requests.fill(business_id, chosen, period))
            _close()
            st.rerun()


def _period(chosen: object) -> Period | None:
    """None while only one of the two days is chosen."""
    match chosen:
        case (date() as first, date() as last):
            return Period(first, last)
        case _:
            return None


@st.dialog("Schedule", on_dismiss=_close)
def _schedule(business_id: int) -> None:
    """How often the business is synced by itself."""
    now = sync_reads.schedule_of(business_id)
    settings = now.settings
    st.text(sync_text.changed(now, data.now()))  # may name a key, which a person has called as she likes
    is_paused = st.toggle("Paused", settings.is_paused, key="syncs_paused", help=sync_text.PAUSED_HELP)
    every = sorted({*_EVERY, settings.interval_hours})
    hours = st.selectbox(
        "Sync", every, every.index(settings.interval_hours), format_func=sync_text.every, key="syncs_every"
    )
    has_quiet = st.toggle(
        "Quiet hours", settings.quiet_from is not None, key="syncs_quiet", help=sync_text.quiet_help(now.timezone)
    )
    quiet_from = quiet_to = None
    if has_quiet:
        left, right = st.columns(2)
        quiet_from = left.selectbox(
            "From", _HOURS, _or(settings.quiet_from, 22), format_func=sync_text.hour, key="syncs_from"
        )
        quiet_to = right.selectbox("To", _HOURS, _or(settings.quiet_to, 6), format_func=sync_text.hour, key="syncs_to")
    with st.container(horizontal=True, gap="small"):
        if st.button("Save", key="syncs_schedule_save", type="primary"):
            with said.told():
                sync_requests.save_schedule(business_id, ScheduleSettings(hours, is_paused, quiet_from, quiet_to))
                _done("The schedule is saved.")
        if now.is_own and st.button("Every hour with all others", key="syncs_schedule_remove"):
            sync_requests.remove_schedule(business_id)
            _done("It is synced every hour again.")


def _or(hour: int | None, usual: int) -> int:
    """Midnight is an hour, too."""
    return usual if hour is None else hour


def _done(sentence: str) -> None:
    said.later(sentence)
    _close()
    st.rerun()
