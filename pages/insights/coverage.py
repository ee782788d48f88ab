"""Which days of which accounts are known, and what happened on the others?"""

import streamlit as st

from core.ui import controls, coverage_page, facts, live, states

scope = controls.scope()
live.follow()
states.stop_without_data()
accounts = facts.accounts_in(scope)
states.stop_without_accounts(accounts)

known = coverage_page.read(scope, accounts)
coverage_page.legend()
with st.container(border=True, gap="small"):
    metric = coverage_page.of_accounts(known, scope, accounts)
with st.container(border=True, gap="small"):
    coverage_page.of_one_account(known, scope, accounts)
coverage_page.gap_table(known, scope, accounts, metric)
