"""How does Meta hand out tokens? A code gives an hour, an exchange 60 days, a page token no end."""

from collections.abc import Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.domain import Provider
from core.sandbox.answers import Sandbox, bearer_of, read_form
from core.sandbox.graph_errors import bad_token, expired_token, graph_error, revoked_token
from core.sandbox.tokens import Fault, Grant, TokenKind, TokenRefusedError

SHORT_LIFE_S = 3600
LONG_LIFE_S = 60 * 86_400
DATA_LIFE_S = 90 * 86_400
"""For so long after a sign-in an app is given data, whatever its tokens say."""


class MetaOAuth:
    """Meta's token endpoint and its inspector."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._clock = sandbox.clock
        self._tokens = sandbox.tokens

    def routes(self) -> list[Route]:
        paths = ("/meta/{version}", "/meta")
        return [
            Route(path + end, endpoint, methods=["GET", "POST"])
            for path in paths
            for end, endpoint in (("/oauth/access_token", self.access_token), ("/debug_token", self.debug_token))
        ]

    async def access_token(self, request: Request) -> Response:
        asked = {**request.query_params, **await read_form(request)}
        _check_client(asked)
        if asked.get("grant_type") == "fb_exchange_token":
            return JSONResponse(self._lengthened(asked))
        if asked.get("grant_type") == "client_credentials":
            return JSONResponse({"access_token": f"{asked['client_id']}|sandbox", "token_type": "bearer"})
        return JSONResponse(self._exchanged(asked))

    async def debug_token(self, request: Request) -> Response:
        asked = {**request.query_params, **await read_form(request)}
        app_id, _, secret = (asked.get("access_token") or bearer_of(request) or "").partition("|")
        if secret in ("", "wrong"):  # only the app itself may look into a token
            raise bad_token()
        try:
            grant = self._tokens.read(asked.get("input_token", ""), Provider.META, TokenKind.ACCESS, TokenKind.PAGE)
        except TokenRefusedError:
            error = {"code": 190, "message": "Invalid OAuth access token.", "subcode": 460}
            return JSONResponse({"data": {"app_id": app_id, "is_valid": False, "scopes": [], "error": error}})
        return JSONResponse({"data": self._description(grant)})

    def _exchanged(self, asked: Mapping[str, str]) -> dict[str, object]:
        code = asked.get("code", "")
        try:
            grant = self._tokens.read(code, Provider.META, TokenKind.CODE)
        except TokenRefusedError as refusal:
            raise _code_refused(refusal.fault) from None
        if (grant.client_id, grant.redirect_uri) != (asked["client_id"], asked.get("redirect_uri")):
            sentence = (
                "Error validating verification code. Please make sure your redirect_uri is identical to the one "
                "you used in the OAuth dialog request"
            )
            raise graph_error(sentence, 100, subcode=36008)
        self._tokens.spend(code)
        return self._answer(grant, SHORT_LIFE_S, is_lasting=False)

    def _lengthened(self, asked: Mapping[str, str]) -> dict[str, object]:
        try:
            grant = self._tokens.read(asked.get("fb_exchange_token", ""), Provider.META, TokenKind.ACCESS)
        except TokenRefusedError as refusal:
            raise token_refused(refusal.fault) from None
        return self._answer(grant, LONG_LIFE_S, is_lasting=True)

    def _answer(self, grant: Grant, life_s: int, *, is_lasting: bool) -> dict[str, object]:
        issued = replace(
            grant,
            kind=TokenKind.ACCESS,
            expires_at=self._clock.epoch + life_s,
            redirect_uri="",
            is_lasting=is_lasting,
            signed_in_at=grant.signed_in_at or grant.issued_at,
        )
        return {"access_token": self._tokens.issue(issued), "token_type": "bearer", "expires_in": life_s}

    def _description(self, grant: Grant) -> dict[str, object]:
        description: dict[str, object] = {
            "app_id": grant.client_id,
            "type": "PAGE" if grant.page_id else "USER",
            "application": "Sandbox",
            "data_access_expires_at": (grant.signed_in_at or grant.issued_at) + DATA_LIFE_S,
            "expires_at": grant.expires_at,
            "is_valid": True,
            "issued_at": grant.issued_at,
            "scopes": scopes_of(grant),
            "granular_scopes": _granular(grant),
        }
        return description | ({"profile_id": grant.page_id} if grant.page_id else {})


def _granular(grant: Grant) -> list[dict[str, object]]:
    """Each permission with the pages that were left ticked; without pages it holds for all."""
    targets = {"target_ids": grant.page_ids.split()} if grant.page_ids else {}
    return [{"scope": scope, **targets} for scope in scopes_of(grant)]


def scopes_of(grant: Grant) -> list[str]:
    return grant.scope.replace(",", " ").split()


def token_refused(fault: Fault) -> Exception:
    return {Fault.EXPIRED: expired_token, Fault.SPENT: revoked_token}.get(fault, bad_token)()


def _code_refused(fault: Fault) -> Exception:
    if fault is Fault.SPENT:
        return graph_error("This authorization code has been used.", 100, subcode=36009)
    if fault is Fault.EXPIRED:
        return graph_error("This authorization code has expired.", 100, subcode=36007)
    return graph_error("Invalid verification code format.", 100)


def _check_client(asked: Mapping[str, str]) -> None:
    if not asked.get("client_id"):
        raise graph_error("Missing client_id parameter.", 101)
    if asked.get("client_secret", "") in ("", "wrong"):
        raise graph_error("Error validating client secret.", 1)
