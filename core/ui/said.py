"""How is a viewer told what came of her click? At once where something is wrong, on the next page where it went well."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from core.errors import AppError

LATER = "said_later"


@contextmanager
def told(label: str = "Nothing was changed") -> Iterator[None]:
    """An error that is raised on purpose stands where the click was, as its sentence."""
    try:
        yield
    except AppError as error:
        problem(str(error), label)


def problem(sentence: str, label: str) -> None:
    """What went wrong. The sentence may hold a name that a platform gave, so it is shown as it is."""
    with st.container(border=True, gap="xsmall"):
        st.badge(label, icon=":material/error:", color="red")
        st.text(sentence)


def later(sentence: str) -> None:
    """Say it once the page is drawn anew, or another one is. Our own words only: a toast reads Markdown."""
    st.session_state.setdefault(LATER, []).append(sentence)


def draw() -> None:
    """What was kept to be said."""
    for sentence in st.session_state.pop(LATER, []):
        st.toast(sentence, icon=":material/check:", duration="long")
