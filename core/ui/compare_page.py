"""How are businesses or accounts drawn side by side? The choice of measure and divisor, a ranking, and a table of all numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from core.analytics.comparing import DIVIDED, Compared, Per, compare
from core.analytics.kpis import FIRST_ROW, Measure
from core.analytics.measured import Measured
from core.charts.palette import PLATFORM_COLORS
from core.charts.ranking import ranking
from core.ops.overview import ConnectedAccount
from core.ui import audience_text, data, downloads, text
from core.ui.controls import Scope
from core.ui.explanations import EXPLANATIONS

MOST_BARS = 25
ACCENT = "#1E87A8"


@dataclass(frozen=True, slots=True)
class Side:
    """One of those that stand side by side."""

    name: str
    color: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What is compared."""

    measure: Measure
    per: Per


def sides(scope: Scope, accounts: Sequence[ConnectedAccount]) -> tuple[dict[int, Side], dict[int, int]]:
    """Businesses where all are in scope, else the accounts of one; and to which of them each account belongs."""
    if scope.is_all:
        names = {business.id: business.name for business in data.businesses()}
        group_of = {account.id: account.business_id for account in accounts}
        return {id_: Side(names.get(id_, text.MISSING), ACCENT) for id_ in group_of.values()}, group_of
    named = {
        account.id: Side(f"{account.name} · {text.PLATFORMS[account.platform]}", PLATFORM_COLORS[account.platform])
        for account in accounts
    }
    return named, {account.id: account.id for account in accounts}


def choose() -> Choice:
    """The controls of the page."""
    measures = {text.MEASURES[measure]: measure for measure in FIRST_ROW}
    per = {audience_text.PER[one]: one for one in Per}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        measure = st.selectbox(
            "Measure", list(measures), index=1, key="compare_measure", bind="query-params", width=220
        )
        divided = st.segmented_control(
            "Numbers",
            list(per),
            default=audience_text.PER[Per.ITSELF],
            required=True,
            key="compare_per",
            bind="query-params",
        )
    return Choice(measures[measure], per[divided or audience_text.PER[Per.ITSELF]])


def draw(measured: Measured, scope: Scope, accounts: Sequence[ConnectedAccount], choice: Choice) -> None:
    """The ranking of the chosen measure and the table of all."""
    named, group_of = sides(scope, accounts)
    found = compare(measured, scope.period, group_of, choice.per)
    st.caption(f"{text.period(scope.period)}. {audience_text.per_note(choice.per, DIVIDED[choice.per])}")
    with st.container(border=True, gap="xsmall"):
        _ranking(found, named, choice, scope)
    _table(found, named, choice.per)
    st.caption(audience_text.COMPARE_NOTE)


def _ranking(found: Mapping[int, Compared], named: Mapping[int, Side], choice: Choice, scope: Scope) -> None:
    title = audience_text.measure_per(choice.measure, choice.per, DIVIDED[choice.per])
    st.markdown(f"**{title}**")
    known = [(id_, value) for id_, one in found.items() if (value := one.values[choice.measure]) is not None]
    known.sort(key=lambda one: -one[1])
    rows = [(named[id_].name, value, _written(value, choice), named[id_].color) for id_, value in known]
    if not rows:
        st.caption("No number of this period is known.")
        return
    figure = ranking(rows[:MOST_BARS])
    st.plotly_chart(
        figure, key="compare_ranking", config={"displayModeBar": False}, alt=f"{title}, {text.period(scope.period)}"
    )
    unknown = len(found) - len(known)
    if unknown or len(rows) > MOST_BARS:
        st.caption(audience_text.not_drawn(unknown, len(rows) - MOST_BARS))


def _written(value: float, choice: Choice) -> str:
    if choice.measure is Measure.ENGAGEMENT_RATE:
        return text.percent(value)
    return f"{value:,.1f}" if choice.measure in DIVIDED[choice.per] and value < 1000 else text.number(value)


def _table(found: Mapping[int, Compared], named: Mapping[int, Side], per: Per) -> None:
    ids = sorted(found, key=lambda id_: named[id_].name)
    column = st.column_config
    rows: dict[str, Any] = {"Name": [named[id_].name for id_ in ids]}
    config: dict[str, Any] = {"Name": column.TextColumn(width=220)}
    for measure in FIRST_ROW:
        label = audience_text.measure_per(measure, per, DIVIDED[per])
        rows[label] = [found[id_].values[measure] for id_ in ids]
        rows[f"{label}: of"] = [f"{found[id_].counted[measure]} of {found[id_].shown}" for id_ in ids]
        shape = (
            "%.1f %%" if measure is Measure.ENGAGEMENT_RATE else "localized" if measure in DIVIDED[per] else "compact"
        )
        config[label] = column.NumberColumn(format=shape, help=EXPLANATIONS[measure])
        config[f"{label}: of"] = column.TextColumn("Accounts", width=76, help=audience_text.COUNTED)
    numbers = [name for name in rows if not name.endswith(": of") and name != "Name"]
    frame = pd.DataFrame(rows).astype(dict.fromkeys(numbers, "float64"))
    downloads.keep("Side by side", frame)
    frame[text.MEASURES[Measure.ENGAGEMENT_RATE]] *= 100
    st.dataframe(frame, hide_index=True, column_config=config, key="compare_table", placeholder=text.MISSING)
