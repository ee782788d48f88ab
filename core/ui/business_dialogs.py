"""What is asked before a business is made, or deleted for good?"""

import streamlit as st

from core.ui import actions, asked, connections, new_business, said, text

OPEN = "business_dialog"
"""Which dialog is open: NEW, or the id of the business to delete."""
NEW = 0


def ask_for_new() -> None:
    st.session_state[OPEN] = NEW


def ask_to_delete(business_id: int) -> None:
    st.session_state[OPEN] = business_id


def draw() -> None:
    """The dialog that is open, if one is."""
    which = st.session_state.get(OPEN)
    if which is None:
        return
    if which == NEW:
        _create()
    else:
        _delete(which)


def _close() -> None:
    st.session_state.pop(OPEN, None)


@st.dialog("New business", on_dismiss=_close)
def _create() -> None:
    new_business.fields("businesses")
    if st.button("Create", key="businesses_create", type="primary"):
        with said.told():
            new_business.create("businesses")
            said.later("Created. Connect its accounts on the Accounts page.")
            _close()
            st.rerun()


@st.dialog("Delete for good?", on_dismiss=_close)
def _delete(business_id: int) -> None:
    business = next((one for one in connections.all_businesses() if one.id == business_id), None)
    if business is None:
        st.text("This business is gone already.")
        return
    accounts = len(connections.account_rows(business_id))
    st.text(
        f"{business.name} with {text.count(accounts, 'account')}: every post, every number and every login of theirs that no"
        " other business uses are removed from both databases. This cannot be undone, and the platforms do not give all of it"
        " again."
    )
    st.caption("To keep the numbers and only stop syncing, archive it instead.")
    typed = st.text_input("Type the name of the business", key=f"business_typed_{business_id}")
    if st.button("Delete for good", key="business_delete_now", type="primary", icon=":material/delete_forever:"):
        with said.told():
            request_id = actions.delete_business(business_id, typed)
            asked.remember(request_id, f"{business.name} is being deleted.")
            _close()
            st.rerun()
