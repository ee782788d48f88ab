"""How are connected accounts drawn? A row each: who it is, whose login reads it, how it stands, and what can be done."""

from collections.abc import Mapping, Sequence
from math import ceil

import streamlit as st

from core.analytics.freshness import Freshness
from core.domain import Platform, Provider
from core.ops.account_rows import AccountRow
from core.ui import account_dialogs, connections, data, facts, markup, signin, standing, states, text
from core.ui.controls import Scope
from core.ui.standing import Standing

ROWS_A_PAGE = 25
RECONNECTED = "accounts_reconnected"

WAYS: dict[Platform, str] = {
    Platform.LINKEDIN: "Company pages that you administer.",
    Platform.X: "The account that you are signed in to at X.",
    Platform.FACEBOOK: "Your Pages, and the Instagram accounts linked to them.",
    Platform.INSTAGRAM: "A professional account that is linked to one of your Pages.",
}
"""What a sign-in at each platform brings."""
WITHOUT_A_PAGE = "A professional account, also one without a Facebook Page."


def ways_in(business_id: int | None) -> None:
    """A card for each platform: the thing to do as long as nothing is connected."""
    st.caption("Sign in at a platform, choose what to add, and the first sync starts by itself.")
    with st.grid(len(WAYS), min_column_width=190, gap="small"):
        for platform in WAYS:
            with st.container(border=True, gap="small", height="stretch", vertical_alignment="distribute"):
                _way(platform, business_id)


def more_ways_in(business_id: int | None) -> None:
    """The same in one line, above the accounts that are there."""
    ready = [platform for platform in WAYS if signin.is_configured(signin.provider_for(platform))]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for platform in ready:
            signin.button(_label(platform), signin.provider_for(platform), business_id=business_id)
        if len(ready) < len(WAYS):
            st.page_link(states.APPS_PAGE, label="Set up another platform", icon=":material/build:")


def board(rows: Sequence[AccountRow], scope: Scope) -> None:
    """Every account in scope, those that need somebody first; those that are no longer connected at the end."""
    connected = [row for row in rows if row.disconnected_at is None]
    gone = [row for row in rows if row.disconnected_at is not None]
    if connected:
        st.caption(f"{text.count(len(connected), 'account')} connected. {text.times_in(scope.zone)}.")
        _rows(connected, scope)
    if gone:
        st.subheader("No longer connected", anchor=False)
        st.caption("Nothing new is read of these. What was read before stays, here and in the data file.")
        for row in gone:
            _gone_row(row, scope.zone)
    account_dialogs.draw(rows, scope.zone)


def reconnected() -> None:
    """What a person reads who comes back from signing in again, until she has read it."""
    came_back = st.query_params.pop("reconnected", "")
    if came_back:
        st.session_state[RECONNECTED] = came_back
    for row in connections.account_rows(None):
        if str(row.id) == st.session_state.get(RECONNECTED) and row.broken_at is None:
            _works_again(row)


def _works_again(row: AccountRow) -> None:
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.badge("Reconnected", icon=":material/check_circle:", color="green")
            st.button("Dismiss", key="accounts_read", type="tertiary", on_click=_forget_reconnected)
        st.text(
            f"{row.name} is connected again, with every other account of this login. What was missed is being read."
        )


def _forget_reconnected() -> None:
    st.session_state.pop(RECONNECTED, None)


def _way(platform: Platform, business_id: int | None) -> None:
    provider = signin.provider_for(platform)
    with st.container(gap="xsmall"):
        st.markdown(f"**{text.PLATFORMS[platform]}**")
        st.caption(WITHOUT_A_PAGE if provider is Provider.INSTAGRAM else WAYS[platform])
    if signin.is_configured(provider):
        signin.button(_label(platform), provider, business_id=business_id, look="primary wide")
    else:
        st.page_link(states.APPS_PAGE, label="Set it up first", icon=":material/build:")


def _label(platform: Platform) -> str:
    return f"Connect {text.PLATFORMS[platform]}"


def _rows(rows: Sequence[AccountRow], scope: Scope) -> None:
    now = data.now()
    stands = {row.id: standing.standing_of(row, scope.zone, now=now) for row in rows}
    ordered = sorted(rows, key=lambda row: (stands[row.id].rank, row.business, row.name))
    pages = ceil(len(ordered) / ROWS_A_PAGE)
    page = st.session_state.get("accounts_page", 1)
    first = (min(page, pages) - 1) * ROWS_A_PAGE
    reach = facts.freshness_of(data.accounts())
    for row in ordered[first : first + ROWS_A_PAGE]:
        _row(row, stands[row.id], scope, reach)
    if pages > 1:
        st.pagination(pages, key="accounts_page")


def _row(row: AccountRow, stands: Standing, scope: Scope, reach: Mapping[int, Freshness]) -> None:
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            markup.account_face(row.name, row.platform, _about(row), picture=row.avatar_url)
            with st.container(horizontal=True, vertical_alignment="center", width="content", gap="small"):
                st.badge(stands.word, icon=stands.icon, color=stands.color)
                signin.reconnect(row.id, row.provider, about=row.name, is_urgent=stands.needs_reconnect)
                account_dialogs.menu(row)
        markup.facts(_facts(row, scope.zone, reach.get(row.id)))
        if stands.problem:
            with st.container(gap="xxsmall"):
                st.text(stands.problem)
                st.caption(stands.action)


def _gone_row(row: AccountRow, zone: str) -> None:
    stands = standing.standing_of(row, zone, now=data.now())
    with (
        st.container(border=True),
        st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"),
    ):
        markup.account_face(row.name, row.platform, _about(row), picture=row.avatar_url)
        with st.container(horizontal=True, vertical_alignment="center", width="content", gap="small"):
            st.badge(stands.word, icon=stands.icon, color=stands.color)
            if signin.is_configured(row.provider):
                signin.button("Connect again", row.provider, about=row.name, account_id=row.id)
            account_dialogs.menu(row)


def _about(row: AccountRow) -> str:
    handle = f"@{row.handle.lstrip('@')}" if row.handle else ""
    return " · ".join(part for part in (text.PLATFORMS[row.platform], handle, row.business) if part)


def _facts(row: AccountRow, zone: str, reach: Freshness | None) -> dict[str, str]:
    now = data.now()
    return {
        "Signed in as": row.owner_name or "Not told",
        "Permissions": standing.permissions_of(row),
        "Login": standing.login_life(row, now=now),
        "Last good sync": text.clock_time(row.last_synced_at, zone, now=now) if row.last_synced_at else "None yet",
        "Data covers to": text.day(reach.covers_to) if reach and reach.covers_to else text.MISSING,
    }
