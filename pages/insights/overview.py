"""How is every account doing over the chosen period, and how far is that known?"""

import streamlit as st

from core.analytics import kpis, trends
from core.analytics.kpis import Measure
from core.charts.marks import DayMarks
from core.ui import cards, controls, data, drop_cards, facts, goal_cards, live, notes, number_tables, states

scope = controls.scope()
live.follow()
states.stop_without_data()
accounts = facts.accounts_in(scope)
states.stop_without_accounts(accounts)
controls.follow_opened()
states.notices(scope)
drop_cards.draw(scope)
goal_cards.draw(scope)

measured = facts.measured(scope)
cards.kpi_row(
    kpis.summarize(measured, scope.period),
    scope.period,
    not_offered=states.why_never_known(accounts),
    not_all=states.why_not_all(accounts),
    remarks=states.remarks(accounts),
)

noted = notes.of_days(scope)
for column, metric in zip(st.columns(2), facts.DAILY, strict=True):
    with column, st.container(border=True, height="stretch", gap="xsmall"):
        cards.daily_chart(
            metric,
            trends.daily_by_platform(measured, metric, scope.period),
            scope.period,
            on_days=DayMarks(noted=noted),
            instead=states.why_no_total(accounts).get(Measure(metric.value)),
        )
        states.chart_remarks(accounts, metric)

notes.listed(scope)

freshness = facts.freshness_of(accounts)
if scope.is_all:
    st.subheader("Businesses", anchor=False)
    number_tables.business_table(
        data.businesses(),
        kpis.by_business(measured, scope.period),
        facts.by_business(accounts, freshness),
        data.last_runs(),
        moves=number_tables.moves(measured, scope.period),
        zone=scope.zone,
    )
else:
    st.subheader("Accounts", anchor=False)
    number_tables.account_table(accounts, kpis.by_account(measured, scope.period), freshness)
