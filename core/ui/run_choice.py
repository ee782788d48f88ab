"""Which run is looked at? The URL names it, so that a link opens it; a click in a table or chart chooses it."""

import streamlit as st

KEY = "run"
_ROUND = "syncs_round"


def asked() -> str | None:
    """What the URL names; it may be anything."""
    return st.query_params.get(KEY)


def turn() -> int:
    """For the keys of what a run is chosen with: after a run was closed they are new, and nothing is chosen in them."""
    return int(st.session_state.get(_ROUND, 0))


def open_(run_id: int) -> None:
    """Look at a run: the page is drawn anew with it."""
    if asked() != str(run_id):
        st.query_params[KEY] = str(run_id)
        st.rerun()


def close() -> None:
    st.query_params.pop(KEY, None)
    st.session_state[_ROUND] = turn() + 1
