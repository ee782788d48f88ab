"""How does a person sign in at a platform? The routes that send her there and take her back, under /oauth."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from core.accounts import Accounts
from core.domain import Provider
from core.errors import AppError, ConfigError, FetchError, OperatorNeededError, RateLimitedError, ReconnectNeededError
from core.logins import Login
from core.ops.grants import NAMES
from core.settings import Settings
from core.tickets import BIND_COOKIE, Ticket, TicketError, TicketOffice, redirect_uri
from core.web.edge import public_origin
from core.web.flows import BAD_ADDRESS, Flow, FlowBook
from core.web.pages import TO_APPS, RefusedError, WayOn, sentence_page

__all__ = ["Desk", "create_oauth", "redirect_uri"]

log = logging.getLogger(__name__)

DENIALS = frozenset({"access_denied", "user_cancelled_login", "user_cancelled_authorize"})
APP_ERRORS = frozenset({"unauthorized_scope_error", "invalid_scope", "unauthorized_client", "invalid_client"})
FAULT = "Tideline met a fault of its own; the web process's log has the details."


@dataclass(frozen=True, slots=True)
class Desk:
    """What the routes work with."""

    accounts: Accounts
    flows: FlowBook
    tickets: TicketOffice


@dataclass(frozen=True, slots=True)
class OAuth:
    """The two routes. The desk is opened by the first who needs it: a wrong key is a sentence to her, not a dead process."""

    settings: Settings
    open_desk: Callable[[], Desk]

    async def start(self, request: Request) -> Response:
        """Our own form sends the browser on to the provider."""
        provider = _provider_of(request)
        self._check_origin(request)
        desk, cookie = self.open_desk(), request.cookies.get(BIND_COOKIE)
        ticket = desk.tickets.read(await _read_ticket(request), cookie)
        self._check_startable(ticket, provider)
        begun = desk.accounts.begin(provider, redirect_uri(self.settings, provider))
        flow = Flow(
            ticket=ticket,
            browser=desk.tickets.browser(cookie),
            redirect_uri=redirect_uri(self.settings, provider),
            code_verifier=begun.code_verifier,
        )
        await desk.flows.begin(request.session, begun.state, flow)
        return RedirectResponse(begun.url, HTTPStatus.SEE_OTHER)

    async def callback(self, request: Request) -> Response:
        """The provider sends the browser back, with a code or an error."""
        provider, desk = _provider_of(request), self.open_desk()
        browser = desk.tickets.browser(request.cookies.get(BIND_COOKIE))
        state = request.query_params.get("state", "")
        flow = await desk.flows.take(request.session, provider, state, browser)
        code = _read_code(provider, request.query_params)
        login = await run_in_threadpool(_sign_in, desk.accounts, flow, code)
        _check_usable(login)
        path = await run_in_threadpool(_keep, desk.accounts, flow, login)
        return RedirectResponse(path, HTTPStatus.SEE_OTHER)

    def _check_origin(self, request: Request) -> None:
        """Cookies of localhost are not those of 127.0.0.1, and the provider sends the browser back to the public name."""
        public = public_origin(self.settings.public_url)
        if request.headers.get("origin") != public:
            sentence = f"Sign-ins start at {public} only: open Tideline under that address and press the button there."
            raise RefusedError(sentence, HTTPStatus.FORBIDDEN, WayOn("Open Tideline there", f"{public}/accounts"))

    def _check_startable(self, ticket: Ticket, provider: Provider) -> None:
        if ticket.provider is not provider:
            raise RefusedError(
                "The button was for another platform: open Accounts and press it there.", HTTPStatus.FORBIDDEN
            )
        if not self.settings.provider(provider).is_configured:
            sentence = f"No app is set up for {NAMES[provider]} yet: Platform apps says how to register one."
            raise RefusedError(sentence, HTTPStatus.CONFLICT, TO_APPS)


def create_oauth(settings: Settings, open_desk: Callable[[], Desk]) -> Starlette:
    """The routes, to be mounted at /oauth."""
    oauth = OAuth(settings, open_desk)
    return Starlette(
        routes=[
            Route("/{provider}/start", oauth.start, methods=["POST"]),
            Route("/{provider}/callback", oauth.callback, methods=["GET"]),
        ],
        exception_handlers={AppError: _refused, HTTPException: _unknown, Exception: _broken},
    )


def _provider_of(request: Request) -> Provider:
    try:
        return Provider(request.path_params["provider"])
    except ValueError:
        raise HTTPException(HTTPStatus.NOT_FOUND) from None


async def _read_ticket(request: Request) -> str:
    async with request.form(max_files=0, max_fields=5) as form:
        ticket = form.get("ticket")
    return ticket if isinstance(ticket, str) else ""


def _read_code(provider: Provider, asked: QueryParams) -> str:
    """The code, or RefusedError where the provider sent an error instead. Its description is not ours, and stays unshown."""
    name, error = NAMES[provider], asked.get("error", "")
    if error in DENIALS:
        sentence = (
            f"You did not allow Tideline to read from {name}, so no account was connected. Press Connect to try again."
        )
        raise RefusedError(sentence, HTTPStatus.FORBIDDEN)
    if error in APP_ERRORS:
        sentence = f"{name} does not let this app ask for what Tideline needs ({error}): Platform apps lists the products and permissions to add."
        raise RefusedError(sentence, HTTPStatus.BAD_GATEWAY, TO_APPS)
    if error:
        known = f" ({error})" if re.fullmatch(r"[a-z_]{3,40}", error) else ""
        raise RefusedError(
            f"{name} ended the sign-in with an error{known}: try again in a few minutes.", HTTPStatus.BAD_GATEWAY
        )
    code = asked.get("code", "").removesuffix("#_")  # Instagram puts it there
    if not code:
        raise RefusedError(f"{name} sent neither a code nor an error back. {BAD_ADDRESS}", HTTPStatus.BAD_GATEWAY)
    return code


def _sign_in(accounts: Accounts, flow: Flow, code: str) -> Login:
    provider = flow.ticket.provider
    try:
        return accounts.sign_in(provider, code=code, redirect_uri=flow.redirect_uri, code_verifier=flow.code_verifier)
    except FetchError as error:
        log.warning("the sign-in at %s failed: %s: %s", NAMES[provider], type(error).__name__, error)
        raise _failed(NAMES[provider], error) from None  # what lies below may quote the code


def _failed(name: str, error: FetchError) -> RefusedError:
    if isinstance(error, ReconnectNeededError):
        sentence = f"{name} did not take the sign-in's code: it is good once and for a short while. Press Connect to begin anew."
        return RefusedError(sentence, HTTPStatus.BAD_REQUEST)
    if isinstance(error, OperatorNeededError):
        return RefusedError(str(error), HTTPStatus.BAD_GATEWAY, TO_APPS)
    if isinstance(error, RateLimitedError):
        sentence = f"{name} asks to be left alone until {error.retry_at:%H:%M} UTC: press Connect after that."
        return RefusedError(sentence, HTTPStatus.SERVICE_UNAVAILABLE)
    sentence = f"{name} gave no usable answer, so no account was connected: try again in a few minutes."
    return RefusedError(sentence, HTTPStatus.BAD_GATEWAY)


def _check_usable(login: Login) -> None:
    """A login that may read nothing ends here; what a chooser can show goes there, with what is missing."""
    if login.connectable:
        return
    name = NAMES[login.provider]
    if login.missing_scopes:
        missing = ", ".join(login.missing_scopes)
        sentence = f"{name} lists no account, for these permissions were not given: {missing}. Press Connect again and leave all of them ticked."
    else:
        who = f"The login {login.owner_name}" if login.owner_name else "This login"
        sentence = f"{who} may read no page or account at {name}: sign in as somebody who administers one."
    raise RefusedError(sentence, HTTPStatus.FORBIDDEN)


def _keep(accounts: Accounts, flow: Flow, login: Login) -> str:
    """Where to go on: an account that was to be reconnected is at once, everything else is chosen from."""
    ticket = flow.ticket
    pending = accounts.keep_pending(
        login, browser=flow.browser, person=ticket.person, business_id=ticket.business_id, account_id=ticket.account_id
    )
    if ticket.account_id is None:
        return f"/connect?{urlencode({'login': pending})}"
    accounts.reconnect_pending(pending, flow.browser)
    return f"/accounts?{urlencode({'reconnected': ticket.account_id})}"


def _refused(_request: Request, error: Exception) -> HTMLResponse:
    if isinstance(error, RefusedError):
        return sentence_page(str(error), error.status, way_on=error.way_on)
    if isinstance(error, TicketError):
        return sentence_page(str(error), HTTPStatus.FORBIDDEN)
    status = HTTPStatus.SERVICE_UNAVAILABLE if isinstance(error, ConfigError) else HTTPStatus.CONFLICT
    return sentence_page(str(error), status)


def _unknown(_request: Request, error: Exception) -> HTMLResponse:
    """Another path, platform or method."""
    code = HTTPStatus(error.status_code) if isinstance(error, HTTPException) else HTTPStatus.BAD_REQUEST
    return sentence_page("There is no sign-in at this address: open Accounts and press Connect there.", code)


def _broken(_request: Request, _error: Exception) -> HTMLResponse:
    return sentence_page(FAULT, HTTPStatus.INTERNAL_SERVER_ERROR)
