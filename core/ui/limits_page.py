"""How are the limits of the platforms drawn, and what X costs? Tables that follow what the syncs learn."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.analytics.quotas import has_reset
from core.domain import Platform, Provider
from core.ops.pauses import StoredPause
from core.ops.quotas import Owner
from core.ui import data, limit_facts, limit_text, live, states, text
from core.ui.limit_facts import Limit, MonthOfX

_SHARE = st.column_config.ProgressColumn("Used up", format="%.0f %%", min_value=0, max_value=100, width=115)


def limits(business_id: int | None, zone: str) -> None:
    """Every limit, drawn again by itself: they move with each sync, and start anew without one."""
    st.caption(limit_text.INTRODUCTION)
    seen, seen_pace = data.pulse(), live.pace()

    def draw() -> None:
        live.rerun_on_news(seen, seen_pace)
        found = limit_facts.limits(business_id)
        if not found:
            st.info(limit_text.NO_LIMITS, icon=":material/speed:")
            return
        _standing(found, limit_facts.resting(business_id), zone)
        is_every = st.toggle(limit_text.EVERY_LIMIT, key="limits_every", help=limit_text.EVERY_LIMIT_HELP)
        shown = found if is_every else limit_facts.fullest(found)
        for provider in Provider:
            of = [limit for limit in shown if limit.provider is provider]
            if of:
                _provider(provider, of, zone)

    st.fragment(run_every=seen_pace)(draw)()


def spending(business_id: int | None, zone: str) -> None:
    """What X has cost each business this month; nothing where nobody has an X account."""
    months = limit_facts.months_of_x(business_id)
    if not months:
        return
    now = data.now()
    st.subheader("What X costs", anchor=False)
    st.caption(text.literal(limit_text.SPENDING))
    st.dataframe(
        pd.DataFrame([_month_row(month, limit_text.month_outlook(month, zone, now=now)) for month in months]),
        hide_index=True,
        key="limits_x",
        placeholder=text.MISSING,
        column_config={
            "Business": st.column_config.TextColumn(width=150),
            "Used up": _SHARE,
            "By day": st.column_config.BarChartColumn(f"{now:%B} by day", width=150, y_min=0),
            "At this pace": st.column_config.TextColumn(width=220),
        },
    )
    told = limit_text.today(data.spent_on(Platform.X), data.settings().x_daily_cap_usd)
    st.caption(text.literal(told))
    st.page_link(states.BUSINESSES_PAGE, label=limit_text.SET_A_CAP, icon=":material/savings:")


def _standing(found: Sequence[Limit], resting: Sequence[tuple[StoredPause, Owner]], zone: str) -> None:
    """In one line whether anything is short; then what rests, and what will not last."""
    now = data.now()
    short = [limit for limit in found if limit.runs_out_at is not None]
    if not short and not resting:
        st.badge("Everything lasts at this pace", icon=":material/check_circle:", color="green")
        return
    for pause, owner in resting:
        with st.container(border=True, gap="xxsmall"):
            st.badge("Resting", icon=":material/pause_circle:", color="orange")
            st.text(f"{limit_text.whose(owner.name)}: {pause.reason}")
            st.caption(
                f"Goes on at {text.clock_time(pause.until, zone, now=now)}, {text.countdown(pause.until, now=now)}."
            )
    if short:
        with st.container(border=True, gap="xxsmall"):
            st.badge("Will not last", icon=":material/hourglass_bottom:", color="orange")
            st.text("\n".join(limit_text.runs_out(limit, zone, now=now) for limit in short))


def _provider(provider: Provider, found: Sequence[Limit], zone: str) -> None:
    st.markdown(f"**{limit_text.PROVIDERS[provider]}**", help=limit_text.HOW[provider])
    st.dataframe(
        pd.DataFrame([_row(limit, zone) for limit in found]),
        hide_index=True,
        key=f"limits_of_{provider}",
        placeholder=text.MISSING,
        column_config={
            "Whose": st.column_config.TextColumn(width=150),
            "Used up": _SHARE,
            "At this pace": st.column_config.TextColumn(width=215),
            "Limit": st.column_config.TextColumn(width=175),
            "Used": st.column_config.TextColumn(width=95),
            "Starts anew": st.column_config.TextColumn(width=110),
            "Last 24 hours": st.column_config.LineChartColumn(width=130, y_min=0, y_max=1),
        },
    )


def _row(limit: Limit, zone: str) -> dict[str, object]:
    now = data.now()
    is_over = has_reset(limit.newest, now=now)
    return {
        "Whose": limit_text.whose(limit.owner),
        "Used up": _percent(limit.share),
        "At this pace": limit_text.outlook(limit, zone, has_reset=is_over, now=now),
        "Limit": limit_text.name(limit),
        "Used": limit_text.used(limit),
        "Starts anew": limit_text.resets(limit, has_reset=is_over, now=now),
        "Last 24 hours": limit.trend,
    }


def _month_row(month: MonthOfX, outlook: str) -> dict[str, object]:
    cap = month.cap_usd
    return {
        "Business": month.business,
        "This month": text.usd(month.spent_usd),
        "Cap": "No cap" if cap is None else text.usd(cap),
        "Used up": _percent(month.spent_usd / cap) if cap else None,
        "By day": month.by_day,
        "At this pace": outlook,
    }


def _percent(share: float | None) -> float | None:
    return None if share is None else share * 100
