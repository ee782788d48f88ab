"""How does Instagram Login hand out tokens? A code gives an hour, an exchange 60 days, a renewal 60 more from the second day on."""

from collections.abc import Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.domain import Platform, Provider
from core.sandbox.answers import RefusalError, Sandbox, bearer_of, read_form
from core.sandbox.graph_errors import graph_error
from core.sandbox.meta_oauth import LONG_LIFE_S, SHORT_LIFE_S, scopes_of, token_refused
from core.sandbox.tokens import Grant, TokenKind, TokenRefusedError

RENEWABLE_AFTER_S = 86_400


def _refused(message: str) -> RefusalError:
    """The token endpoint's own form, which is not the Graph API's."""
    return RefusalError(400, {"error_type": "OAuthException", "code": 400, "error_message": message})


class InstagramOAuth:
    """Instagram's token endpoints: the first by POST on a host of its own, the others by GET."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._clock = sandbox.clock
        self._tokens = sandbox.tokens
        self._world = sandbox.world

    def routes(self) -> list[Route]:
        return [
            Route("/instagram/oauth/access_token", self.exchange, methods=["POST"]),
            Route("/instagram/access_token", self.lengthen, methods=["GET", "POST"]),
            Route("/instagram/refresh_access_token", self.renew, methods=["GET", "POST"]),
        ]

    async def exchange(self, request: Request) -> Response:
        form = await read_form(request)
        if not form.get("client_id"):
            raise _refused("Invalid platform app")
        if form.get("client_secret", "") in ("", "wrong"):
            raise _refused("Error validating client secret.")
        grant = self._spent_code(form)
        login = self._world.find_login(grant.login)
        accounts = login.list_accounts(Platform.INSTAGRAM) if login else []
        user_id = int(accounts[0].external_id) if accounts else 0
        issued = self._issue(grant, SHORT_LIFE_S, is_lasting=False)
        return JSONResponse({"access_token": issued, "user_id": user_id, "permissions": ",".join(scopes_of(grant))})

    async def lengthen(self, request: Request) -> Response:
        asked = _asked_by_get(request, "ig_exchange_token")
        if asked.get("client_secret", "") in ("", "wrong"):
            raise graph_error("Error validating client secret.", 1)
        return JSONResponse(self._lasting(self._presented(request, asked)))

    async def renew(self, request: Request) -> Response:
        grant = self._presented(request, _asked_by_get(request, "ig_refresh_token"))
        if not grant.is_lasting or self._clock.epoch - grant.issued_at < RENEWABLE_AFTER_S:
            raise graph_error("Access token is not yet 24 hours old and cannot be refreshed.", 100)
        return JSONResponse(self._lasting(grant))

    def _spent_code(self, form: Mapping[str, str]) -> Grant:
        code = form.get("code", "")
        try:
            grant = self._tokens.read(code, Provider.INSTAGRAM, TokenKind.CODE)
        except TokenRefusedError:
            raise _refused("Invalid authorization code") from None
        if grant.client_id != form["client_id"]:
            raise _refused("Invalid authorization code")
        if grant.redirect_uri != form.get("redirect_uri"):
            raise _refused("Error validating verification code. Please make sure your redirect_uri is identical")
        self._tokens.spend(code)
        return grant

    def _presented(self, request: Request, asked: Mapping[str, str]) -> Grant:
        token = asked.get("access_token") or bearer_of(request) or ""
        try:
            return self._tokens.read(token, Provider.INSTAGRAM, TokenKind.ACCESS)
        except TokenRefusedError as refusal:
            raise token_refused(refusal.fault) from None

    def _lasting(self, grant: Grant) -> dict[str, object]:
        issued = self._issue(grant, LONG_LIFE_S, is_lasting=True)
        return {"access_token": issued, "token_type": "bearer", "expires_in": LONG_LIFE_S}

    def _issue(self, grant: Grant, life_s: int, *, is_lasting: bool) -> str:
        ends_at = self._clock.epoch + life_s
        return self._tokens.issue(
            replace(grant, kind=TokenKind.ACCESS, expires_at=ends_at, redirect_uri="", is_lasting=is_lasting)
        )


def _asked_by_get(request: Request, grant_type: str) -> Mapping[str, str]:
    if request.method != "GET":
        raise graph_error("Unsupported request - method type: post", 100)
    asked = dict(request.query_params)
    if asked.get("grant_type") != grant_type:
        raise graph_error("Invalid grant_type", 100)
    return asked
