"""How is a sync asked for over the REST surface? For businesses that she sees and that have something to sync."""

from collections.abc import Collection
from http import HTTPStatus

from core.domain import RunTrigger
from core.ops import runs
from core.ops.accounts import list_connected
from core.ops.models import SyncRun
from core.web.api.access import Caller, Office, visible_businesses
from core.web.api.problems import RefusedError, not_found


def ready(office: Office, caller: Caller, business_ids: Collection[int] | None) -> list[int]:
    """Those of the businesses that have something to sync, None for all that she sees; one that was named must have it."""
    known = {business.id: business.name for business in visible_businesses(office, caller)}
    with office.database.reading() as session:
        connected = {account.business_id for account in list_connected(session)}
    if business_ids is None:
        return sorted(known.keys() & connected)
    for one in business_ids:
        if one not in known:
            raise not_found(f"business {one}")
        if one not in connected:
            sentence = f"{known[one]} has no connected account, so there is nothing to sync: connect one first."
            raise RefusedError(sentence, HTTPStatus.CONFLICT)
    return sorted(set(business_ids))


def ask_for_sync(office: Office, caller: Caller, business_id: int) -> SyncRun:
    return runs.request_run(
        office.database, business_id, RunTrigger.MANUAL, now=office.clock.now(), requested_by=caller.name
    )
