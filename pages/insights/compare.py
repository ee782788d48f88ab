"""How do the businesses, or the accounts of one, stand side by side?"""

import streamlit as st

from core.ui import compare_page, controls, facts, live, states

scope = controls.scope()
live.follow()
states.stop_without_data()
accounts = facts.accounts_in(scope)
states.stop_without_accounts(accounts)

choice = compare_page.choose()
compare_page.draw(facts.measured(scope), scope, accounts, choice)
for remark in states.remark_lines(accounts):
    st.caption(remark)
