"""How does an Instagram account answer to its own login? The one account of the login, and what it published."""

from typing import Any

from core.domain import Platform
from core.sandbox.chance import digits
from core.sandbox.graph import Node, Viewer
from core.sandbox.graph_errors import no_such_object
from core.sandbox.graph_fields import FieldAsk
from core.sandbox.instagram import InstagramAccount, Media
from core.sandbox.world import Account


class OwnAccount(InstagramAccount):
    """The account as its own login sees it: `id` is one for each app, `user_id` the account's."""

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self._external_id = account.external_id

    def value_of(self, field: FieldAsk, viewer: Viewer) -> Any:
        viewer.check("instagram_basic")
        if field.name == "id":
            return app_scoped_id(self._external_id, viewer)
        if field.name == "user_id":
            return self._external_id
        return "BUSINESS" if field.name == "account_type" else super().value_of(field, viewer)


def app_scoped_id(external_id: str, viewer: Viewer) -> str:
    return "2" + digits(16, "app-scoped", external_id, viewer.grant.client_id)


def find_own_node(object_id: str, viewer: Viewer) -> Node:
    """The account or one of its media, or the Graph API's answer to an id that is gone or foreign."""
    for account in viewer.login.list_accounts(Platform.INSTAGRAM)[:1]:
        if object_id in ("me", account.external_id, app_scoped_id(account.external_id, viewer)):
            return OwnAccount(account)
        post = account.find_post(object_id, viewer.now)
        if post:
            return Media(account, post)
    raise no_such_object(object_id)
