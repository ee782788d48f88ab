"""What does a visitor see of an error nobody expected? A sentence, never a traceback."""

import streamlit as st

from core.errors import AppError

FAULT = (
    "This page met a fault of its own. Reload it; if it stays, report it with the last lines of the web process's log."
)


def report_failure(error: BaseException) -> bool:
    """Draw the sentence in place of the page. True: Streamlit shows nothing of its own; it has logged the traceback."""
    st.error(str(error) if isinstance(error, AppError) else FAULT, icon=":material/error:")
    return True
