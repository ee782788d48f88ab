"""What do the pages that connect accounts read? Businesses, accounts with their logins, and what was asked of the sidecar."""

from collections.abc import Iterable

from core.domain import Platform
from core.ops import requests
from core.ops.account_rows import AccountRow, list_account_rows
from core.ops.accounts import find_account
from core.ops.businesses import list_all_businesses
from core.ops.grants import GrantTrouble, list_grant_troubles
from core.ops.models import Account, Business, Request
from core.ui import data


def all_businesses() -> list[Business]:
    """The archived ones too."""
    with data.operations().reading() as session:
        return list_all_businesses(session)


def known_accounts(keys: Iterable[tuple[Platform, str]]) -> dict[tuple[Platform, str], Account]:
    """Those of these pages and profiles that are or were connected, with their businesses."""
    with data.operations().reading() as session:
        found = {key: find_account(session, *key) for key in keys}
    return {key: account for key, account in found.items() if account is not None}


def account_rows(business_id: int | None) -> list[AccountRow]:
    """Every account with its login and how it does, those no longer connected included."""
    with data.operations().reading() as session:
        return list_account_rows(session, now=data.now(), business_id=business_id)


def grant_troubles() -> list[GrantTrouble]:
    """The logins that a person has to renew."""
    with data.operations().reading() as session:
        return list_grant_troubles(session, now=data.now())


def find_request(request_id: int) -> Request | None:
    """What came of something asked of the sidecar."""
    with data.operations().reading() as session:
        return requests.find_request(session, request_id)
