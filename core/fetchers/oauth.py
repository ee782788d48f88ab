"""How does a person grant us access, and how is the grant kept alive and given back?"""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.domain import Provider
from core.errors import OperatorNeededError, ReconnectNeededError, TransientError
from core.fetchers.grants import Grant
from core.fetchers.graph import proof_of
from core.fetchers.oauth_client import ask_for_grant, asking, check_taken, make_authorization_url
from core.fetchers.oauth_refusals import NAMES
from core.scopes import SCOPES
from core.settings import ProviderSettings

__all__ = [
    "SCOPES",
    "Authorization",
    "Grant",
    "authorize_url",
    "begin_authorization",
    "check_app",
    "fetch_grant",
    "refresh_grant",
    "revoke_grant",
    "scope_text",
]

LONG_LIFE = timedelta(days=60)
"""Of Meta's and Instagram's tokens; assumed where `expires_in` is missing, as it may be after the exchange for a long-lived one."""
RENEWABLE_AFTER = timedelta(hours=24)
"""Instagram renews a token only from this age on."""

_COMMA_SEPARATED = (Provider.META, Provider.INSTAGRAM)


@dataclass(frozen=True, slots=True)
class Authorization:
    """Where to send the browser, and what to remember until it comes back."""

    url: str
    state: str
    code_verifier: str | None = None

    def __repr__(self) -> str:
        return "Authorization(•••)"


def begin_authorization(app: ProviderSettings, *, redirect_uri: str, api_version: str) -> Authorization:
    """The page where a person says yes; only X asks for PKCE (LinkedIn's web flow may break on it)."""
    verifier = secrets.token_urlsafe(48) if app.provider is Provider.X else None
    page, scope = authorize_url(app, api_version), scope_text(app.provider)
    url, state = make_authorization_url(app, page, scope=scope, redirect_uri=redirect_uri, code_verifier=verifier)
    return Authorization(url, state, verifier)


def scope_text(provider: Provider) -> str:
    """The scopes as the provider's authorize page takes them."""
    return ("," if provider in _COMMA_SEPARATED else " ").join(SCOPES[provider])


def authorize_url(app: ProviderSettings, api_version: str) -> str:
    """The provider's page where a person says yes, without its parameters."""
    paths = {Provider.LINKEDIN: "/authorization", Provider.META: f"/{api_version}/dialog/oauth"}
    return app.oauth_url + paths.get(app.provider, "/authorize")


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
    asked = {"code": code.removesuffix("#_"), "redirect_uri": redirect_uri}  # Instagram ends its codes so
    if code_verifier:
        asked["code_verifier"] = code_verifier
    grant = ask_for_grant(
        app, network, now, lambda client: client.fetch_token(url, grant_type="authorization_code", **asked)
    )
    if app.provider is Provider.META:
        return _lengthen(app, grant, url, now, network)
    if app.provider is Provider.INSTAGRAM:
        # Only here must the secret stand in an address: Instagram takes this request by GET alone.
        exchange = {"grant_type": "ig_exchange_token", "client_secret": app.client_secret}
        return _ask_instagram(app, grant, "/access_token", asked=exchange, now=now, network=network)
    return grant


def refresh_grant(
    app: ProviderSettings, grant: Grant, *, api_version: str, now: datetime, network: Any = None
) -> Grant:
    """A fresh grant for a still valid one. X kills the old refresh token: store the answer before using it, one refresh at a time."""
    url = _token_url(app, api_version)
    if app.provider is Provider.META:
        return _lengthen(app, grant, url, now, network)
    if app.provider is Provider.INSTAGRAM:
        _check_renewable(grant, now)
        renewal = {"grant_type": "ig_refresh_token"}
        return _ask_instagram(app, grant, "/refresh_access_token", asked=renewal, now=now, network=network)
    if not grant.refresh_token:
        raise ReconnectNeededError(
            f"{NAMES[app.provider]} gave no refresh token, so the login has to be renewed by hand: connect again."
        )
    fresh = ask_for_grant(
        app, network, now, lambda client: client.refresh_token(url, refresh_token=grant.refresh_token)
    )
    return _keep(fresh, grant)


def revoke_grant(app: ProviderSettings, grant: Grant, *, owner_id: str, api_version: str, network: Any = None) -> None:
    """Give the grant back at its provider; one that no longer holds is given back already."""
    if app.provider is Provider.INSTAGRAM:
        raise OperatorNeededError(
            "Instagram lets only the account itself end this access: in its settings, under Website permissions, "
            "Apps and websites."
        )
    try:
        with asking(app, network) as client:
            for response in _revocations(client, app, grant, owner_id, api_version):
                check_taken(app, response)
    except ReconnectNeededError:
        return


