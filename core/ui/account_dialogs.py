"""What can be done with an account? Its permissions looked at, moved to another business, or disconnected."""

from collections.abc import Sequence
from enum import StrEnum

import streamlit as st

from core.domain import Platform
from core.ops.account_rows import AccountRow
from core.ui import actions, asked, data, markup, permissions, said, text

OPEN = "account_dialog"
"""Which dialog is open, of which account: kept, so that it stays open while the page behind it is drawn anew."""

LOST_MEANWHILE: dict[Platform, str] = {
    Platform.LINKEDIN: "After a pause the daily numbers of the last 12 months are filled in. How posts grew from hour to"
    " hour is lost.",
    Platform.X: "After a pause the followers of the days in between are lost, and the clicks of posts that have turned 30"
    " days old: X tells them only for a time.",
    Platform.FACEBOOK: "After a pause the daily numbers of the last two years are filled in. How posts grew from hour to"
    " hour is lost.",
    Platform.INSTAGRAM: "After a pause its stories are lost, new followers of days more than 30 days back, and daily numbers"
    " of days more than 90 days back.",
}
"""What a pause costs on each platform, by how long it keeps its numbers."""


class Deed(StrEnum):
    """What the menu of an account offers."""

    PERMISSIONS = "Permissions"
    MOVE = "Move to another business"
    DISCONNECT = "Disconnect"


def menu(row: AccountRow) -> None:
    deeds = list(Deed) if row.disconnected_at is None else [Deed.MOVE]
    chosen = st.menu_button(
        "More",
        deeds,
        key=f"accounts_menu_{row.id}",
        type="tertiary",
    )
    if chosen:
        st.session_state[OPEN] = (Deed(chosen), row.id)


def draw(rows: Sequence[AccountRow], zone: str) -> None:
    """The dialog that is open, if one is."""
    deed, account_id = st.session_state.get(OPEN, (None, None))
    row = next((row for row in rows if row.id == account_id), None)
    if row is None:
        return
    if deed is Deed.PERMISSIONS:
        _permissions(row, zone)
    elif deed is Deed.MOVE:
        _move(row)
    else:
        _disconnect(row)


def _close() -> None:
    st.session_state.pop(OPEN, None)


@st.dialog("Permissions", on_dismiss=_close)
def _permissions(row: AccountRow, zone: str) -> None:
    _who(row)
    if not row.granted:
        st.caption("The platform does not tell which permissions were given; these are asked for.")
    for scope, permission, is_given in permissions.list_permissions(row.provider, row.missing):
        icon = ":green[:material/check_circle:]" if is_given else ":orange[:material/cancel:]"
        st.markdown(f"{icon} {permission.gives}  \n:gray[:small[{scope}]]")
        if not is_given:
            st.caption(permissions.cost_of(scope))
    since = text.day(row.connected_at.astimezone(text.zone_info(zone)).date())
    markup.facts({"Signed in as": row.owner_name or "Not told", "Connected since": f"{since} {row.connected_at.year}"})


@st.dialog("Move to another business", on_dismiss=_close)
def _move(row: AccountRow) -> None:
    _who(row)
    others = {business.id: business.name for business in data.businesses() if business.id != row.business_id}
    if not others:
        st.text("There is no other business yet: create one on the Businesses page first.")
        return
    target = st.selectbox(
        "To", list(others), format_func=lambda id_: others.get(id_, text.MISSING), key="accounts_move_to"
    )
    st.caption("Its whole history moves along: every post and every day counts for the other business from then on.")
    if st.button("Move", key="accounts_move", type="primary"):
        with said.told():
            asked.remember(actions.move_account(row.id, target), f"{row.name} moves to {others[target]}.")
            _close()
            st.rerun()


@st.dialog("Disconnect this account?", on_dismiss=_close)
def _disconnect(row: AccountRow) -> None:
    _who(row)
    st.markdown("**What stops**")
    st.text(
        f"Nothing new is read from now on. Tideline gives its access back to {text.PROVIDERS[row.provider]}, unless other"
        f" accounts are read with the same login. {LOST_MEANWHILE[row.platform]}"
    )
    st.markdown("**What stays**")
    st.text(
        "Everything read so far, in the data file. Connect the account again, and its history goes on where it stopped."
    )
    with st.container(horizontal=True, gap="small"):
        if st.button("Disconnect", key="accounts_disconnect", type="primary"):
            with said.told():
                _disconnected(actions.disconnect(row.id))
        if st.button("Keep it connected", key="accounts_keep"):
            _close()
            st.rerun()


def _disconnected(remark: str | None) -> None:
    said.later(remark or "Disconnected. What was read so far stays.")
    _close()
    st.rerun()


def _who(row: AccountRow) -> None:
    about = f"{text.PLATFORMS[row.platform]} · {row.business}"
    markup.account_face(row.name, row.platform, about, picture=row.avatar_url)
