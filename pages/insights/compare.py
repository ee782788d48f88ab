"""How do the businesses, or the accounts of one, stand side by side?"""

import streamlit as st

from core.ui import compare_board, compare_page, controls, facts, live, states

scope = controls.scope()
live.follow()
states.stop_without_data()
accounts = facts.accounts_in(scope)
states.stop_without_accounts(accounts)
states.notices_in_short(accounts, scope.business_id)

board = compare_board.choose(scope, accounts)
measured = facts.measured(scope)
compare_page.of_accounts(board, measured)
compare_page.of_posts(board, measured)
compare_page.table(board)
for remark in dict.fromkeys(states.remarks(accounts).values()):
    st.caption(remark)
