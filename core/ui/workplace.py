"""What do the pages act with? The use case that connects accounts, and the office that issues sign-in tickets."""

from contextlib import ExitStack
from dataclasses import dataclass

import streamlit as st

from core.accounts import Accounts
from core.logins import PendingLogin
from core.tickets import BIND_COOKIE, Ticket, TicketOffice
from core.ui import data


@dataclass(frozen=True, slots=True)
class Opened:
    """The use case, and what has to be closed after it."""

    accounts: Accounts
    stack: ExitStack

    def close(self) -> None:
        self.stack.close()


def accounts() -> Accounts:
    return _opened().accounts


@st.cache_resource(show_spinner=False, on_release=Opened.close)
def _opened() -> Opened:
    from core.wiring import open_accounts  # noqa: PLC0415  # joins all layers, so it comes when it is needed

    stack = ExitStack()
    _, opened = stack.enter_context(open_accounts(data.settings(), data.clock()))
    return Opened(opened, stack)


@st.cache_resource(show_spinner=False)
def tickets() -> TicketOffice:
    return TicketOffice(data.settings())


def bind_cookie() -> str:
    """What tells this browser from another; empty where it keeps no cookie."""
    return st.context.cookies.get(BIND_COOKIE, "")


def issue(ticket: Ticket) -> str | None:
    """A ticket that only this browser can use; None for a browser that keeps no cookie."""
    cookie = bind_cookie()
    return tickets().issue(ticket, cookie) if cookie else None


def find_pending(pending_id: str) -> PendingLogin | None:
    """The sign-in that waits for this browser's choice."""
    cookie = bind_cookie()
    return accounts().find_pending(pending_id, tickets().browser(cookie)) if cookie and pending_id else None


def browser() -> str:
    """This browser, as pending sign-ins know it."""
    return tickets().browser(bind_cookie())
