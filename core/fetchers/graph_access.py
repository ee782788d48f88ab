"""What did a Meta login really allow, and until when? Permissions may be unticked, and data ends before tokens do, checked 2026-11-24.

https://developers.facebook.com/docs/facebook-login/guides/access-tokens/debugging
"""

from datetime import UTC, datetime

from pydantic import AliasPath, Field

from core.errors import ReconnectNeededError
from core.fetchers.answers import AnswerModel, parse_answer
from core.fetchers.grants import GrantedAccess
from core.fetchers.transport import ApiSession


class _Permission(AnswerModel):
    permission: str
    status: str = ""


class _Permissions(AnswerModel):
    data: list[_Permission]


class _Inspected(AnswerModel):
    ends_at: int | None = Field(None, ge=0, lt=2**33, validation_alias=AliasPath("data", "data_access_expires_at"))


def fetch_access(session: ApiSession, inspector: ApiSession | None, token: str) -> GrantedAccess:
    """The permissions that were granted, and when Meta stops giving data: 90 days after the person was last here.

    `inspector` speaks in the name of the app itself, which alone may look into a token; without it the end is not known.
    """
    granted = fetch_granted(session)
    ends_at = _fetch_data_end(inspector, token) if inspector else None
    if ends_at is not None and ends_at <= session.now:
        raise ReconnectNeededError("Meta gives no more data to this login, 90 days after it was made: connect again.")
    return GrantedAccess(granted, ends_at)


def fetch_granted(session: ApiSession) -> tuple[str, ...]:
    """The permissions that this login granted; declined and expired ones are left out."""
    body = session.get("/me/permissions?limit=200").body
    told = parse_answer(_Permissions, body, of="Meta's list of permissions").data
    return tuple(sorted(one.permission for one in told if one.status == "granted"))


def _fetch_data_end(inspector: ApiSession, token: str) -> datetime | None:
    """Asked as a POST that stands for a GET, so that the token is in no address."""
    body = inspector.post("/debug_token", {"method": "GET", "input_token": token}).body
    ends_at = parse_answer(_Inspected, body, of="Meta's inspection of a token").ends_at
    return datetime.fromtimestamp(ends_at, UTC) if ends_at else None
