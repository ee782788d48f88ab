"""How does LinkedIn hand out tokens? Codes of 30 minutes, 60-day access, a refresh token with a fixed end."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.domain import Provider
from core.sandbox.answers import RefusalError, Sandbox, read_form
from core.sandbox.tokens import Grant, TokenKind, TokenRefusedError

ACCESS_LIFE_S = 60 * 86_400
REFRESH_LIFE_S = 365 * 86_400

_BAD_CODE = (
    "Unable to retrieve access token: appid/redirect uri/code verifier does not match authorization code. "
    "Or authorization code expired. Or external member binding exists"
)
_BAD_REFRESH = "The provided authorization grant or refresh token is invalid, expired or revoked"


def _refused(error: str, description: str, status: int = 400) -> RefusalError:
    return RefusalError(status, {"error": error, "error_description": description})


class LinkedInOAuth:
    """LinkedIn's token endpoints."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._clock = sandbox.clock
        self._tokens = sandbox.tokens

    def routes(self) -> list[Route]:
        return [
            Route("/linkedin/oauth/v2/accessToken", self.access_token, methods=["POST"]),
            Route("/linkedin/oauth/v2/revoke", self.revoke, methods=["POST"]),
        ]

    async def access_token(self, request: Request) -> Response:
        form = await read_form(request)
        _check_client(form)
        if form.get("grant_type") == "authorization_code":
            return JSONResponse(self._exchanged(form))
        if form.get("grant_type") == "refresh_token":
            return JSONResponse(self._refreshed(form))
        raise _refused("invalid_request", 'A required parameter "grant_type" is missing or not supported')

    async def revoke(self, request: Request) -> Response:
        form = await read_form(request)
        _check_client(form)
        self._tokens.spend(form.get("token", ""))
        return JSONResponse({})

    def _exchanged(self, form: Mapping[str, str]) -> dict[str, object]:
        code = form.get("code", "")
        try:
            grant = self._tokens.read(code, Provider.LINKEDIN, TokenKind.CODE)
        except TokenRefusedError:
            raise _refused("invalid_request", _BAD_CODE) from None
        is_same_app = (grant.client_id, grant.redirect_uri) == (form["client_id"], form.get("redirect_uri"))
        if not is_same_app or "code_verifier" in form:  # the web flow knows no PKCE
            raise _refused("invalid_request", _BAD_CODE)
        self._tokens.spend(code)
        ends_at = self._clock.epoch + REFRESH_LIFE_S
        refresh = self._issue(grant, TokenKind.REFRESH, ends_at)
        return self._answer(grant, refresh, ends_at)

    def _refreshed(self, form: Mapping[str, str]) -> dict[str, object]:
        refresh = form.get("refresh_token", "")
        try:
            grant = self._tokens.read(refresh, Provider.LINKEDIN, TokenKind.REFRESH)
        except TokenRefusedError:
            raise _refused("invalid_grant", _BAD_REFRESH) from None
        if grant.client_id != form["client_id"]:
            raise _refused("invalid_grant", _BAD_REFRESH)
        return self._answer(grant, refresh, grant.expires_at)

    def _answer(self, grant: Grant, refresh: str, ends_at: int) -> dict[str, object]:
        now = self._clock.epoch
        life = min(ACCESS_LIFE_S, ends_at - now)
        return {
            "access_token": self._issue(grant, TokenKind.ACCESS, now + life),
            "expires_in": life,
            "refresh_token": refresh,
            "refresh_token_expires_in": ends_at - now,
            "scope": ",".join(grant.scope.replace(",", " ").split()),
        }

    def _issue(self, grant: Grant, kind: TokenKind, expires_at: int) -> str:
        return self._tokens.issue(
            Grant(
                provider=Provider.LINKEDIN,
                kind=kind,
                login=grant.login,
                expires_at=expires_at,
                scope=grant.scope,
                client_id=grant.client_id,
            )
        )


def _check_client(form: Mapping[str, str]) -> None:
    if not form.get("client_id") or form.get("client_secret", "") in ("", "wrong"):
        raise _refused("invalid_client", "Client authentication failed", 401)
