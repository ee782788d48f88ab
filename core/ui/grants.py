"""Which logins have ended or soon will? Said on the first screen, each with the one click that mends it."""

import streamlit as st

from core.ops.grants import GrantTrouble
from core.ui import connections, signin, text

MOST_NAMES = 5


def troubles() -> None:
    """A card for each login that a person has to renew, those that have ended first."""
    for trouble in connections.grant_troubles():
        _card(trouble)


def _card(trouble: GrantTrouble) -> None:
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            if trouble.is_broken:
                st.badge("Login ended", icon=":material/link_off:", color="red")
            else:
                st.badge(f"Login ends {_when(trouble)}", icon=":material/hourglass_bottom:", color="orange")
            about = text.PROVIDERS[trouble.provider]
            signin.reconnect(trouble.account_id, trouble.provider, about=about, is_urgent=trouble.is_broken)
        st.text(trouble.reason)
        st.text(_consequence(trouble))


def _when(trouble: GrantTrouble) -> str:
    return f"in {text.count(trouble.days_left, 'day')}" if trouble.days_left else "today"


def _consequence(trouble: GrantTrouble) -> str:
    names = text.listed(_shortened(trouble.accounts))
    if trouble.is_broken:
        return f"Nothing new is read of {names} until somebody signs in again. What was read so far stays."
    return f"Reconnect before, and {names} {'goes' if len(trouble.accounts) == 1 else 'go'} on without a gap."


def _shortened(names: list[str]) -> list[str]:
    rest = len(names) - MOST_NAMES
    return names[:MOST_NAMES] + [text.count(rest, "more account")] * (rest > 0)
