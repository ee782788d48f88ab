"""How does a person grant us access, and how is the grant kept alive? The only importer of authlib."""

import re
import secrets
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import authlib.deprecate
from authlib.oauth2.client import OAuth2Client as SessionlessClient
from pydantic import Field

from core.domain import Provider
from core.errors import FetchError, MalformedAnswerError, OperatorNeededError, ReconnectNeededError, TransientError
from core.fetchers.answers import AnswerModel, ExternalId, parse_answer
from core.fetchers.transport import NETWORK_ERRORS, tls_context
from core.settings import ProviderSettings

with warnings.catch_warnings():
    # Without httpx2 authlib falls back to httpx, which the whole house uses, and says so once per import (authlib#904).
    warnings.simplefilter("ignore", authlib.deprecate.AuthlibDeprecationWarning)
    from authlib.integrations.httpx_client import OAuth2Client, OAuthError

TIMEOUT_S = 30.0
META_TOKEN_LIFE = timedelta(
    days=60
)  # assumed where `expires_in` is missing, as it may be after the exchange for a long-lived token

SCOPES: dict[Provider, tuple[str, ...]] = {
    Provider.LINKEDIN: ("r_organization_social", "rw_organization_admin"),
    Provider.X: ("tweet.read", "users.read", "offline.access"),
    Provider.META: (
        "pages_show_list",
        "pages_read_engagement",
        "read_insights",
        "instagram_basic",
        "instagram_manage_insights",
        "business_management",  # pages that only a business portfolio owns
    ),
}


