"""How far is the demo's history? One line above every page of the demo, drawn again by itself until it is there."""

import streamlit as st

from core.ops.history import Making, find_making
from core.ui import data, demo_text

EVERY_S = 2.0


def draw() -> None:
    """Nothing where no history is being made."""
    making = _making()
    if making is None:
        return
    if making.error:
        st.caption(making.error)
        return

    def follow() -> None:
        now_making = _making()
        if now_making is None or now_making.error:
            st.rerun()
        st.caption(demo_text.sentence(now_making, now=data.now()))

    st.fragment(run_every=EVERY_S)(follow)()


def _making() -> Making | None:
    with data.operations().reading() as session:
        return find_making(session)
