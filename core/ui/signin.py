"""How does a person begin to sign in at a platform? By a form of our own that only her browser may send."""

from html import escape

import streamlit as st

from core.domain import Platform, Provider
from core.tickets import Ticket
from core.ui import actions, data, text, workplace


def is_configured(provider: Provider) -> bool:
    return data.settings().provider(provider).is_configured


def provider_for(platform: Platform) -> Provider:
    """Whom to ask for an account of this platform: for Instagram its own login where that is set up, else Facebook's."""
    own = Provider.INSTAGRAM
    return own if platform is Platform.INSTAGRAM and is_configured(own) else platform.provider


def button(
    label: str,
    provider: Provider,
    *,
    about: str = "",
    business_id: int | None = None,
    account_id: int | None = None,
    look: str = "",
) -> None:
    """The button that leads to the platform, in this tab. `about` tells it from others of its name; `look`: primary, wide."""
    classes = " ".join(f"tl-{word}" for word in look.split())
    name = f'aria-label="{escape(f"{label} {about}")}"' if about else ""
    ticket = workplace.issue(Ticket(provider, actions.PERSON, business_id=business_id, account_id=account_id))
    if ticket is None:
        st.caption("Your browser keeps no cookie for this address: reload the page, or allow cookies, to sign in.")
        return
    st.html(
        f'<form class="tl-start" method="post" action="/oauth/{provider.value}/start">'
        f'<input type="hidden" name="ticket" value="{escape(ticket)}">'
        f'<button type="submit" class="{classes}" {name}>{escape(label)}</button></form>',
        width="stretch" if "wide" in look else "content",
    )


def reconnect(account_id: int, provider: Provider, *, about: str, is_urgent: bool) -> None:
    """Sign in again for an account, and so for every other account of that login."""
    if is_configured(provider):
        button("Reconnect", provider, about=about, account_id=account_id, look="primary" if is_urgent else "")
    else:
        st.caption(f"{text.PROVIDERS[provider]} is not set up, so it cannot be reconnected.")
