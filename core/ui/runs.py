"""How are syncs drawn? The sidecar's pulse, the runs that are on their way, the ones that were, and what went wrong."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from core.domain import Platform, RunState
from core.ops.overview import FailedRun, RunSummary, StepSummary
from core.ui import data, live, states, text
from core.ui.actions import Requested

NEWEST = "Newest run"
MOST_NAMES = 5
SELDOM = ("Cost", "History filled", "What happened", "What to do")
"""Columns that are left out where no row has anything for them."""


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
        _sidecar(zone)
        if spending:
            st.caption(text.literal(spending))
        _active(data.active_runs(business_id))
        _troubles(data.failed_runs(business_id), data.troubles(business_id), zone)
        _notices(zone)
        _history(data.runs(business_id), zone)

    st.fragment(run_every=seen_pace)(draw)()


def _named(run_ids: list[str]) -> str:
    return f"Run {run_ids[0]} is" if len(run_ids) == 1 else f"Runs {text.listed(run_ids)} are"


def _toast(sentence: str) -> None:
    st.toast(sentence, icon=":material/sync:", duration="long")


def _sidecar(zone: str) -> None:
    status, now = data.sidecar(), data.now()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if status.is_running:
            st.badge("Running", icon=":material/check_circle:", color="green")
            st.caption(_next_run(status.jobs, zone, now), width="content")
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


def _next_run(jobs: Sequence[dict[str, str]], zone: str, now: datetime) -> str:
    times = [datetime.fromisoformat(job["next_run_time"]) for job in jobs if job.get("next_run_time")]
    if not times:
        return "Nothing is scheduled."
    at = min(times)
    return (
        f"Next sync at {text.clock_time(at, zone, now=now)} {text.zone_name(zone, at)}, {text.countdown(at, now=now)}."
    )


def _active(runs: Sequence[RunSummary]) -> None:
    for run in reversed(runs):
        with st.container(border=True, gap="xsmall"):
            st.text(run.business)
            done = f"{run.accounts_done} of {text.count(run.accounts, 'account')}"
            st.progress(
                run.accounts_done / run.accounts if run.accounts else 0.0,
                text=f"Run {run.id}: {text.RUN_STATES[run.state].lower()}, {done} done, {_rows(run)}",
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


def _history(runs: Sequence[RunSummary], zone: str) -> None:
    st.subheader("Runs", anchor=False)
    if not runs:
        st.caption("No run yet.")
        return
    st.caption(text.times_in(zone))
    _table([_run_row(run, zone) for run in runs], key="syncs_runs")
    numbers = {f"Run {run.id}": run.id for run in runs}
    chosen = st.selectbox("Accounts of", [NEWEST, *numbers], key="syncs_run", width=260)
    _table([_step_row(step, zone) for step in data.steps(numbers.get(chosen, runs[0].id))], key="syncs_steps")


def _run_row(run: RunSummary, zone: str) -> dict[str, object]:
    return {
        "Run": run.id,
        "Business": run.business,
        "State": [text.RUN_STATES[run.state]],
        "Started by": text.TRIGGERS[run.trigger],
        "Started": text.naive_local(run.started_at or run.requested_at, zone),
        "Took": _took(run.started_at, run.finished_at),
        "Accounts": f"{run.accounts_done} of {run.accounts}",
        "New": run.rows_new if run.started_at else None,
        "Changed": run.rows_changed if run.started_at else None,
        "Unchanged": run.rows_unchanged if run.started_at else None,
        "Cost": _cost(run.cost_usd),
        "What happened": run.error or _what_happened(run),
    }


def _step_row(step: StepSummary, zone: str) -> dict[str, object]:
    """A step that has not ended has no counts yet, which is not the same as zero."""
    counts = {
        "Posts": step.posts,
        "New": step.rows_new,
        "Changed": step.rows_changed,
        "Unchanged": step.rows_unchanged,
        "Requests": step.requests,
    }
    return {
        "Account": step.account,
        "Platform": text.PLATFORMS[step.platform],
        "State": [text.STEP_STATES[step.state]],
        "Took": _took(step.started_at, step.finished_at),
        **(counts if step.finished_at else dict.fromkeys(counts)),
        "Cost": _cost(step.cost_usd),
        "History filled": step.filled,
        "What happened": step.error or "",
        "What to do": text.remedy(step.remedy, step.retry_at, zone, now=data.now()),
    }


def _what_happened(run: RunSummary) -> str:
    parts = [f"{run.failed} failed"] * bool(run.failed) + [f"{run.waiting} waiting"] * bool(run.waiting)
    return ", ".join(parts)


def _rows(run: RunSummary) -> str:
    return f"{run.rows_new:,} new and {run.rows_changed:,} changed rows"


def _cost(amount_usd: float) -> str | None:
    return text.usd(amount_usd) if amount_usd > 0 else None


def _took(started_at: datetime | None, finished_at: datetime | None) -> str:
    if started_at is None:
        return text.MISSING
    return text.duration(max((finished_at or data.now()) - started_at, timedelta()))


def _table(rows: Sequence[dict[str, object]], *, key: str) -> None:
    """A table without the columns that no row has anything for."""
    counts = ("Posts", "New", "Changed", "Unchanged", "Requests")
    config: dict[str, Any] = {
        **{name: st.column_config.NumberColumn(format="localized") for name in counts},
        "Run": st.column_config.NumberColumn(format="%d", width=60),
        "Business": st.column_config.TextColumn(width=140),
        "Account": st.column_config.TextColumn(width=220),
        "State": st.column_config.MultiselectColumn(
            options=list(text.STATE_COLORS), color=list(text.STATE_COLORS.values()), width=140
        ),
        "Accounts": st.column_config.TextColumn(
            "Ended", help="How many of its accounts the run is done with, well or not."
        ),
        "Started": st.column_config.DatetimeColumn(format="D MMM, HH:mm"),
        "Cost": st.column_config.TextColumn(help="What the platform bills for what was read, in USD, as estimated."),
        "History filled": st.column_config.TextColumn(help="Older posts and days that this sync brought."),
        "What happened": st.column_config.TextColumn(width="large"),
        "What to do": st.column_config.TextColumn(width="medium"),
    }
    frame = pd.DataFrame(rows)
    frame = frame.astype({name: "Int64" for name in counts if name in frame})
    frame = frame.drop(columns=[name for name in SELDOM if name in frame and not any(map(bool, frame[name]))])
    st.dataframe(frame, hide_index=True, column_config=config, key=key, placeholder=text.MISSING)