def check_app(app: ProviderSettings, *, api_version: str, now: datetime, network: Any = None) -> None:
    """Raise OperatorNeededError where the provider does not know our client id and secret, TransientError where it does not answer.

    Meta gives a token to the app itself; the others are asked with a made-up code, which they refuse to an app they know.
    """
    name = NAMES[app.provider]
    if not app.client_id:
        raise OperatorNeededError(f"{name} has no client id yet: set TIDELINE_{app.provider.value.upper()}_CLIENT_ID.")
    asked = {"grant_type": "client_credentials"}
    if app.provider is not Provider.META:
        made_up = {"code": "made-up", "redirect_uri": "https://tideline.invalid/", "code_verifier": "made-up"}
        asked = {"grant_type": "authorization_code"} | made_up
    try:
        ask_for_grant(app, network, now, lambda client: client.fetch_token(_token_url(app, api_version), **asked))
    except ReconnectNeededError:
        return


def _lengthen(app: ProviderSettings, grant: Grant, url: str, now: datetime, network: Any) -> Grant:
    """Meta's long-lived token for a valid one: about 60 days, renewed at most once a day."""
    asked = {"grant_type": "fb_exchange_token", "fb_exchange_token": grant.access_token}
    fresh = ask_for_grant(app, network, now, lambda client: client.fetch_token(url, **asked))
    return _keep(fresh, grant, expires_at=fresh.expires_at or now + LONG_LIFE)


def _ask_instagram(
    app: ProviderSettings, grant: Grant, path: str, *, asked: Mapping[str, str], now: datetime, network: Any
) -> Grant:
    """Instagram's long-lived token for a valid one. It takes GET alone; the token goes as a header, for addresses leak.

    https://developers.facebook.com/docs/instagram-platform/reference/access_token (2026-11-24)
    """
    headers = {"Authorization": f"Bearer {grant.access_token}"}

    def ask(client: Any) -> Any:
        url = app.api_url + path
        return check_taken(app, client.request("GET", url, params=asked, headers=headers, withhold_token=True)).json()

    fresh = ask_for_grant(app, network, now, ask)
    return _keep(fresh, grant, expires_at=fresh.expires_at or now + LONG_LIFE)


def _check_renewable(grant: Grant, now: datetime) -> None:
    """Instagram renews neither a token that has ended nor one that is younger than a day."""
    if grant.expires_at is None:
        return
    if grant.expires_at <= now:
        raise ReconnectNeededError("The Instagram login has expired: connect the account again.")
    if grant.expires_at - now > LONG_LIFE - RENEWABLE_AFTER:
        raise TransientError("Instagram renews a login only when it is a day old; it is tried again tomorrow.")


def _keep(fresh: Grant, old: Grant, *, expires_at: datetime | None = None) -> Grant:
    """The fresh grant, with what its answer did not repeat."""
    return Grant(
        fresh.access_token,
        fresh.refresh_token or old.refresh_token,
        expires_at or fresh.expires_at,
        fresh.refresh_expires_at or old.refresh_expires_at,
        fresh.scopes or old.scopes,
    )


def _token_url(app: ProviderSettings, api_version: str) -> str:
    urls = {
        Provider.LINKEDIN: f"{app.oauth_url}/accessToken",
        Provider.X: f"{app.api_url}/oauth2/token",
        Provider.META: f"{app.api_url}/{api_version}/oauth/access_token",
        Provider.INSTAGRAM: app.token_url,
    }
    return urls[app.provider]


def _revocations(client: Any, app: ProviderSettings, grant: Grant, owner_id: str, api_version: str) -> Iterator[Any]:
    """The answers to giving back each part of the grant."""
    if app.provider is Provider.META:
        url = f"{app.api_url}/{api_version}/{owner_id}/permissions{proof_of(app, grant.access_token, '?')}"
        headers = {"Authorization": f"Bearer {grant.access_token}"}
        yield client.request("DELETE", url, headers=headers, withhold_token=True)
        return
    url = f"{app.oauth_url}/revoke" if app.provider is Provider.LINKEDIN else f"{app.api_url}/oauth2/revoke"
    if grant.refresh_token and app.provider is Provider.X:
        yield client.revoke_token(url, token=grant.refresh_token, token_type_hint="refresh_token")
    yield client.revoke_token(url, token=grant.access_token, token_type_hint="access_token")
