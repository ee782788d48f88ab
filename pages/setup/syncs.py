"""Are the syncs alive, what are they doing, and what mends what went wrong?"""

import streamlit as st

from core.ui import actions, controls, data, runs

scope = controls.scope()
ready = sorted({account.business_id for account in data.accounts() if scope.business_id in (None, account.business_id)})

label = "Sync all businesses now" if scope.is_all else "Sync this business now"
if st.button(label, key="syncs_now", type="primary", icon=":material/sync:", disabled=not ready):
    runs.requested(actions.request_syncs(ready))
if not ready:
    st.caption("No account is connected here yet, so there is nothing to sync: connect one first.")

runs.board(scope.business_id, scope.zone)