@dataclass(frozen=True, slots=True)
class Authorization:
    """Where to send the browser, and what to remember until it comes back."""

    url: str
    state: str
    code_verifier: str | None = None

    def __repr__(self) -> str:
        return "Authorization(•••)"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a provider granted; None = it does not expire, or the provider did not say. No scopes = not told."""

    access_token: str
    refresh_token: str | None = None
    expires_at: datetime | None = None
    refresh_expires_at: datetime | None = None
    scopes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Grant(•••, expires_at={self.expires_at}, refresh_expires_at={self.refresh_expires_at}, scopes={self.scopes})"


def begin_authorization(app: ProviderSettings, *, redirect_uri: str, api_version: str) -> Authorization:
    """The page where a person says yes; only X asks for PKCE (LinkedIn's web flow may break on it)."""
    is_meta = app.provider is Provider.META
    scope = ("," if is_meta else " ").join(SCOPES[app.provider])
    verifier = secrets.token_urlsafe(48) if app.provider is Provider.X else None
    # the sessionless client: nothing is asked over the network here
    client = SessionlessClient(
        None, app.client_id, scope=scope, redirect_uri=redirect_uri, code_challenge_method="S256"
    )
    url, state = client.create_authorization_url(_authorize_url(app, api_version), code_verifier=verifier)
    return Authorization(url, state, verifier)


def fetch_grant(  # noqa: PLR0913  # the code exchange of RFC 6749 has these parts
    app: ProviderSettings,
    *,
    code: str,
    redirect_uri: str,
    code_verifier: str | None,
    api_version: str,
    now: datetime,
    network: Any = None,
) -> Grant:
    """The grant for the code that the browser brought back; `network` is another httpx transport than the wire."""
    url = _token_url(app, api_version)
    asked: dict[str, str] = {"code": code, "redirect_uri": redirect_uri}
    if code_verifier:
        asked["code_verifier"] = code_verifier
    grant = _ask(app, network, now, lambda client: client.fetch_token(url, grant_type="authorization_code", **asked))
    return _lengthen(app, grant, url, now, network) if app.provider is Provider.META else grant


def refresh_grant(
    app: ProviderSettings, grant: Grant, *, api_version: str, now: datetime, network: Any = None
) -> Grant:
    """A fresh grant for a still valid one. X kills the old refresh token: store the answer before using it, one refresh at a time."""
    url = _token_url(app, api_version)
    if app.provider is Provider.META:
        return _lengthen(app, grant, url, now, network)
    if not grant.refresh_token:
        raise ReconnectNeededError(
            f"{_NAMES[app.provider]} gave no refresh token, so the login has to be renewed by hand: connect again."
        )
    fresh = _ask(app, network, now, lambda client: client.refresh_token(url, refresh_token=grant.refresh_token))
    return _keep(fresh, grant)


def _lengthen(app: ProviderSettings, grant: Grant, url: str, now: datetime, network: Any) -> Grant:
    """Meta's long-lived token for a valid one: about 60 days, renewed at most once a day."""
    asked = {"grant_type": "fb_exchange_token", "fb_exchange_token": grant.access_token}
    fresh = _ask(app, network, now, lambda client: client.fetch_token(url, **asked))
    return _keep(fresh, grant, expires_at=fresh.expires_at or now + META_TOKEN_LIFE)


def _keep(fresh: Grant, old: Grant, *, expires_at: datetime | None = None) -> Grant:
    """The fresh grant, with what its answer did not repeat."""
    return Grant(
        fresh.access_token,
        fresh.refresh_token or old.refresh_token,
        expires_at or fresh.expires_at,
        fresh.refresh_expires_at or old.refresh_expires_at,
        fresh.scopes or old.scopes,
    )


def _authorize_url(app: ProviderSettings, api_version: str) -> str:
    paths = {
        Provider.LINKEDIN: "/authorization",
        Provider.X: "/authorize",
        Provider.META: f"/{api_version}/dialog/oauth",
    }
    return app.oauth_url + paths[app.provider]


def _token_url(app: ProviderSettings, api_version: str) -> str:
    urls = {
        Provider.LINKEDIN: f"{app.oauth_url}/accessToken",
        Provider.X: f"{app.api_url}/oauth2/token",
        Provider.META: f"{app.api_url}/{api_version}/oauth/access_token",
    }
    return urls[app.provider]


class _TokenAnswer(AnswerModel):
    access_token: ExternalId
    refresh_token: str | None = None
    expires_in: int | None = Field(None, ge=0, le=10**10)
    refresh_token_expires_in: int | None = Field(None, ge=0, le=10**10)
    scope: str = ""


def _parse_grant(body: Any, now: datetime) -> Grant:
    answer = parse_answer(_TokenAnswer, dict(body), of="The token answer")

    def at(seconds: int | None) -> datetime | None:
        return now + timedelta(seconds=seconds) if seconds else None

    # LinkedIn documents spaces between scopes and sends commas
    scopes = tuple(re.findall(r"[^\s,]+", answer.scope))
    return Grant(
        answer.access_token,
        answer.refresh_token or None,
        at(answer.expires_in),
        at(answer.refresh_token_expires_in),
        scopes,
    )


def _ask(app: ProviderSettings, network: Any, now: datetime, ask: Callable[[Any], Any]) -> Grant:
    """The grant that a token request gives. Every error is told in our words alone: theirs may quote codes and tokens."""
    name = _NAMES[app.provider]
    try:
        with _open_client(app, network) as client:
            return _parse_grant(ask(client), now)
    except OAuthError as error:
        raise _read_refusal(app, error) from None
    except NETWORK_ERRORS as error:
        raise TransientError(
            f"{name} could not be asked for a token ({type(error).__name__}); it is tried again."
        ) from None
    except (MalformedAnswerError, ValueError, TypeError, OverflowError):
        raise TransientError(f"{name} answered a token request with nonsense; it is tried again.") from None


def _open_client(app: ProviderSettings, network: Any) -> Any:
    method = "client_secret_basic" if app.provider is Provider.X else "client_secret_post"
    method = method if app.client_secret else "none"
    client = OAuth2Client(
        app.client_id,
        app.client_secret or None,
        token_endpoint_auth_method=method,
        timeout=TIMEOUT_S,
        verify=tls_context(),
        transport=network,
    )
    for hook in ("access_token_response", "refresh_token_response"):
        client.register_compliance_hook(hook, _refuse_overload)
    return client


def _refuse_overload(response: Any) -> Any:
    """429 and 5xx say nothing about the grant, whatever their body says: it must survive them."""
    if response.status_code == 429 or response.status_code >= 500:
        raise TransientError(f"The token endpoint is overloaded (HTTP {response.status_code}); it is tried again.")
    return response


_NAMES = {Provider.LINKEDIN: "LinkedIn", Provider.X: "X", Provider.META: "Meta"}
_CLIENT_ERRORS = frozenset({"invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_scope"})
_GRANT_ERRORS = frozenset({"invalid_grant", "invalid_request", "access_denied", "expired_token"})
# Meta's codes and subcodes, which stand where OAuth has words
# https://developers.facebook.com/docs/facebook-login/guides/access-tokens/debugging (2026-11-23)
_META_CLIENT_CODES = frozenset({"101", "3", "10", "191"})
_META_GRANT_CODES = frozenset({"100", "102", "190"})
_META_REDIRECT_MISMATCH = "36008"


def _read_refusal(app: ProviderSettings, error: Any) -> FetchError:
    name = _NAMES[app.provider]
    kind = _meta_kind(error.error) if isinstance(error.error, dict) else _kind(str(error.error))
    if kind is OperatorNeededError:
        return OperatorNeededError(
            f"{name} does not accept our app: check its client id, its secret and its redirect address."
        )
    if kind is ReconnectNeededError:
        return ReconnectNeededError(f"{name} no longer accepts this login: connect the account again.")
    return TransientError(f"{name} could not give a token just now; it is tried again.")


def _kind(error: str) -> type[FetchError]:
    if error in _CLIENT_ERRORS:
        return OperatorNeededError
    return ReconnectNeededError if error in _GRANT_ERRORS else TransientError


def _meta_kind(error: dict[str, Any]) -> type[FetchError]:
    code, subcode, message = (str(error.get(key)) for key in ("code", "error_subcode", "message"))
    if code in _META_CLIENT_CODES or subcode == _META_REDIRECT_MISMATCH or (code == "1" and "validating" in message):
        return OperatorNeededError
    return ReconnectNeededError if code in _META_GRANT_CODES else TransientError
