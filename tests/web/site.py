"""A web process in small: the OAuth routes behind the edge and a session, as Streamlit sets them up; and browsers to visit it."""

import re
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route

from core.tickets import BIND_COOKIE, Ticket, TicketOffice
from core.vault import Vault
from core.web.edge import Edge, public_origin
from core.web.flows import FlowBook, FlowCache
from core.web.oauth import Desk, create_oauth
from tests.web.client import TestClient

HTML = {"accept": "text/html,application/xhtml+xml"}


async def dashboard(_request):
    return HTMLResponse("<title>Tideline</title>")


@dataclass
class Site:
    """The app, and everything behind its routes."""

    settings: object
    database: object
    clock: object
    accounts: object
    app: object = field(init=False)

    def __post_init__(self):
        vault = Vault.open(self.settings)
        self.cache = FlowCache(self.database, vault, self.clock)
        self.tickets = TicketOffice(self.settings)
        self.desk = Desk(self.accounts, FlowBook(self.cache, self.clock), self.tickets)
        routes = [Mount("/oauth", app=create_oauth(self.settings, lambda: self.desk)), Route("/{page:path}", dashboard)]
        middleware = [
            Middleware(Edge, public_url=self.settings.public_url),
            Middleware(SessionMiddleware, secret_key="secret", session_cookie="_streamlit_session", same_site="lax"),
        ]
        self.app = Starlette(routes=routes, middleware=middleware)

    def visitor(self, base_url=None):
        """A browser with the Accounts page open."""
        visitor = Visitor(self, base_url or public_origin(self.settings.public_url))
        visitor.get("/accounts")
        return visitor


class Visitor:
    """One browser: keeps cookies, follows no redirect by itself."""

    def __init__(self, site, origin):
        self.site, self.origin = site, origin
        self.client = TestClient(site.app, base_url=origin, follow_redirects=False, raise_server_exceptions=False)

    @property
    def bind_cookie(self):
        return self.client.cookies.get(BIND_COOKIE)

    def get(self, path, **headers):
        return self.client.get(path, headers=HTML | headers)

    def ticket(self, provider, **more):
        """What the page's form holds."""
        return self.site.tickets.issue(Ticket(provider, "ana", **more), self.bind_cookie)

    def press(self, provider, *, ticket=None, origin=None, at=None, **more):
        """Press the page's button for this provider."""
        text = self.ticket(provider, **more) if ticket is None else ticket
        headers = HTML | {"origin": self.origin if origin is None else origin}
        headers = {name: value for name, value in headers.items() if value}
        return self.client.post(f"/oauth/{at or provider.value}/start", data={"ticket": text}, headers=headers)

    def begin(self, provider, **more):
        """Press the button; the state that the provider is told."""
        answer = self.press(provider, **more)
        assert answer.status_code == 303, answer.text
        return parse_qs(urlsplit(answer.headers["location"]).query)["state"][0]

    def come_back(self, provider, **query):
        return self.client.get(f"/oauth/{provider.value}/callback", params=query, headers=HTML)

    def sign_in(self, provider, login, *, keep=None, **more):
        """All the way: press, sign in at the sandbox as this login (allowing all, or these scopes), come back."""
        return self.client.get(self.way_back(provider, login, keep=keep, **more), headers=HTML)

    def way_back(self, provider, login, *, keep=None, **more):
        """The address that the sandbox sends the browser back to."""
        asked = self.press(provider, **more).headers["location"]
        if keep is None:
            answer = httpx.get(f"{asked}&{urlencode({'login_hint': login})}")
        else:
            form = {"decision": "approve", "scope": keep}
            answer = httpx.post(f"{asked}&{urlencode({'as': login})}", data=form)
        return answer.headers["location"]


def sentence(page):
    """The one sentence of a page."""
    found = re.search(r'<p role="alert">(.*?)</p>', page.text, re.DOTALL)
    assert found, page.text
    return unescape(found[1])


def way_on(page):
    return re.search(r'<a href="([^"]*)"', page.text)[1]
