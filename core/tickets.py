"""May this press start a sign-in? Tickets that a page hands out and the route takes back, good in the same browser alone."""

import hashlib
import hmac
from dataclasses import asdict, dataclass

from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer

from core.domain import Provider
from core.errors import AppError
from core.settings import Settings
from core.vault import derive_secret

BIND_COOKIE = "tideline_bind"
"""An unguessable value of each browser; it never leaves the cookie, only its digest is carried and stored."""
TICKET_LIFE_S = 3600


class TicketError(AppError):
    """The ticket is not good here and now; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """Who wants to sign in where, and for what: a business to connect accounts to, or an account to reconnect."""

    provider: Provider
    person: str
    business_id: int | None = None
    account_id: int | None = None


class TicketOffice:
    """Issues tickets and reads them again. The key is looked up each time: `rotate-key` may change it under us."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def issue(self, ticket: Ticket, bind_cookie: str | None) -> str:
        """The text for the form's hidden field."""
        carried = self._serializer().dumps({**asdict(ticket), "browser": self.browser(bind_cookie)})
        return carried if isinstance(carried, str) else carried.decode()

    def read(self, text: str, bind_cookie: str | None) -> Ticket:
        """The ticket, or TicketError where it is none of ours, too old, or of another browser."""
        browser = self.browser(bind_cookie)
        try:
            carried = self._serializer().loads(text, max_age=TICKET_LIFE_S)
        except SignatureExpired:
            raise TicketError(
                "The page was open for more than an hour: reload it and press the button again."
            ) from None
        except BadData:
            raise TicketError(
                "This did not come from a button of Tideline: open Accounts and press it there."
            ) from None
        if not hmac.compare_digest(carried.pop("browser"), browser):
            raise TicketError("The page was opened in another browser: open Accounts in this one and press the button.")
        return Ticket(**carried | {"provider": Provider(carried["provider"])})

    def browser(self, bind_cookie: str | None) -> str:
        """What is remembered of a browser: a digest that only its cookie leads to."""
        if not bind_cookie:
            raise TicketError("This browser sent no cookie: allow cookies for Tideline's address and reload the page.")
        return hmac.new(self._secret(), bind_cookie.encode("utf-8", "replace"), hashlib.sha256).hexdigest()

    def _serializer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self._secret(), salt="ticket")

    def _secret(self) -> bytes:
        return derive_secret(self._settings, "tickets").encode()


def redirect_uri(settings: Settings, provider: Provider) -> str:
    """Where a provider sends the browser back to; it has to be registered with the provider's app, letter by letter."""
    return f"{settings.public_url.rstrip('/')}/oauth/{provider.value}/callback"
