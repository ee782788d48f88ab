"""What does a link ask for that there is not? Kept before the controls drop it in silence, and said until one of them is used."""

from collections.abc import Collection, Mapping
from datetime import date

import streamlit as st

from core.analytics.periods import Period
from core.ui import scope_text

_KEPT = "links_not_followed"
_SEVERAL = ("platform", "dates")
"""What a link may name more than once."""


def look(allowed: Mapping[str, Collection[str]]) -> None:
    """Compare what the URL names with what there is; to be called before the controls are drawn."""
    for key, options in allowed.items():
        asked = st.query_params.get_all(key)
        foreign = asked if len(asked) > 1 and key not in _SEVERAL else [one for one in asked if one not in options]
        if foreign:
            _keep(key, foreign)


def look_at_dates(bounds: Period) -> bool:
    """The same for the two days of a range, before there is one: whether the URL names something else."""
    asked = [] if "dates" in st.session_state else st.query_params.get_all("dates")
    is_wrong = bool(asked) and range_of(asked, bounds) is None
    if is_wrong:
        _keep("dates", asked)
    return is_wrong


def range_of(asked: list[str], bounds: Period) -> Period | None:
    """The range that a URL names, None where it is no range within the bounds."""
    try:
        first, last = (date.fromisoformat(day) for day in asked)
        found = Period(first, last)
    except ValueError:
        return None
    return found if first in bounds and last in bounds else None


def say() -> None:
    """What could not be followed, as it was written: a link may hold anything, so it is never read as Markdown."""
    for sentence in st.session_state.get(_KEPT, {}).values():
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.badge("Link not followed", icon=":material/link_off:", color="orange")
            st.text(sentence, width="content")


def forget() -> None:
    """A control was used: what is shown now was chosen."""
    st.session_state.pop(_KEPT, None)


def _keep(key: str, asked: list[str]) -> None:
    st.session_state.setdefault(_KEPT, {})[key] = scope_text.not_followed(key, asked)
