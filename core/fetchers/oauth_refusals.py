"""What does a refusal of a token request mean? Said in our words alone, for theirs may quote codes, tokens and secrets."""

from collections.abc import Mapping
from typing import Any

from core.domain import Provider
from core.errors import FetchError, OperatorNeededError, ReconnectNeededError, TransientError

NAMES = {Provider.LINKEDIN: "LinkedIn", Provider.X: "X", Provider.META: "Meta", Provider.INSTAGRAM: "Instagram"}

_CLIENT_ERRORS = frozenset({"invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_scope"})
_GRANT_ERRORS = frozenset({"invalid_grant", "invalid_request", "access_denied", "expired_token"})
# Meta's codes and subcodes, which stand where OAuth has words
# https://developers.facebook.com/docs/facebook-login/guides/access-tokens/debugging (2026-11-23)
_META_CLIENT_CODES = frozenset({"101", "3", "10", "191"})
_META_GRANT_CODES = frozenset({"100", "102", "190"})
_META_REDIRECT_MISMATCH = "36008"
# Instagram's token endpoint knows one code, 400, and tells things apart by words
# https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login (2026-11-23)
_INSTAGRAM_CLIENT_WORDS = ("platform app", "client", "redirect_uri", "redirect uri")
_INSTAGRAM_GRANT_WORDS = ("code",)


def read_refusal(provider: Provider, body: Any) -> FetchError | None:
    """The error that a token endpoint's answer means, None where the answer holds none."""
    kind = _kind_of(body) if isinstance(body, Mapping) else None
    return _sentence(provider, kind) if kind else None


def _kind_of(body: Mapping[str, Any]) -> type[FetchError] | None:
    if "error_type" in body:
        return _instagram_kind(str(body.get("error_message")).lower())
    if "error" not in body:
        return None
    error = body["error"]
    return _meta_kind(error) if isinstance(error, Mapping) else _kind(str(error))


def _kind(error: str) -> type[FetchError]:
    if error in _CLIENT_ERRORS:
        return OperatorNeededError
    return ReconnectNeededError if error in _GRANT_ERRORS else TransientError


def _meta_kind(error: Mapping[str, Any]) -> type[FetchError]:
    code, subcode, message = (str(error.get(key)) for key in ("code", "error_subcode", "message"))
    if code in _META_CLIENT_CODES or subcode == _META_REDIRECT_MISMATCH or (code == "1" and "validating" in message):
        return OperatorNeededError
    return ReconnectNeededError if code in _META_GRANT_CODES else TransientError


def _instagram_kind(message: str) -> type[FetchError]:
    if any(words in message for words in _INSTAGRAM_CLIENT_WORDS):
        return OperatorNeededError
    return ReconnectNeededError if any(words in message for words in _INSTAGRAM_GRANT_WORDS) else TransientError


def _sentence(provider: Provider, kind: type[FetchError]) -> FetchError:
    name = NAMES[provider]
    if kind is OperatorNeededError:
        return OperatorNeededError(
            f"{name} does not accept our app: check its client id, its secret and its redirect address."
        )
    if kind is ReconnectNeededError:
        return ReconnectNeededError(f"{name} no longer accepts this login: connect the account again.")
    return TransientError(f"{name} could not give a token just now; it is tried again.")
