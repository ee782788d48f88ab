"""Who may ask LinkedIn what? Token, permission, version and protocol of every call of the Community Management API."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NoReturn
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.domain import Platform, Provider
from core.sandbox.answers import RefusalError, Sandbox, bearer_of
from core.sandbox.restli import RestliQuery, refuse_argument, refuse_parameter
from core.sandbox.tokens import Fault, Grant, TokenKind, TokenRefusedError
from core.sandbox.world import Account, Login

_SUNSETS = {
    "202507": date(2026, 7, 15),
    "202508": date(2026, 8, 17),
    "202509": date(2026, 9, 15),
    "202510": date(2026, 10, 15),
    "202511": date(2026, 11, 16),
    "202601": date(2027, 1, 15),
    "202603": date(2027, 3, 16),
}
"""The published sunsets that are not the 15th of the same month a year later."""


@dataclass(frozen=True, slots=True)
class LinkedInCall:
    """One request that has passed the gate."""

    login: Login
    query: RestliQuery
    path: dict[str, str]
    resource: str
    now: datetime
    limited: bool

    def page(self, urn: str) -> Account:
        """The page under this urn, if the member administers it."""
        account = self.login.find_account(Platform.LINKEDIN, re.sub(r"^urn:li:organization(Brand)?:", "", urn))
        if account is None:
            self.refuse_access()
        return account

    def refuse_access(self) -> NoReturn:
        raise RefusalError(403, denied(f"GET /{self.resource}"))


LinkedInEndpoint = Callable[[LinkedInCall], dict[str, Any]]


def linkedin_routes(sandbox: Sandbox, endpoints: dict[str, LinkedInEndpoint]) -> list[Route]:
    return [Route(f"/linkedin/rest{path}", _gated(sandbox, endpoint)) for path, endpoint in endpoints.items()]


def _gated(sandbox: Sandbox, endpoint: LinkedInEndpoint) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        now = sandbox.clock.now()
        grant, login = _signed_in(sandbox, request)
        _check_protocol(request, now.date())
        resource = request.url.path.removeprefix("/linkedin/rest/").partition("/")[0]
        _check_scope(grant, resource)
        call = LinkedInCall(
            login=login,
            query=RestliQuery(request.scope["query_string"].decode("ascii", "replace")),
            path=request.path_params,
            resource=resource,
            now=now,
            limited=sandbox.world.limited,
        )
        return JSONResponse(endpoint(call), headers=_trace_headers())

    return answer


def _check_scope(grant: Grant, resource: str) -> None:
    """Posts need one permission, everything else the other; a grant without any was asked for none."""
    needed = "r_organization_social" if resource == "posts" else "rw_organization_admin"
    if grant.scope and needed not in grant.scope.replace(",", " ").split():
        raise RefusalError(403, denied(f"GET /{resource}"))


def _signed_in(sandbox: Sandbox, request: Request) -> tuple[Grant, Login]:
    token = bearer_of(request)
    if token is None:
        raise RefusalError(401, {"message": "Empty oauth2_access_token", "serviceErrorCode": 401, "status": 401})
    try:
        grant = sandbox.tokens.read(token, Provider.LINKEDIN, TokenKind.ACCESS)
    except TokenRefusedError as refusal:
        raise TOKEN_ANSWERS[refusal.fault]() from None
    login = sandbox.world.find_login(grant.login)
    if login is None:
        raise TOKEN_ANSWERS[Fault.UNKNOWN]()
    return grant, login


def _unauthorized(number: int, code: str, message: str) -> Callable[[], RefusalError]:
    body = {"status": 401, "serviceErrorCode": number, "code": code, "message": message}
    return lambda: RefusalError(401, body)


TOKEN_ANSWERS = {
    Fault.UNKNOWN: _unauthorized(65600, "INVALID_ACCESS_TOKEN", "Invalid access token"),
    Fault.SPENT: _unauthorized(
        65601, "REVOKED_ACCESS_TOKEN", "The token used in the request has been revoked by the user"
    ),
    Fault.EXPIRED: _unauthorized(65602, "EXPIRED_ACCESS_TOKEN", "The token used in the request has expired"),
}


def _check_protocol(request: Request, today: date) -> None:
    version = request.headers.get("linkedin-version", "")
    if not version:
        message = "A version must be present. Please specify a version by adding the LinkedIn-Version header."
        raise RefusalError(400, {"status": 400, "code": "VERSION_MISSING", "message": message})
    if not is_active_version(version, today):
        message = f"Requested version {version} is not active"
        raise RefusalError(426, {"status": 426, "code": "NONEXISTENT_VERSION", "message": message})
    if request.headers.get("x-restli-protocol-version") != "2.0.0":
        refuse_argument("X-Restli-Protocol-Version must be 2.0.0")
    if b"urn:" in request.scope.get("raw_path", b""):
        refuse_parameter("id")


def is_active_version(version: str, today: date) -> bool:
    """Whether LinkedIn still serves the version; a version of a month to come counts as served."""
    if not re.fullmatch(r"20\d\d(0[1-9]|1[0-2])", version, re.ASCII):
        return False
    year, month = int(version[:4]), int(version[4:])
    return today < _SUNSETS.get(version, date(year + 1, month, 15))


def _trace_headers() -> dict[str, str]:
    trace = uuid4().hex
    return {
        "x-li-uuid": trace,
        "x-li-request-id": trace[:16],
        "x-li-fabric": "sandbox",
        "x-restli-protocol-version": "2.0.0",
    }


def denied(what: str) -> dict[str, object]:
    message = f"Not enough permissions to access: {what}"
    return {"status": 403, "serviceErrorCode": 100, "code": "ACCESS_DENIED", "message": message}
