"""What of a sign-in is connected, and to which business? The choice between sign-in and first sync."""

from collections.abc import Mapping, Sequence

import streamlit as st

from core.domain import Platform
from core.fetchers.base import ConnectableAccount
from core.logins import PendingLogin
from core.ops.models import Business
from core.ui import actions, connections, data, markup, new_business, permissions, said, signin, states, text, workplace

CHOOSE_ALL_FROM = 4
"""From so many on there is a button that ticks all of them."""

NEW = 0
"""The choice of a business that is still to be made."""

Key = tuple[Platform, str]
"""An account as its platform knows it."""


def pending() -> PendingLogin:
    """The sign-in that this browser came back with; says what to do where there is none."""
    found = workplace.find_pending(st.query_params.get("login", ""))
    if found is None:
        st.info(
            "There is no sign-in to go on with here: it was used already, took longer than ten minutes, or was begun in"
            " another browser. What it has connected is on the Accounts page.",
            icon=":material/hourglass_disabled:",
        )
        st.page_link(states.ACCOUNTS_PAGE, label="Begin again on the Accounts page", icon=":material/arrow_back:")
        st.stop()
    return found


def introduce(found: PendingLogin) -> None:
    """Who has signed in, and how long the choice may take."""
    login = found.login
    whose = f" as {login.owner_name}" if login.owner_name else ""
    until = text.clock_time(found.expires_at, new_business.here(), now=data.now())
    st.text(f"Signed in at {text.PROVIDERS[login.provider]}{whose}. Choose what to connect by {until}.")


def missing(found: PendingLogin) -> None:
    """The permissions that were not given, each with what it costs, and the way to give them after all."""
    if not found.login.missing_scopes:
        return
    with st.container(border=True, gap="small"):
        st.badge(
            f"{text.count(len(found.login.missing_scopes), 'permission')} not given",
            icon=":material/key_off:",
            color="orange",
        )
        st.text("\n".join(permissions.cost_of(scope) for scope in found.login.missing_scopes))
        st.caption("You can go on without. To give them after all, sign in again and leave every box ticked.")
        signin.button("Sign in again", found.provider, business_id=found.business_id)


def choose_business(found: PendingLogin) -> int | None:
    """The business that the accounts are added to, NEW for one whose name is asked for; None while none is chosen."""
    names = {business.id: business.name for business in data.businesses()}
    options = [*names, NEW]
    likely = _likely_business(found, names)
    business_id: int | None = st.selectbox(
        "Add to",
        options,
        index=None if likely is None else options.index(likely),
        format_func=lambda id_: names.get(id_, "A new business"),
        placeholder="Choose a business",
        key="connect_business",
        width=340,
    )
    if business_id == NEW:
        new_business.fields("connect", suggested=next((one.name for one in found.login.connectable), ""))
    return business_id


def choose_accounts(found: PendingLogin, business_id: int | None) -> list[Key]:
    """The accounts that are ticked."""
    login = found.login
    reasons = _reasons(login.connectable, business_id)
    open_ones = [one for one in login.connectable if _key(one) not in reasons]
    closed = [one for one in login.connectable if _key(one) in reasons]
    if len(open_ones) >= CHOOSE_ALL_FROM:
        st.button(
            "Tick all", key="connect_all", type="tertiary", on_click=_tick, args=([_widget(one) for one in open_ones],)
        )
    alone = _only_ones(open_ones)
    chosen = [_key(one) for one in open_ones if _row(one, is_ticked=_key(one) in alone)]
    if closed:
        st.markdown("**Cannot be connected**")
    for one in closed:
        _row(one, reason=reasons[_key(one)])
    return chosen


def connect(found: PendingLogin, business_id: int | None, chosen: Sequence[Key]) -> None:
    """The one button, and the way on."""
    label = f"Connect {text.count(len(chosen), 'account')}" if chosen else "Connect"
    is_open = bool(chosen) and business_id is not None
    if st.button(label, key="connect_now", type="primary", icon=":material/link:", disabled=not is_open):
        with said.told():
            target = business_id or new_business.create("connect")
            accounts = actions.connect(found.id, chosen, target)
            said.later(f"{text.count(len(accounts), 'account')} connected. The first sync is on its way.")
            st.switch_page(states.ACCOUNTS_PAGE, query_params={})
    st.caption("Tideline only reads: it posts nothing, changes nothing and answers nobody in your name.")


def _reasons(candidates: Sequence[ConnectableAccount], business_id: int | None) -> dict[Key, str]:
    """Why some cannot be connected: the platform's reason, or that they are another business's already."""
    taken = {key: _taken(owner) for key, owner in _owners(candidates).items() if owner.id != business_id}
    return taken | {_key(one): one.problem for one in candidates if one.problem}


def _owners(candidates: Sequence[ConnectableAccount]) -> dict[Key, Business]:
    """Whose those are that were connected before."""
    known = connections.known_accounts(_key(one) for one in candidates)
    return {key: account.business for key, account in known.items()}


def _taken(owner: Business) -> str:
    if owner.archived_at is not None:
        return f"It belongs to {owner.name}, which is archived: restore that business first."
    return f"It belongs to {owner.name}: choose that business above, or move the account first, on the Accounts page."


def _likely_business(found: PendingLogin, names: Mapping[int, str]) -> int | None:
    """The one that was looked at, or the owner of what was connected before, or the only one there is."""
    owners = {owner.id for owner in _owners(found.login.connectable).values()} & names.keys()
    for likely in ({found.business_id} & names.keys(), owners, set(names)):
        if len(likely) == 1:
            return likely.pop()
    return None if names else NEW


def _row(one: ConnectableAccount, *, is_ticked: bool = False, reason: str = "") -> bool:
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
            label = f"{text.PLATFORMS[one.platform]} account"  # its name stands beside it: a label would be read as Markdown
            choice = st.checkbox(
                label,
                value=is_ticked and not reason,
                key=_widget(one),
                disabled=bool(reason),
                label_visibility="collapsed",
            )
            markup.account_face(one.name, one.platform, _about(one), picture=one.avatar_url)
        if reason:
            st.text(reason)
    return choice and not reason


def _about(one: ConnectableAccount) -> str:
    handle = f"@{one.handle.lstrip('@')}" if one.handle else ""
    role = one.role.replace("_", " ").capitalize() if one.role else ""
    return " · ".join(part for part in (text.PLATFORMS[one.platform], handle, role) if part)


def _only_ones(candidates: Sequence[ConnectableAccount]) -> set[Key]:
    """Those that are the only ones of their platform: where there is no choice, it is made."""
    by_platform: dict[Platform, list[Key]] = {}
    for one in candidates:
        by_platform.setdefault(one.platform, []).append(_key(one))
    return {keys[0] for keys in by_platform.values() if len(keys) == 1}


def _tick(widgets: Sequence[str]) -> None:
    st.session_state.update(dict.fromkeys(widgets, True))


def _key(one: ConnectableAccount) -> Key:
    return one.platform, one.external_id


def _widget(one: ConnectableAccount) -> str:
    return f"connect_{one.platform}_{one.external_id}"
