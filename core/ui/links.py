"""What does a link ask for that there is not? Kept before the controls drop it in silence, and said until one of them is used."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date

import streamlit as st

from core.analytics.periods import Period
from core.ui import scope_text

_KEPT = "links_not_followed"
_SEVERAL = ("platform", "dates", "posts_kind", "posts_hashtag", "compare_sides")
"""What a link may name more than once."""


@contextmanager
def followed(allowed: Mapping[str, Collection[str]], *, most: int | None = None) -> Iterator[None]:
    """Around a page's own controls: what its link asks of them in vain, or beyond the `most`, is told below them.

    Only before they are drawn for the first time: later the choice is the viewer's, whatever is left to choose from.
    """
    look({key: options for key, options in allowed.items() if key not in st.session_state}, most=most)
    yield
    say(*allowed)


def look(allowed: Mapping[str, Collection[str]], *, most: int | None = None) -> None:
    """Compare what the URL names with what there is; to be called before the controls are drawn."""
    for key, options in allowed.items():
        asked = st.query_params.get_all(key)
        within = list(dict.fromkeys(one for one in asked if one in options))[:most]
        foreign = asked if len(asked) > 1 and key not in _SEVERAL else [one for one in asked if one not in within]
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


def say(*keys: str) -> None:
    """What of these could not be followed, as it was written: a link may hold anything, so it is never read as Markdown."""
    kept = st.session_state.get(_KEPT, {})
    for sentence in (kept[key] for key in keys if key in kept):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.badge("Link not followed", icon=":material/link_off:", color="orange")
            st.text(sentence, width="content")


def forget() -> None:
    """A control was used: what is shown now was chosen."""
    st.session_state.pop(_KEPT, None)


def _keep(key: str, asked: list[str]) -> None:
    st.session_state.setdefault(_KEPT, {})[key] = scope_text.not_followed(key, asked)
