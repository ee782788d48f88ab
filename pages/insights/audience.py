"""How many people follow the accounts, how did that change day by day, and since when is it known?"""

import streamlit as st

from core.ui import audience_page, controls, facts, live, notes, states

scope = controls.scope()
live.follow()
states.stop_without_data()
accounts = facts.accounts_in(scope)
states.stop_without_accounts(accounts)
states.notices_in_short(accounts, scope.business_id)

measured = facts.measured(scope)
audience_page.numbers(measured, scope, accounts)

histories = audience_page.histories(scope, accounts)
with st.container(border=True, gap="xsmall"):
    audience_page.levels(measured, scope, histories, accounts)

net, flow = st.columns(2)
with net, st.container(border=True, height="stretch", gap="xsmall"):
    audience_page.steps(measured, scope)
with flow, st.container(border=True, height="stretch", gap="xsmall"):
    audience_page.gains_and_losses(scope, accounts)

notes.listed(scope)

st.subheader("Accounts", anchor=False)
audience_page.account_table(measured, scope, accounts, histories)
