"""How are runs and their accounts listed? The newest runs as a strip and a table to choose from, a run's accounts in a table."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import pandas as pd
import streamlit as st

from core.charts.run_strip import StripRun, run_strip
from core.domain import CUT_SHORT_STEPS
from core.ops.run_summaries import RunSummary, StepSummary
from core.ui import data, run_choice, sync_text, text

SELDOM = ("Cost", "History filled", "What happened", "What to do", "Days", "Retries")
"""Columns that are left out where no row has anything for them."""
_COUNTS = ("Posts", "New", "Changed", "Unchanged", "Requests", "Retries")


def history(runs: Sequence[RunSummary], zone: str) -> None:
    """The newest runs; a click on one opens it."""
    st.subheader("Runs", anchor=False)
    if not runs:
        st.caption("No run yet.")
        return
    st.caption(f"{sync_text.CHOOSE_RUN} {text.times_in(zone)}.")
    chosen = [_strip(runs, zone), _runs_table(runs, zone)]  # both are drawn, whichever was clicked
    found = next((run_id for run_id in chosen if run_id is not None), None)
    if found is not None:
        run_choice.open_(found)


def steps(found: Sequence[StepSummary], zone: str, *, key: str) -> None:
    """The accounts of a run."""
    if found:
        _table([_step_row(step, zone) for step in found], key=key)


def is_incomplete(found: Sequence[StepSummary]) -> bool:
    """Whether there is something that the run did not bring."""
    return any(step.state in CUT_SHORT_STEPS for step in found)


def took(started_at: datetime | None, finished_at: datetime | None) -> str:
    if started_at is None:
        return text.MISSING
    return text.duration(max((finished_at or data.now()) - started_at, timedelta()))


def _strip(runs: Sequence[RunSummary], zone: str) -> int | None:
    """One bar a run, oldest first; the one that was clicked."""
    bars = [StripRun(run.id, run.state, _seconds(run), _words(run, zone)) for run in reversed(runs)]
    event = st.plotly_chart(
        run_strip(bars),
        key=f"syncs_strip_{run_choice.turn()}",
        config={"displayModeBar": False},
        on_select="rerun",
        selection_mode="points",
        alt=sync_text.strip_alt(runs),
    )
    points = event.selection.points
    return int(points[0]["customdata"][0]) if points else None


def _runs_table(runs: Sequence[RunSummary], zone: str) -> int | None:
    event = _table([_run_row(run, zone) for run in runs], key=f"syncs_runs_{run_choice.turn()}", is_for_choosing=True)
    rows = event.selection.rows if event is not None else []
    return runs[rows[0]].id if rows else None


def _seconds(run: RunSummary) -> float:
    if run.started_at is None:
        return 0.0
    return max(((run.finished_at or data.now()) - run.started_at).total_seconds(), 0.0)


def _words(run: RunSummary, zone: str) -> str:
    """Said on hover, where a `<` would begin a tag."""
    at = text.clock_time(run.started_at or run.requested_at, zone, now=data.now())
    said = f"Run {run.id}, {run.business}: {text.RUN_STATES[run.state].lower()}, {at}, {took(run.started_at, run.finished_at)}"
    return said.replace("<", "&lt;")


def _run_row(run: RunSummary, zone: str) -> dict[str, object]:
    return {
        "Run": run.id,
        "Business": run.business,
        "State": [text.RUN_STATES[run.state]],
        "Started by": sync_text.started_by(run),
        "Started": text.naive_local(run.started_at or run.requested_at, zone),
        "Took": took(run.started_at, run.finished_at),
        "Accounts": f"{run.accounts_done} of {run.accounts}",
        "New": run.rows_new if run.started_at else None,
        "Changed": run.rows_changed if run.started_at else None,
        "Unchanged": run.rows_unchanged if run.started_at else None,
        "Cost": _cost(run.cost_usd),
        "Days": sync_text.filled_days(run),
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
        "Retries": step.retries,
    }
    return {
        "Account": step.account,
        "Platform": text.PLATFORMS[step.platform],
        "State": [text.STEP_STATES[step.state]],
        "Took": took(step.started_at, step.finished_at),
        **(counts if step.finished_at else dict.fromkeys(counts)),
        "Cost": _cost(step.cost_usd),
        "History filled": step.filled,
        "What happened": step.error or "",
        "What to do": text.remedy(step.remedy, step.retry_at, zone, now=data.now()),
    }


def _what_happened(run: RunSummary) -> str:
    parts = [f"{run.failed} failed"] * bool(run.failed) + [f"{run.waiting} waiting"] * bool(run.waiting)
    return ", ".join(parts)


def _cost(amount_usd: float) -> str | None:
    return text.usd(amount_usd) if amount_usd > 0 else None


def _table(rows: Sequence[dict[str, object]], *, key: str, is_for_choosing: bool = False) -> Any:
    """A table without the columns that no row has anything for; what was chosen in it."""
    column = st.column_config
    config: dict[str, Any] = {
        **{name: column.NumberColumn(format="localized") for name in _COUNTS},
        "Run": column.NumberColumn(format="%d", width=60),
        "Business": column.TextColumn(width=140),
        "Account": column.TextColumn(width=200),
        "State": column.MultiselectColumn(
            options=list(text.STATE_COLORS), color=list(text.STATE_COLORS.values()), width=140
        ),
        "Accounts": column.TextColumn("Ended", help="How many of its accounts the run is done with, well or not."),
        "Started": column.DatetimeColumn(format="D MMM, HH:mm"),
        "Cost": column.TextColumn(help="What the platform bills for what was read, in USD, as estimated."),
        "Days": column.TextColumn(help="The days that a back-fill asks for."),
        "History filled": column.TextColumn(help="Older posts and days that this sync brought."),
        "What happened": column.TextColumn(width="large"),
        "What to do": column.TextColumn(width="medium"),
    }
    seldom = [name for name in SELDOM if not any(row.get(name) for row in rows)]
    frame = pd.DataFrame(rows).drop(columns=seldom, errors="ignore")
    frame = frame.astype({name: "Int64" for name in _COUNTS if name in frame})
    height: int | Literal["auto"] = "auto" if len(frame) < 10 or not is_for_choosing else 10 * 35 + 3
    return st.dataframe(
        frame,
        hide_index=True,
        column_config=config,
        key=key,
        placeholder=text.MISSING,
        height=height,
        on_select="rerun" if is_for_choosing else "ignore",
        selection_mode="single-row",
    )
