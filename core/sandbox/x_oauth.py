"""How does X hand out tokens? PKCE, codes of 30 seconds, two-hour access, refresh tokens that work once."""

from base64 import b64decode, urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.domain import Provider
from core.sandbox.answers import RefusalError, Sandbox, read_form
from core.sandbox.tokens import Grant, TokenKind, TokenRefusedError

ACCESS_LIFE_S = 7200
REFRESH_LIFE_S = 180 * 86_400

_BAD_CODE = "Value passed for the authorization code was invalid."
_BAD_TOKEN = "Value passed for the token was invalid."


def _refused(description: str) -> RefusalError:
    return RefusalError(400, {"error": "invalid_request", "error_description": description})


class XOAuth:
    """X's token endpoints."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._clock = sandbox.clock
        self._tokens = sandbox.tokens

    def routes(self) -> list[Route]:
        return [
            Route("/x/2/oauth2/token", self.token, methods=["POST"]),
            Route("/x/2/oauth2/revoke", self.revoke, methods=["POST"]),
        ]

    async def token(self, request: Request) -> Response:
        form = await read_form(request)
        client_id = _client_id(request, form)
        if form.get("grant_type") == "authorization_code":
            return JSONResponse(self._answer(self._spent_code(form, client_id)))
        if form.get("grant_type") == "refresh_token":
            return JSONResponse(self._answer(self._spent_refresh(form, client_id)))
        raise _refused("Value passed for the grant type was invalid.")

    async def revoke(self, request: Request) -> Response:
        form = await read_form(request)
        _client_id(request, form)
        self._tokens.spend(form.get("token", ""))
        return JSONResponse({"revoked": True})

    def _spent_code(self, form: Mapping[str, str], client_id: str) -> Grant:
        code = form.get("code", "")
        grant = self._read(code, TokenKind.CODE, _BAD_CODE)
        is_same_app = (grant.client_id, grant.redirect_uri) == (client_id, form.get("redirect_uri"))
        if not is_same_app or grant.challenge != challenge_of(form.get("code_verifier", "")):
            raise _refused(_BAD_CODE)
        self._tokens.spend(code)
        return grant

    def _spent_refresh(self, form: Mapping[str, str], client_id: str) -> Grant:
        token = form.get("refresh_token", "")
        grant = self._read(token, TokenKind.REFRESH, _BAD_TOKEN)
        if grant.client_id != client_id:
            raise _refused(_BAD_TOKEN)
        self._tokens.spend(token)
        return grant

    def _read(self, token: str, kind: TokenKind, sentence: str) -> Grant:
        try:
            return self._tokens.read(token, Provider.X, kind)
        except TokenRefusedError:
            raise _refused(sentence) from None

    def _answer(self, grant: Grant) -> dict[str, object]:
        answer: dict[str, object] = {
            "token_type": "bearer",
            "expires_in": ACCESS_LIFE_S,
            "access_token": self._issue(grant, TokenKind.ACCESS, ACCESS_LIFE_S),
            "scope": grant.scope,
        }
        if "offline.access" in grant.scope.split():
            answer["refresh_token"] = self._issue(grant, TokenKind.REFRESH, REFRESH_LIFE_S)
        return answer

    def _issue(self, grant: Grant, kind: TokenKind, life_s: int) -> str:
        return self._tokens.issue(
            Grant(
                provider=Provider.X,
                kind=kind,
                login=grant.login,
                expires_at=self._clock.epoch + life_s,
                scope=grant.scope,
                client_id=grant.client_id,
            )
        )


def challenge_of(verifier: str) -> str:
    """The S256 code challenge of a verifier (RFC 7636)."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _client_id(request: Request, form: Mapping[str, str]) -> str:
    """A confidential client by HTTP Basic, or a public one by its id in the body."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        client_id, secret = _basic(encoded)
    else:
        client_id, secret = form.get("client_id", ""), "none needed"
    if not client_id or secret in ("", "wrong"):
        body = {"error": "unauthorized_client", "error_description": "Missing valid authorization header"}
        raise RefusalError(401, body)
    return client_id


def _basic(encoded: str) -> tuple[str, str]:
    try:
        client_id, _, secret = b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return unquote(client_id), unquote(secret)
