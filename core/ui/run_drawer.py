"""What did one run do? Its accounts with attempts, requests and log, and what can be done about it."""

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from core.ops.run_summaries import RunSummary, StepSummary
from core.ops.step_logs import LogLine
from core.ui import data, markup, run_choice, run_tables, runs, said, sync_reads, sync_requests, sync_text, text

_LIVE_S = 1.5


def draw(zone: str) -> None:
    """The run that the URL names, if it names one."""
    asked = run_choice.asked()
    if asked is None:
        return
    run = sync_reads.find_run(int(asked)) if asked.isdecimal() and len(asked) < 10 else None
    if run is None:
        said.problem(sync_text.no_such_run(asked), "Link not followed")
        return
    _drawer(run, zone)


@st.dialog("Run", width="large", on_dismiss=run_choice.close)
def _drawer(run: RunSummary, zone: str) -> None:
    st.fragment(run_every=_LIVE_S if run.is_active else None)(_content)(run.id, zone)


def _content(run_id: int, zone: str) -> None:
    run = sync_reads.find_run(run_id)
    if run is None:
        st.text(sync_text.no_such_run(str(run_id)))
        return
    _head(run, zone)
    steps = data.steps(run_id)
    _deeds(run, steps)
    if run.error:
        st.text(run.error)
    run_tables.steps(steps, zone, key="drawer_steps")
    _parts(run)
    _log(run, steps, zone)
    st.caption("Link to this run")
    st.code(f"{data.settings().public_url}/syncs?{urlencode({run_choice.KEY: run.id})}", language=None)


def _head(run: RunSummary, zone: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(text.RUN_STATES[run.state], color=text.STATE_COLORS[text.RUN_STATES[run.state]])
        st.text(f"Run {run.id} · {run.business}", width="content")
    began = run.started_at or run.requested_at
    told = {
        "Started by": sync_text.started_by(run),
        "Started": text.clock_time(began, zone, now=data.now()),
        "Took": run_tables.took(run.started_at, run.finished_at),
        "Accounts": f"{run.accounts_done} of {run.accounts}",
        "Rows": f"{run.rows_new:,} new, {run.rows_changed:,} changed" if run.started_at else text.MISSING,
    }
    if sync_text.filled_days(run):
        told["Days asked for"] = sync_text.filled_days(run)
    if run.cancelled_by or run.cancel_requested_at:
        told["Cancelled by"] = sync_text.person(run.cancelled_by)
    markup.facts(told)


def _deeds(run: RunSummary, steps: Sequence[StepSummary]) -> None:
    """End it while it is on its way; ask again for what it did not bring."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if run.is_active:
            runs.cancel_button(run, key="drawer_cancel")
        elif run_tables.is_incomplete(steps):
            st.button(
                "Try the rest again",
                key="drawer_retry",
                icon=":material/replay:",
                on_click=_retry,
                args=(run.id,),
                help=sync_text.RETRY_HELP,
            )


def _retry(run_id: int) -> None:
    with said.told():
        runs.requested(sync_requests.retry(run_id))


def _parts(run: RunSummary) -> None:
    """Where the time of all its accounts went."""
    told = {name: text.duration(timedelta(seconds=seconds)) for name, seconds in sync_text.parts(run) if seconds >= 1}
    if told:
        st.caption(sync_text.PARTS)
        markup.facts(told)


def _log(run: RunSummary, steps: Sequence[StepSummary], zone: str) -> None:
    if not steps:
        return
    names = {step.id: f"{step.account} ({text.PLATFORMS[step.platform]})" for step in steps}  # two may be called alike
    chosen = st.selectbox(
        "Log of", list(names), format_func=lambda id_: names.get(id_, text.MISSING), key=f"drawer_log_{run.id}"
    )
    lines = sync_reads.log_of(chosen)
    if not lines:
        st.caption(sync_text.NO_LOG)
        return
    column = st.column_config
    st.dataframe(
        pd.DataFrame([_line(line, zone) for line in lines]),
        hide_index=True,
        height=260,
        column_config={
            "At": column.DatetimeColumn(format="HH:mm:ss", width=70),
            "What": column.TextColumn(width=70),
            "Says": column.TextColumn(width=360),
            "Status": column.NumberColumn(format="plain", width=60),
            "ms": column.NumberColumn(format="localized", width=60),
            "Attempt": column.NumberColumn(format="plain", width=70),
        },
        key="drawer_log_lines",
    )
    written = "\n".join(sync_text.log_line(line) for line in lines)
    st.download_button(
        "Download this log", written, file_name=f"tideline-run-{run.id}.log", mime="text/plain", key="drawer_download"
    )


def _line(line: LogLine, zone: str) -> dict[str, object]:
    return {
        "At": text.naive_local(line.at, zone),
        "What": line.kind.capitalize(),
        "Says": line.text,
        "Status": line.status,
        "ms": line.ms,
        "Attempt": line.attempt,
    }
