"""Who asks, and what may she see and do? The bearer of an API key, or somebody at this machine itself."""

from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import ip_address
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.datastructures import Headers

from core.clock import Clock
from core.errors import ConfigError
from core.ops.api_keys import find_key
from core.ops.businesses import list_businesses
from core.ops.key_rows import KeyAccess
from core.ops.models import Business
from core.ops.session import OperationsDatabase
from core.settings import Settings
from core.web.api.problems import RefusedError, not_found
from core.web.edge import name_of_host, public_origin

MIGRATE = "The operations database is missing or has another schema: run `python -m core migrate`."
AT_THIS_MACHINE = "this machine"
LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
READING = ("GET", "HEAD")

PASSED_ON = ("forwarded", "via", "x-real-ip", "true-client-ip", "cf-connecting-ip")
"""Headers by which a proxy says that it asks for somebody else; so does every name that begins with x-forwarded-."""

NEEDED = "An API key is needed: make one on the page API keys, and send it as `Authorization: Bearer …`."
UNKNOWN = "This API key is not known or was revoked: make another on the page API keys."
READ_ONLY = "This API key may only read: make one that may write, too."
BROWSER = "A web page may change nothing here without an API key."

bearer = HTTPBearer(
    auto_error=False,
    scheme_name="API key",
    description="A key made on the page API keys, or by `python -m core keys create`. Somebody at the machine that Tideline runs on needs none.",
)


@dataclass(frozen=True, slots=True)
class Office:
    """What every route works with."""

    settings: Settings
    database: OperationsDatabase
    clock: Clock

    def check_schema(self) -> None:
        if not self.database.is_current:
            raise ConfigError(MIGRATE)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks; `business_ids` is None where she sees all of them."""

    name: str
    may_write: bool
    business_ids: frozenset[int] | None

    def sees(self, business_id: int) -> bool:
        return self.business_ids is None or business_id in self.business_ids


def visible_businesses(office: Office, caller: Caller) -> list[Business]:
    """The businesses in use that she sees, by name."""
    with office.database.reading() as session:
        return [business for business in list_businesses(session) if caller.sees(business.id)]


def visible_business(office: Office, caller: Caller, business_id: int) -> Business:
    """The business; one that she may not see does not exist for her."""
    found = next((one for one in visible_businesses(office, caller) if one.id == business_id), None)
    if found is None:
        raise not_found(f"business {business_id}")
    return found


def office_of(request: Request) -> Office:
    office: Office = request.app.state.office
    office.check_schema()
    return office


def caller_of(
    request: Request,
    office: Annotated[Office, Depends(office_of)],
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> Caller:
    """A header that claims something must be right: a wrong key is refused at this machine, too."""
    if credentials is None and "authorization" not in request.headers and is_local(request.scope, office.settings):
        _refuse_pages(request)
        return Caller(AT_THIS_MACHINE, may_write=True, business_ids=None)
    known = find_key(office.database, credentials.credentials, now=office.clock.now()) if credentials else None
    if known is None:
        sentence = UNKNOWN if "authorization" in request.headers else NEEDED
        raise RefusedError(sentence, HTTPStatus.UNAUTHORIZED, {"www-authenticate": "Bearer"})
    if known.access is not KeyAccess.WRITE and request.method not in READING:
        raise RefusedError(READ_ONLY, HTTPStatus.FORBIDDEN)
    return Caller(f"API key {known.name}", known.access is KeyAccess.WRITE, known.business_ids)


def is_local(scope: Any, settings: Settings) -> bool:
    """Whether somebody asks at this machine itself, with nothing in between.

    A proxy on this machine is a loopback peer as well. So the public address has to be a local one (Tideline is served to
    nobody else), the name it was called by too, and nothing may say that the request was passed on. nginx speaks HTTP/1.0
    to what lies behind it unless it is told otherwise.
    """
    headers = Headers(scope=scope)
    is_passed_on = any(name in PASSED_ON or name.startswith("x-forwarded-") for name in headers)
    names = (name_of_host(public_origin(settings.public_url).partition("//")[2]), name_of_host(headers.get("host", "")))
    return (
        _is_loopback(scope.get("client"))
        and not is_passed_on
        and scope.get("http_version") != "1.0"
        and all(name in LOCAL_NAMES for name in names)
    )


def _is_loopback(client: tuple[str, int] | None) -> bool:
    try:
        return client is not None and ip_address(client[0]).is_loopback
    except ValueError:
        return False


def _refuse_pages(request: Request) -> None:
    """Any page that is open in a browser of this machine can send requests here; only what a browser says tells them."""
    is_of_a_page = "origin" in request.headers or request.headers.get("sec-fetch-site", "none") != "none"
    if is_of_a_page and request.method not in READING:
        raise RefusedError(BROWSER, HTTPStatus.FORBIDDEN)


OfficeOf = Annotated[Office, Depends(office_of)]
CallerOf = Annotated[Caller, Depends(caller_of)]
