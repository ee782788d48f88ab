"""Who carries out what was asked for beside syncs? Deleting a business for good, moving an account, taking over a history; never beside a sync of them."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.orm import Session

from core.accounts import Accounts
from core.adoption import adopt_history
from core.clock import Clock
from core.errors import AppError, TransientError, WarehouseError
from core.ops import businesses, history, requests
from core.ops.accounts import list_all_of_business
from core.ops.activities import ActivityKind, record_activity
from core.ops.models import Account, Business, Request, RequestKind
from core.ops.session import OperationsDatabase
from core.warehouse.connection import Warehouse
from core.warehouse.removal import count_kept, move_account, remove_business

log = logging.getLogger(__name__)


class Errands:
    """Carries out requests one after the other; one that a crash cut short is begun again."""

    def __init__(
        self,
        *,
        database: OperationsDatabase,
        warehouse: Warehouse,
        accounts: Accounts,
        clock: Clock,
        stop: threading.Event | None = None,
    ) -> None:
        """`stop`: set when the sidecar leaves; what has been begun is finished, nothing more is begun."""
        self._database = database
        self._warehouse = warehouse
        self._accounts = accounts
        self._clock = clock
        self._stop = stop or threading.Event()

    def carry_out_all(self) -> None:
        """Everything that was asked for and need not wait for a sync that is at work."""
        with self._database.reading() as session:
            waiting = requests.list_open(session)
        for request in waiting:
            if self._stop.is_set():
                return
            self._carry_out(request)

    def _carry_out(self, request: Request) -> None:
        work: Callable[[Request], str | None] = {
            RequestKind.DELETE_BUSINESS: self._delete_business,
            RequestKind.MOVE_ACCOUNT: self._move_account,
            RequestKind.ADOPT_HISTORY: self._adopt_history,
        }[request.kind]
        outcome, error = None, None
        try:
            outcome = work(request)
        except TransientError as waiting:
            log.info("request %s waits: %s", request.id, waiting)
        except AppError as refused:
            error = str(refused)
        except Exception as fault:
            log.exception("request %s broke", request.id)
            error = f"Tideline met a fault of its own ({type(fault).__name__}); the sidecar's log has the details. Ask for it again."
        if outcome is None and error is None:
            return  # a sync, or the renewal of a login, is at work; at a later turn
        with self._database.transaction() as session:
            requests.record_finished(session, request.id, outcome=outcome, error=error, now=self._clock.now())
        log.info("request %s (%s): %s", request.id, request.kind.value, outcome or error)

    def _delete_business(self, request: Request) -> str | None:
        """What was removed, None where a sync has to end first. What there is is counted once, before the first row goes."""
        with self._database.transaction() as session:
            if requests.is_being_synced(session, [request.business_id]):
                return None
            requests.cancel_requested(session, [request.business_id], now=self._clock.now())
            business = session.get(Business, request.business_id)
            if business is not None:  # archived first: from here on nothing asks for a sync of it
                businesses.archive_business(session, business.id, now=self._clock.now())
            ids = [account.id for account in list_all_of_business(session, request.business_id)]
            told = self._count_once(session, request, ids)
        for account_id in ids:
            self._accounts.disconnect(account_id, by=request.requested_by)
        remove_business(self._warehouse, request.business_id, ids)
        with self._database.transaction() as session:
            businesses.remove_business(session, request.business_id)
            self._write_down(session, ActivityKind.BUSINESS_DELETED, told, request)
        self._publish()
        return told

    def _count_once(self, session: Session, request: Request, account_ids: list[int]) -> str:
        stored = session.get_one(Request, request.id)
        if "removed" not in stored.arguments:
            kept = count_kept(self._warehouse, account_ids)
            counts = f"{_some(len(account_ids), 'account')}, {_some(kept.posts, 'post')}"
            counts += f", {_some(kept.snapshots, 'snapshot')} and {_some(kept.days, 'account day')}"
            stored.arguments = {**stored.arguments, "removed": f"Removed {counts} of {request.arguments['name']}."}
        return str(stored.arguments["removed"])

    def _move_account(self, request: Request) -> str | None:
        """What was moved, None where a sync of either business has to end first."""
        with self._database.transaction() as session:
            target = session.get(Business, request.business_id)
            if target is None or target.archived_at is not None:
                raise AppError(f"{request.arguments['business']} is archived or gone: nothing was moved.")
            account = session.get(Account, request.account_id)
            if account is None:
                raise AppError(f"{request.arguments['name']} is gone: nothing was moved.")
            if requests.is_being_synced(session, [account.business_id, target.id]):
                return None
            account.business_id = target.id
            # within the transaction: where the warehouse fails, the account stays where it was in both
            move_account(self._warehouse, account.id, target.id, name=target.name, timezone=target.timezone)
            told = f"Moved {account.name} to {target.name}, with its whole history."
            self._write_down(session, ActivityKind.MOVED, told, request)
        self._publish()
        return told

    def _write_down(self, session: Session, kind: ActivityKind, told: str, request: Request) -> None:
        record_activity(
            session,
            kind,
            told,
            now=self._clock.now(),
            person=request.requested_by,
            business_id=request.business_id,
            account_id=request.account_id,
        )

    def _adopt_history(self, request: Request) -> str | None:
        """What was taken over, None where it is still being made, or a sync has to end first."""
        if not history.is_ready(request):
            return None
        told = adopt_history(self._database, self._warehouse, Path(request.arguments["folder"]))
        if told is not None:
            self._publish()
        return told

    def _publish(self) -> None:
        """What was done is done, also where it can be shown only after the next sync."""
        try:
            self._warehouse.publish()
        except WarehouseError:
            log.exception("the warehouse could not be published")


def _some(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
