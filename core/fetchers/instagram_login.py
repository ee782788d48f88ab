"""How does an Instagram account without a Facebook page enter? Instagram Login, checked 2026-11-24.

https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login
"""

from core.domain import Platform
from core.fetchers.answers import AnswerModel, ExternalId, parse_answer
from core.fetchers.base import ConnectableAccount
from core.fetchers.dialect import Dialect
from core.fetchers.grants import Owner
from core.fetchers.graph_errors import classify, measure
from core.fetchers.transport import ApiSession
from core.settings import ProviderSettings

_PERSONAL = "PERSONAL"


class InstagramLogin:
    """One login is one professional account; what it published is read as through a page's login, on another host."""

    @staticmethod
    def dialect(app: ProviderSettings, token: str, *, api_version: str) -> Dialect:
        """No proof of the secret goes along, and nothing is packed: Meta documents both for graph.facebook.com alone."""
        return Dialect(f"{app.api_url}/{api_version}", {"Authorization": f"Bearer {token}"}, classify, measure)

    @staticmethod
    def fetch_owner(session: ApiSession) -> Owner:
        me = _fetch_me(session)
        return Owner(me.user_id, f"@{me.username}")

    @staticmethod
    def list_connectable(session: ApiSession) -> list[ConnectableAccount]:
        me = _fetch_me(session)
        problem = None
        if me.account_type.upper() == _PERSONAL:
            problem = "Instagram gives numbers of professional accounts only: switch this one to a business or creator account, then connect again."
        return [
            ConnectableAccount(
                Platform.INSTAGRAM,
                me.user_id,
                me.name or me.username,
                handle=me.username,
                avatar_url=me.profile_picture_url,
                role=me.account_type.replace("_", " ").lower() or None,
                problem=problem,
            )
        ]


class _Me(AnswerModel):
    """`user_id` is the account's own id, the one that a page's login knows it by; `id` is another one for each app."""

    user_id: ExternalId
    username: str
    name: str | None = None
    account_type: str = ""
    profile_picture_url: str | None = None


def _fetch_me(session: ApiSession) -> _Me:
    path = "/me?fields=user_id,username,name,account_type,profile_picture_url"
    return parse_answer(_Me, session.get(path).body, of="Instagram's account")
