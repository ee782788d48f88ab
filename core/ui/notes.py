"""What do people remember of a business's days? Its notes for the charts, their list, and the dialog that writes them."""

from collections.abc import Sequence
from datetime import date

import streamlit as st

from core.ops.models import Note
from core.ops.notes import FIRST_DAY, FURTHEST_AHEAD, list_notes
from core.ops.written import LONGEST_NOTE
from core.ui import actions, data, note_text, said
from core.ui.controls import Scope

OPEN = "note_dialog"
"""Which note the dialog is open for: NEW, or the id of one."""
NEW = 0


def of_days(scope: Scope) -> dict[date, list[str]]:
    """By day of the period: what was noted of the business; nothing where several are in scope."""
    noted: dict[date, list[str]] = {}
    for note in _in_period(scope, _all_of(scope)):
        noted.setdefault(note.day, []).append(note.text)
    return noted


def listed(scope: Scope) -> None:
    """The notes that the charts above show, to be read without them."""
    notes = _in_period(scope, _all_of(scope))
    if notes:
        with st.container(border=True, gap="xsmall"):
            st.markdown(f"**{note_text.TITLE}**")
            for note in notes:
                _row(note, is_open_to_change=False)


def section(scope: Scope) -> None:
    """The notes of the period with the way to write and to change them."""
    everything = _all_of(scope)
    notes = _in_period(scope, everything)
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(f"**{note_text.TITLE}**", width="content", help=note_text.SHOWN)
            st.button(note_text.ADD, key="note_add", icon=":material/add:", on_click=_ask_for, args=(NEW,))
        for note in notes:
            _row(note, is_open_to_change=True)
        if not notes:
            st.caption(note_text.NONE)
        if len(notes) < len(everything):
            st.caption(note_text.elsewhere(len(everything) - len(notes)))
    which = st.session_state.get(OPEN)
    if which is not None:
        _dialog(scope, which, next((note for note in everything if note.id == which), None))


def _all_of(scope: Scope) -> list[Note]:
    if scope.business_id is None:
        return []
    with data.operations().reading() as session:
        return list_notes(session, scope.business_id)


def _in_period(scope: Scope, notes: Sequence[Note]) -> list[Note]:
    return [note for note in notes if note.day in scope.period]


def _row(note: Note, *, is_open_to_change: bool) -> None:
    """A person's own words, so they are never read as Markdown."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        with st.container(gap=None):
            st.caption(note_text.day(note.day))
            st.text(note.text)
        if is_open_to_change:
            st.button("Edit", key=f"note_{note.id}", type="tertiary", on_click=_ask_for, args=(note.id,))


def _ask_for(which: int) -> None:
    st.session_state[OPEN] = which


def _close() -> None:
    st.session_state.pop(OPEN, None)


@st.dialog("Note", on_dismiss=_close)
def _dialog(scope: Scope, which: int, note: Note | None) -> None:
    if which != NEW and note is None:
        st.text(note_text.GONE)
        return
    last = data.now().date() + FURTHEST_AHEAD
    day = st.date_input(
        "Day",
        note.day if note else scope.period.last,
        min_value=FIRST_DAY,
        max_value=last,
        format="YYYY-MM-DD",
        key=f"note_day_{which}",
        help=note_text.DAY_HELP,
    )
    words = st.text_area(
        "Text",
        note.text if note else "",
        max_chars=LONGEST_NOTE,
        placeholder=note_text.TEXT_HINT,
        key=f"note_text_{which}",
    )
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        is_saved = st.button("Save", key="note_save", type="primary")
        if which != NEW and st.button("Remove", key="note_remove", type="tertiary", icon=":material/delete:"):
            actions.remove_note(which)
            _done(note_text.REMOVED)
    if is_saved:
        with said.told():
            _save(scope, which, day, words)


def _save(scope: Scope, which: int, day: date, words: str) -> None:
    if which != NEW:
        actions.save_note(which, day, words)
    elif scope.business_id is not None:
        actions.add_note(scope.business_id, day, words)
    _done(note_text.SAVED)


def _done(sentence: str) -> None:
    said.later(sentence)
    _close()
    st.rerun()
