"""How is it listed how the syncing of every business and account stands, and what happened lately?"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from core.domain import DataSet
from core.ops.models import Activity
from core.ops.run_summaries import RunSummary
from core.ui import data, markup, sync_text, text
from core.ui.sync_facts import AccountStanding, BusinessStanding

_COUNTS = ("New", "Changed", "Unchanged")
MOST_LINES = 60


def one_business(standing: BusinessStanding, zone: str) -> None:
    """The word for it and the facts beside it."""
    now = data.now()
    with st.container(border=True, gap="small"):
        st.badge(sync_text.STATUSES[standing.status], color=sync_text.STATUS_COLORS[standing.status])
        markup.facts(
            {
                "Data covers to": _day(standing),
                "Last success": _instant(standing.last_success_at, zone),
                "Next sync": sync_text.next_run(standing.next_run_at, standing.schedule, zone, now=now),
                "Schedule": sync_text.schedule(standing.schedule),
                "Login": sync_text.login_left(standing.login_ends_at, standing.accounts, now=now),
                "Quota left": sync_text.quota_left(standing.quota),
            }
        )


def businesses(standings: Sequence[BusinessStanding], zone: str) -> None:
    """Every business in a line, those that need a person first."""
    now, column = data.now(), st.column_config
    words = list(sync_text.STATUSES.values())
    rows = [
        {
            "Business": one.business,
            "Status": [sync_text.STATUSES[one.status]],
            "Data covers to": _day(one),
            "Last success": _instant(one.last_success_at, zone),
            "Next sync": sync_text.next_run(one.next_run_at, one.schedule, zone, now=now),
            "Schedule": sync_text.schedule(one.schedule),
            "Login": sync_text.login_left(one.login_ends_at, one.accounts, now=now),
            "Quota left": sync_text.quota_left(one.quota),
        }
        for one in standings
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        key="syncs_businesses",
        column_config={
            "Business": column.TextColumn(width=170, pinned=True),
            "Status": column.MultiselectColumn(
                options=words, color=list(sync_text.STATUS_COLORS.values()), width=140, help=sync_text.STATUS_HELP
            ),
            "Data covers to": column.TextColumn(width=130, help=sync_text.COVERS_TO_HELP),
            "Next sync": column.TextColumn(width=150),
            "Login": column.TextColumn(help="When somebody has to sign in again, of all its logins the first."),
            "Quota left": column.TextColumn(width=120, help=sync_text.QUOTA_HELP),
        },
    )


def accounts(standings: Sequence[AccountStanding], zone: str) -> None:
    """Each account with each of its data sets: how far it is known, what its newest sync brought, and when the next one tries."""
    st.subheader("Accounts", anchor=False)
    column, states = st.column_config, list(text.STATE_COLORS)
    frame = pd.DataFrame([_account_row(one, zone) for one in standings])
    frame = frame.astype(dict.fromkeys(_COUNTS, "Int64"))
    sets = {
        name: column.DatetimeColumn(format="D MMM, HH:mm", width=110, help=sync_text.DATA_SET_HELP[data_set])
        for data_set, name in sync_text.DATA_SETS.items()
    }
    st.dataframe(
        frame,
        hide_index=True,
        key="syncs_accounts",
        placeholder=text.MISSING,
        column_config={
            "Account": column.TextColumn(width=190, pinned=True),
            "Platform": column.TextColumn(width=84),
            "State": column.MultiselectColumn(options=states, color=list(text.STATE_COLORS.values()), width=110),
            **sets,
            "Days": column.DateColumn(format="D MMM", width=80, help=sync_text.DATA_SET_HELP[DataSet.ACCOUNT_DAYS]),
            **{name: column.NumberColumn(format="localized", width=80) for name in _COUNTS},
            "Took": column.TextColumn(width=120, help=sync_text.TYPICAL_HELP),
            "Next try": column.TextColumn(width=150),
            "What happened": column.TextColumn(width="large"),
        },
    )
    st.caption(text.times_in(zone))


def timeline(runs: Sequence[RunSummary], activities: Sequence[Activity], zone: str) -> None:
    """What happened, newest first, with who did it: runs, logins, schedules, metrics that came and went."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader("What happened", anchor=False, width="content")
        chosen = st.segmented_control(
            "Show",
            sync_text.TIMELINE,
            default=sync_text.TIMELINE[0],
            key="syncs_timeline",
            label_visibility="collapsed",
        )
    lines = _run_lines(runs) if chosen != sync_text.TIMELINE[2] else []
    lines += _activity_lines(activities) if chosen != sync_text.TIMELINE[1] else []
    if not lines:
        st.caption("Nothing happened yet.")
        return
    newest = sorted(lines, key=lambda line: line["At"], reverse=True)[:MOST_LINES]
    column = st.column_config
    st.dataframe(
        pd.DataFrame([line | {"At": text.naive_local(line["At"], zone)} for line in newest]),
        hide_index=True,
        key="syncs_happened",
        height="auto" if len(newest) < 10 else 10 * 35 + 3,
        column_config={
            "At": column.DatetimeColumn(format="D MMM, HH:mm", width=110),
            "What": column.TextColumn(width=110),
            "Who": column.TextColumn(width=120),
            "Says": column.TextColumn("", width="large"),
        },
    )


def _account_row(one: AccountStanding, zone: str) -> dict[str, Any]:
    step = one.newest
    took = step.finished_at - step.started_at if step and step.finished_at and step.started_at else None
    days = one.reached.get(DataSet.ACCOUNT_DAYS)
    now = data.now()
    return {
        "Account": one.account.name,
        "Platform": text.PLATFORMS[one.account.platform],
        "State": [text.STEP_STATES[step.state]] if step else [],
        "Days": days.date() if days else None,
        "New": step.rows_new if step else None,
        "Changed": step.rows_changed if step else None,
        "Unchanged": step.rows_unchanged if step else None,
        "Took": sync_text.usually(took, one.typical),
        "Next try": f"{text.clock_time(one.next_at, zone, now=now)}, {text.countdown(one.next_at, now=now)}"
        if one.next_at
        else text.MISSING,
        **{name: text.naive_local(one.reached.get(data_set), zone) for data_set, name in sync_text.DATA_SETS.items()},
        "What happened": step.error if step and step.error else "",
    }


def _run_lines(runs: Sequence[RunSummary]) -> list[dict[str, Any]]:
    return [
        {
            "At": run.finished_at or run.started_at or run.requested_at,
            "What": f"Run {run.id}",
            "Says": f"{run.business}. {sync_text.happened(run)}",
            "Who": sync_text.person(run.requested_by),
        }
        for run in runs
    ]


def _activity_lines(activities: Sequence[Activity]) -> list[dict[str, Any]]:
    return [
        {
            "At": one.at,
            "What": sync_text.ACTIVITY_KINDS.get(one.kind, one.kind),
            "Says": one.text,
            "Who": sync_text.person(one.person),
        }
        for one in activities
    ]


def _day(standing: BusinessStanding) -> str:
    if standing.covers_to is None:
        return text.MISSING
    late = f", {standing.behind} behind" if standing.behind else ""
    return text.day(standing.covers_to) + late


def _instant(at: datetime | None, zone: str) -> str:
    return text.MISSING if at is None else text.clock_time(at, zone, now=data.now())
