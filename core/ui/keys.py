"""How are API keys drawn? The one just made, once; the ones in use, each with its way out; and those that were revoked."""

from urllib.parse import urlsplit

import streamlit as st

from core.ops import api_keys
from core.ops.api_keys import KeySummary
from core.ops.key_rows import KeyAccess
from core.ui import data, key_text, markup, said
from core.ui.actions import PERSON

SHOWN = "key_shown"
"""The key that was just made: kept by this session alone, until it is put away."""

OPEN = "key_dialog"
"""Which dialog is open: NEW, or the id of the key to revoke."""
NEW = 0


def introduce() -> None:
    is_local = urlsplit(data.settings().public_url).hostname in markup.LOCAL_NAMES
    st.caption(key_text.NEEDED_ELSEWHERE if is_local else key_text.NEEDED_ANYWHERE)
    st.button("New API key", key="keys_new", type="primary", icon=":material/add:", on_click=_ask_for, args=(NEW,))


def just_made() -> None:
    """The key itself, until its owner says that she has it."""
    secret = st.session_state.get(SHOWN)
    if secret is None:
        return
    with st.container(border=True):
        st.badge("New key", icon=":material/key:", color="green")
        st.text(key_text.KEEP_IT)
        st.code(secret, language=None, wrap_lines=True)
        st.caption("To try it:")
        st.code(key_text.sample(data.settings().public_url, secret), language="bash", wrap_lines=True)
        st.button("I have kept it", key="keys_kept", on_click=_put_away)


def listed() -> None:
    """Every key in use, and the revoked ones below."""
    with data.operations().reading() as session:
        found = api_keys.list_keys(session)
    in_use = [key for key in found if key.revoked_at is None]
    revoked = [key for key in found if key.revoked_at is not None]
    if not in_use:
        st.info(key_text.NONE_YET, icon=":material/key:")
    for key in in_use:
        _row(key)
    if revoked:
        st.subheader("Revoked", anchor=False)
        st.caption(key_text.REVOKED_ONES)
    for key in revoked:
        _row(key)


def _close() -> None:
    st.session_state.pop(OPEN, None)


def draw_dialog() -> None:
    """The dialog that is open, if one is."""
    which = st.session_state.get(OPEN)
    if which == NEW:
        _create()
    elif which is not None:
        _revoke(which)


def _row(key: KeySummary) -> None:
    with (
        st.container(border=True),
        st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"),
    ):
        markup.business_face(key.name, key_text.about(key), logo=None)
        if key.revoked_at is None:
            st.button("Revoke", key=f"key_revoke_{key.id}", on_click=_ask_for, args=(key.id,))


@st.dialog("New API key", on_dismiss=_close)
def _create() -> None:
    name = st.text_input("Name", max_chars=200, key="key_name", placeholder="The program that will use it")
    access = st.radio(
        "It may",
        list(KeyAccess),
        format_func=lambda one: key_text.ACCESS[one],
        captions=list(key_text.ACCESS_MEANS.values()),
        key="key_access",
    )
    names = {business.id: business.name for business in data.businesses()}
    opens_all = st.toggle(key_text.ANY_BUSINESS, value=True, key="key_opens_all")
    chosen: list[int] | None = None
    if not opens_all:
        chosen = st.multiselect(
            "Businesses", list(names), format_func=lambda one: names.get(one, ""), key="key_businesses"
        )
        st.caption(key_text.ONLY_THESE)
    if st.button("Make the key", key="key_create", type="primary"):
        with said.told("No key was made"):
            _make(name, access or KeyAccess.READ, chosen)
            _close()
            st.rerun()


@st.dialog("Revoke this key?", on_dismiss=_close)
def _revoke(key_id: int) -> None:
    with data.operations().reading() as session:
        key = next((one for one in api_keys.list_keys(session) if one.id == key_id), None)
    if key is None or key.revoked_at is not None:
        st.text("This key is revoked already.")
        return
    st.text(
        f"{key.name}: whatever uses it is refused from now on. This cannot be undone; a new key can be made any time."
    )
    if st.button("Revoke", key="key_revoke_now", type="primary", icon=":material/key_off:"):
        with said.told():
            with data.operations().transaction() as session:
                api_keys.revoke_key(session, key_id, by=PERSON, now=data.now())
            said.later("Revoked.")
            _close()
            st.rerun()


def _make(name: str, access: KeyAccess, business_ids: list[int] | None) -> None:
    with data.operations().transaction() as session:
        made = api_keys.create_key(session, name, access=access, business_ids=business_ids, by=PERSON, now=data.now())
    st.session_state[SHOWN] = made.secret


def _ask_for(which: int) -> None:
    st.session_state[OPEN] = which


def _put_away() -> None:
    st.session_state.pop(SHOWN, None)
