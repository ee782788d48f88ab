"""How is the speed of syncs drawn? How long runs take, where the time goes, and which accounts are slow."""

import pandas as pd
import streamlit as st

from core.analytics import run_times
from core.analytics.run_times import AccountSpeed
from core.charts.run_parts import run_parts
from core.ui import limit_facts, limit_text, text
from core.ui.limit_facts import NEWEST_RUNS


def speed(business_id: int | None, zone: str) -> None:
    """The last days' syncs in numbers, by run and by account."""
    runs, steps = limit_facts.run_times(business_id)
    st.subheader("How fast syncs are", anchor=False)
    if runs.empty or steps.empty:
        st.info(limit_text.NO_RUNS, icon=":material/timer:")
        return
    _numbers(runs, steps)
    parts = run_times.parts_of_runs(runs, steps).tail(NEWEST_RUNS)
    if parts.empty:
        st.info(limit_text.NOT_MEASURED, icon=":material/timer:")
    else:
        _parts(parts, zone)
    _accounts(run_times.slowest_accounts(steps))


def _numbers(runs: pd.DataFrame, steps: pd.DataFrame) -> None:
    with st.grid(3, min_column_width=170, gap="small"):
        st.metric(
            "A run takes",
            limit_text.took(run_times.typical_run_seconds(runs)),
            border=True,
            help=limit_text.TYPICAL_HELP,
        )
        st.metric(
            "Rows a second", limit_text.rate(run_times.rows_per_second(steps)), border=True, help=limit_text.ROWS_HELP
        )
        st.metric(
            "Time for answers",
            text.percent(run_times.asking_share(steps)),
            border=True,
            help=limit_text.ASKING_HELP,
        )


def _parts(parts: pd.DataFrame, zone: str) -> None:
    local = parts["at"].dt.tz_convert(text.zone_info(zone))
    titles = [f"{business}, {at:%-d %b %H:%M}" for business, at in zip(parts["business"], local, strict=True)]
    st.markdown("**Where the time went**", help=limit_text.PARTS_HELP)
    st.caption(limit_text.of_runs(len(parts)))
    st.plotly_chart(
        run_parts(parts.assign(title=titles), labels=limit_text.PARTS_OF_A_RUN),
        key="limits_parts",
        config={"displayModeBar": False},
        alt="How long each of the newest runs took, in seconds, by part",
    )


def _accounts(found: list[AccountSpeed]) -> None:
    st.markdown("**Slowest accounts of the last 7 days**")
    st.dataframe(
        pd.DataFrame([_row(account) for account in found]),
        hide_index=True,
        key="limits_slowest",
        placeholder=text.MISSING,
        column_config={
            "Account": st.column_config.TextColumn(width=150),
            "Platform": st.column_config.TextColumn(width=90),
            "Usually": st.column_config.TextColumn(width=90, help="The median of its syncs."),
            "Newest": st.column_config.TextColumn(width=90),
            "Longest": st.column_config.TextColumn(width=90),
            "Rows a second": st.column_config.TextColumn(width=110, help=limit_text.ROWS_HELP),
            "For answers": st.column_config.ProgressColumn(
                format="%.0f %%", min_value=0, max_value=100, width=120, help=limit_text.ASKING_HELP
            ),
            "Syncs": st.column_config.NumberColumn(width=70),
            "Business": st.column_config.TextColumn(width=150),
        },
    )


def _row(account: AccountSpeed) -> dict[str, object]:
    return {
        "Account": account.account,
        "Platform": text.PLATFORMS[account.platform],
        "Usually": limit_text.took(account.typical_s),
        "Newest": limit_text.took(account.newest_s),
        "Longest": limit_text.took(account.slowest_s),
        "Rows a second": limit_text.rate(account.rows_per_s),
        "For answers": None if account.asking_share is None else account.asking_share * 100,
        "Syncs": account.runs,
        "Business": account.business,
    }
