"""How is one business doing: its accounts in the period, and the posts that it published?"""

import streamlit as st

from core.analytics import trends
from core.charts.marks import DayMarks
from core.metrics import Metric
from core.ui import business_page, cards, controls, facts, goals, happenings, live, notes, post_tables, states

scope = controls.scope()
live.follow()
states.stop_without_data()
business_page.stop_without_business(scope)
accounts = facts.accounts_in(scope)
states.stop_without_accounts(accounts)
states.notices(scope)
post_tables.follow_opened()

measured = facts.measured(scope)
business_page.numbers(measured, scope, accounts)
goals.section(scope)

noted = notes.of_days(scope)
for column, metric in zip(st.columns(2), facts.DAILY, strict=True):
    with column, st.container(border=True, height="stretch", gap="xsmall"):
        daily = trends.daily_by_platform(measured, metric, scope.period)
        on_days = DayMarks(happenings.of_metric(metric, scope, accounts), noted)
        cards.daily_chart(metric, daily, scope.period, on_days=on_days)
        states.chart_remarks(accounts, metric)

followers, share = st.columns(2)
with followers, st.container(border=True, height="stretch", gap="xsmall"):
    daily = trends.daily_by_platform(measured, Metric.FOLLOWERS, scope.period)
    cards.daily_chart(Metric.FOLLOWERS, daily, scope.period, from_zero=False, on_days=DayMarks(noted=noted))
with share, st.container(border=True, height="stretch", gap="xsmall"):
    business_page.platform_share(measured, scope, accounts)

notes.section(scope)
business_page.standing_out(scope, accounts)
