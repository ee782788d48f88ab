"""What of the syncs moves? The sidecar's pulse, the runs that are on their way, and what went wrong."""

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from core.domain import Platform, RunState
from core.ops import sidecars
from core.ops.run_summaries import FailedRun, RunSummary, StepSummary
from core.ui import data, live, said, states, sync_requests, sync_text, text
from core.ui.actions import Requested

MOST_NAMES = 5


def requested(asked: Sequence[Requested]) -> None:
    """Say which runs answer the click."""
    new = [str(one.run_id) for one in asked if one.is_new]
    known = [str(one.run_id) for one in asked if not one.is_new]
    waits = "" if data.sidecar().is_running else " The sidecar is not running: this waits until it does."
    if new:
        _toast(f"{_named(new)} requested.{waits}")
    if known:
        _toast(f"{_named(known)} already on {'its' if len(known) == 1 else 'their'} way.{waits}")


def board(business_id: int | None, zone: str) -> None:
    """Everything that moves, drawn again by itself."""
    spending = _spending(business_id)  # changes with a run's end, which draws the page anew
    seen, seen_pace = data.pulse(), live.pace()

    def draw() -> None:
        live.rerun_on_news(seen, seen_pace)
        _sidecar(business_id, zone)
        if spending:
            st.caption(text.literal(spending))
        _active(data.active_runs(business_id))
        _troubles(data.failed_runs(business_id), data.troubles(business_id), zone)
        _notices(zone)

    st.fragment(run_every=seen_pace)(draw)()


def _named(run_ids: list[str]) -> str:
    return f"Run {run_ids[0]} is" if len(run_ids) == 1 else f"Runs {text.listed(run_ids)} are"


def _toast(sentence: str) -> None:
    st.toast(sentence, icon=":material/sync:", duration="long")


def _sidecar(business_id: int | None, zone: str) -> None:
    status, now = data.sidecar(), data.now()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if status.is_running:
            st.badge("Running", icon=":material/check_circle:", color="green")
            st.caption(_next_run(_jobs_of(status.jobs, business_id), zone, now), width="content")
        else:
            st.badge("Not running", icon=":material/error:", color="red")
            st.caption(states.start_sidecar())
    if status.job_error:
        st.text(status.job_error)


def _spending(business_id: int | None) -> str | None:
    """What the platform that bills by what is read has cost today; the cap is of all businesses together."""
    accounts = [account for account in data.accounts() if business_id in (None, account.business_id)]
    if all(account.platform is not Platform.X for account in accounts):
        return None
    spent, cap = text.usd(data.spent_on(Platform.X)), text.usd(data.settings().x_daily_cap_usd)
    return f"X today: about {spent} of {cap}"


def _notices(zone: str) -> None:
    notices, now = data.notices(), data.now()
    if notices:
        st.subheader("Notices", anchor=False)
    for notice in notices:
        with st.container(gap="xxsmall"):
            st.text(notice.text)
            st.caption(text.clock_time(notice.created_at, zone, now=now))


def _jobs_of(jobs: Sequence[dict[str, str]], business_id: int | None) -> Sequence[dict[str, str]]:
    """All, or of one business the job that syncs it: its own where it has one."""
    own = [job for job in jobs if business_id is not None and job["id"] == sidecars.job_of(business_id)]
    shared = [job for job in jobs if job["id"] == sidecars.ALL_JOB]
    return jobs if business_id is None else own or shared


def _next_run(jobs: Sequence[dict[str, str]], zone: str, now: datetime) -> str:
    times = [datetime.fromisoformat(job["next_run_time"]) for job in jobs if job.get("next_run_time")]
    if not times:
        return "Nothing is scheduled."
    at = min(times)
    return (
        f"Next sync at {text.clock_time(at, zone, now=now)} {text.zone_name(zone, at)}, {text.countdown(at, now=now)}."
    )


def _active(runs: Sequence[RunSummary]) -> None:
    is_alive = data.sidecar().is_running
    for run in reversed(runs):
        state = text.RUN_STATES[run.state].lower() if is_alive or run.started_at is None else sync_text.CUT_SHORT
        with st.container(border=True, gap="xsmall"):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.text(run.business)
                cancel_button(run, key=f"syncs_cancel_{run.id}")
            done = f"{run.accounts_done} of {text.count(run.accounts, 'account')}"
            st.progress(
                run.accounts_done / run.accounts if run.accounts else 0.0,
                text=f"{_called(run)}: {state}, {done} done, {_rows(run)}",
            )


def _troubles(failed: Sequence[FailedRun], steps: Sequence[StepSummary], zone: str) -> None:
    """One card for each thing that went wrong, however many businesses or accounts met it."""
    if not failed and not steps:
        return
    st.subheader("Needs attention", anchor=False)
    now = data.now()
    grouped: dict[tuple[str, str, str], list[str]] = {}
    for run in failed:
        what = (text.RUN_STATES[RunState.FAILED], run.error, text.AFTER_A_FAILED_RUN)
        grouped.setdefault(what, []).append(run.business)
    for step in steps:
        action = text.remedy(step.remedy, step.retry_at, zone, now=now)
        what = (text.STEP_STATES[step.state], step.error or "", action)
        grouped.setdefault(what, []).append(f"{_account(step)} ({text.PLATFORMS[step.platform]})")
    for (state, error, action), names in grouped.items():
        with st.container(border=True, gap="xsmall"):
            st.badge(state, color=text.STATE_COLORS[state])
            st.text("\n".join(names[:MOST_NAMES] + [f"and {len(names) - MOST_NAMES} more"] * (len(names) > MOST_NAMES)))
            st.text(error)
            st.caption(action)


def _account(step: StepSummary) -> str:
    """Whose account it is, said once: most accounts are called like their business."""
    return step.account if step.account.startswith(step.business) else f"{step.business}: {step.account}"


def cancel_button(run: RunSummary, *, key: str) -> None:
    """Ask for the run to end, once."""
    if run.cancel_requested_at is not None:
        st.caption(sync_text.STOPPING, width="content")
        return
    st.button("Cancel", key=key, icon=":material/stop_circle:", type="tertiary", on_click=_cancel, args=(run.id,))


def _cancel(run_id: int) -> None:
    with said.told():
        sync_requests.cancel(run_id)


def _called(run: RunSummary) -> str:
    days = sync_text.filled_days(run)
    return f"Run {run.id}, back-fill of {days}" if days else f"Run {run.id}"


def _rows(run: RunSummary) -> str:
    return f"{run.rows_new:,} new and {run.rows_changed:,} changed rows"
