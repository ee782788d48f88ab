"""How is a token endpoint asked, and what does it give? The only importer of authlib among the fetchers."""

import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import authlib.deprecate
from authlib.oauth2.client import OAuth2Client as SessionlessClient
from pydantic import Field

from core.domain import Provider
from core.errors import MalformedAnswerError, TransientError
from core.fetchers.answers import AnswerModel, ExternalId, parse_answer
from core.fetchers.grants import Grant
from core.fetchers.oauth_refusals import NAMES, read_refusal
from core.fetchers.transport import NETWORK_ERRORS, tls_context
from core.settings import ProviderSettings

with warnings.catch_warnings():
    # Without httpx2 authlib falls back to httpx, which the whole house uses, and says so once per import (authlib#904).
    warnings.simplefilter("ignore", authlib.deprecate.AuthlibDeprecationWarning)
    from authlib.integrations.httpx_client import OAuth2Client, OAuthError

TIMEOUT_S = 30.0


def make_authorization_url(
    app: ProviderSettings, page: str, *, scope: str, redirect_uri: str, code_verifier: str | None
) -> tuple[str, str]:
    """The address of the authorize page with its parameters, and the state in it; nothing is asked over the network."""
    client = SessionlessClient(
        None, app.client_id, scope=scope, redirect_uri=redirect_uri, code_challenge_method="S256"
    )
    url, state = client.create_authorization_url(page, code_verifier=code_verifier)
    return url, state


class _TokenAnswer(AnswerModel):
    access_token: ExternalId
    refresh_token: str | None = None
    expires_in: int | None = Field(None, ge=0, le=10**10)
    refresh_token_expires_in: int | None = Field(None, ge=0, le=10**10)
    scope: str = ""
    permissions: str | list[str] = ""
    """What Instagram calls its scopes."""

    @property
    def scopes(self) -> tuple[str, ...]:
        told = self.scope or (self.permissions if isinstance(self.permissions, str) else ",".join(self.permissions))
        return tuple(re.findall(r"[^\s,]+", told))  # LinkedIn documents spaces between scopes and sends commas


def _parse_grant(body: Any, now: datetime) -> Grant:
    inner = dict(body).get("data")  # Instagram may wrap its answer in a list
    answer = parse_answer(_TokenAnswer, inner[0] if isinstance(inner, list) and inner else dict(body), of="The token")

    def at(seconds: int | None) -> datetime | None:
        return now + timedelta(seconds=seconds) if seconds else None

    return Grant(
        answer.access_token,
        answer.refresh_token or None,
        at(answer.expires_in),
        at(answer.refresh_token_expires_in),
        answer.scopes,
    )


def ask_for_grant(app: ProviderSettings, network: Any, now: datetime, ask: Callable[[Any], Any]) -> Grant:
    """The grant that a token request gives."""
    with asking(app, network) as client:
        body = ask(client)
        refusal = read_refusal(app.provider, body)
        if refusal is not None:
            raise refusal
        return _parse_grant(body, now)


@contextmanager
def asking(app: ProviderSettings, network: Any) -> Iterator[Any]:
    """A client. Every error is told in our words alone: theirs may quote codes and tokens."""
    name = NAMES[app.provider]
    nonsense = TransientError(f"{name} answered a token request with nonsense; it is tried again.")
    try:
        with _open_client(app, network) as client:
            yield client
    except OAuthError as error:
        raise (read_refusal(app.provider, {"error": error.error}) or nonsense) from None
    except NETWORK_ERRORS as error:
        raise TransientError(
            f"{name} could not be asked for a token ({type(error).__name__}); it is tried again."
        ) from None
    except (MalformedAnswerError, ValueError, TypeError, OverflowError):
        raise nonsense from None


def _open_client(app: ProviderSettings, network: Any) -> Any:
    method = "client_secret_basic" if app.provider is Provider.X else "client_secret_post"
    method = method if app.client_secret else "none"
    client = OAuth2Client(
        app.client_id,
        app.client_secret or None,
        token_endpoint_auth_method=method,
        revocation_endpoint_auth_method=method,
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


def check_taken(app: ProviderSettings, response: Any) -> Any:
    """The response, if it is not a refusal."""
    if _refuse_overload(response).status_code >= 400:
        nonsense = TransientError(f"{NAMES[app.provider]} refused in no known words (HTTP {response.status_code}).")
        raise read_refusal(app.provider, response.json()) or nonsense
    return response
