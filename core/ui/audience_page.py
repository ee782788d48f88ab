"""How is the audience drawn? Levels and their steps by platform, who came and went, and each account's history."""

from collections.abc import Sequence
from datetime import UTC, date
from typing import Any

import pandas as pd
import streamlit as st

from core.analytics import audience, kpis, trends
from core.analytics.kpis import Measure
from core.analytics.measured import Measured
from core.charts import bars, marks
from core.charts.marks import DayMarks
from core.metrics import Metric
from core.ops.overview import ConnectedAccount
from core.ui import audience_text, cards, data, downloads, note_text, notes, post_facts, states, text
from core.ui.controls import Scope
from core.warehouse import audience_queries

_NO_BAR = {"displayModeBar": False}


def numbers(measured: Measured, scope: Scope, accounts: list[ConnectedAccount]) -> None:
    """Followers and net new followers, with what they are made of."""
    cards.periods_compared(scope.period)
    with st.grid(2, min_column_width=240, gap="small"):
        cards.kpi_cards(
            [
                *kpis.summarize(measured, scope.period, (Measure.FOLLOWERS,)),
                audience.net_followers(measured, scope.period),
            ],
            scope.period,
            not_offered=states.why_never_known(accounts),
            not_all={Measure.NET_FOLLOWERS: audience_text.WHY_NOT_ALL_NET},
            remarks={},
        )


def levels(measured: Measured, scope: Scope, histories: pd.DataFrame, accounts: Sequence[ConnectedAccount]) -> None:
    """Followers day by day, with the days on which accounts were connected."""
    daily = trends.daily_by_platform(measured, Metric.FOLLOWERS, scope.period)
    on_days = DayMarks(_connections(histories, scope, accounts), notes.of_days(scope))
    cards.daily_chart(Metric.FOLLOWERS, daily, scope.period, from_zero=False, on_days=on_days)
    if not daily.empty:
        st.caption(audience_text.NOT_FROM_ZERO)


def steps(measured: Measured, scope: Scope) -> None:
    """The net change of each day."""
    st.markdown("**Net change per day**")
    frame = audience.net_by_platform(measured, scope.period)
    if not frame["value"].notna().any():
        st.caption(audience_text.NO_FOLLOWERS)
        return
    downloads.keep("Net change per day", frame)
    figure = bars.daily_bars(frame, unit="followers", labels=text.PLATFORMS)
    _draw(figure, scope, key="audience_net", what="Net change of followers per day")
    st.caption(audience_text.NET_NOTE)


def gains_and_losses(scope: Scope, accounts: Sequence[ConnectedAccount]) -> None:
    """Who came and who went, where the platform tells."""
    st.markdown("**Gained and lost per day**")
    ids = tuple(account.id for account in accounts)
    frame = data.ask(audience_queries.gains_and_losses, ids, scope.period.first, scope.period.last)
    if frame.empty:
        st.caption(audience_text.NO_GAINS)
        return
    downloads.keep("Gained and lost per day", frame)
    figure = bars.gain_and_loss_bars(frame, labels=text.PLATFORMS)
    _draw(figure, scope, key="audience_gains", what="Followers gained and lost per day")
    st.caption(audience_text.GAINS_NOTE)


def histories(scope: Scope, accounts: Sequence[ConnectedAccount]) -> pd.DataFrame:
    """Per account: since when it is known, and what is known of the period."""
    return data.ask(
        audience_queries.histories, tuple(account.id for account in accounts), scope.period.first, scope.period.last
    )


def account_table(measured: Measured, scope: Scope, accounts: Sequence[ConnectedAccount], known: pd.DataFrame) -> None:
    """The accounts side by side: level, change, gains and losses, and how far back they are known."""
    closing = audience.level_at(measured, scope.period.last)
    net = audience.net_by_account(measured, scope.period)
    by_id = known.set_index("account_id").reindex([account.id for account in accounts])
    of = [account.id for account in accounts]
    connected_on = _connected_on(known, accounts)
    shown: dict[str, Any] = {
        "Account": [account.name for account in accounts],
        "Platform": [text.PLATFORMS[account.platform] for account in accounts],
        "Followers": closing.reindex(of).tolist(),
        "Net new": net.reindex(of).tolist(),
        "Gained": by_id["gained"].tolist(),
        "Lost": by_id["lost"].tolist(),
        "Days known": [f"{0 if pd.isna(days) else int(days)} of {scope.period.days}" for days in by_id["days"]],
        "Known since": by_id["first_day"].tolist(),
        "Connected": [connected_on.get(account_id) for account_id in of],
    }
    column = st.column_config
    config = {
        "Account": column.TextColumn(width=200),
        "Followers": column.NumberColumn(format="localized"),
        "Net new": column.NumberColumn(format="%+d", help=audience_text.NET_OF_ACCOUNT),
        "Gained": column.NumberColumn(format="localized", help=audience_text.GAINS_NOTE),
        "Lost": column.NumberColumn(format="localized", help=audience_text.GAINS_NOTE),
        "Days known": column.TextColumn(help=audience_text.DAYS_KNOWN),
        "Known since": column.DateColumn(format="D MMM YYYY", help=audience_text.FIRST_DAY),
        "Connected": column.DateColumn(format="D MMM YYYY"),
    }
    frame = pd.DataFrame(shown).astype(dict.fromkeys(("Followers", "Net new", "Gained", "Lost"), "Int64"))
    downloads.keep("Accounts", frame)
    st.dataframe(frame, hide_index=True, column_config=config, key="audience_accounts", placeholder=text.MISSING)


def _draw(figure: Any, scope: Scope, *, key: str, what: str) -> None:
    """Bars of days, with what was noted on them."""
    noted = notes.of_days(scope)
    alt = f"{what}, {text.period(scope.period)}{note_text.in_alt(noted)}"
    st.plotly_chart(marks.mark_notes(figure, noted), key=key, config=_NO_BAR, alt=alt)


def _connections(known: pd.DataFrame, scope: Scope, accounts: Sequence[ConnectedAccount]) -> dict[date, str]:
    """By day of the period: the platforms of the accounts connected on it."""
    days = _connected_on(known, accounts)
    found: dict[date, dict[str, None]] = {}
    for account in accounts:
        day = days.get(account.id)
        if day and day in scope.period:
            found.setdefault(day, {})[text.PLATFORMS[account.platform]] = None
    return {day: audience_text.connected(list(names)) for day, names in found.items()}


def _connected_on(known: pd.DataFrame, accounts: Sequence[ConnectedAccount]) -> dict[int, date]:
    """By account: the day of its connection, in the zone of its business."""
    zones = post_facts.zones_of(accounts)
    pairs = known[["account_id", "connected_at"]].dropna().itertuples(index=False)
    return {
        int(id_): at.to_pydatetime().replace(tzinfo=UTC).astimezone(text.zone_info(zones[int(id_)])).date()
        for id_, at in pairs
    }
