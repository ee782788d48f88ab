"""How does a login become connected accounts? Kept until its person has chosen, taken once, stored all together."""

import secrets
from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy.orm import Session

from core.clock import Clock
from core.domain import Platform, RunTrigger
from core.errors import AppError
from core.fetchers.base import ConnectableAccount
from core.grants import Grants
from core.logins import Login, PendingLogin
from core.ops import pending, tokens
from core.ops.accounts import find_account, get_account, list_of_grant, save_account
from core.ops.activities import ActivityKind, record_activity
from core.ops.businesses import get_business_in_use
from core.ops.first_runs import request_sync
from core.ops.models import Account, Business, Token
from core.ops.models import PendingLogin as StoredLogin
from core.ops.session import OperationsDatabase
from core.ops.tokens import GrantOwner
from core.vault import Vault

PENDING_LIFE = timedelta(minutes=10)
USED = (
    "This sign-in has been used already, or it is older than ten minutes: look at the list of accounts, "
    "and sign in again if yours is not there."
)


class Connecting:
    """Stores logins and the accounts chosen of them, each time in one transaction: nobody syncs a half-connected business."""

    def __init__(self, *, database: OperationsDatabase, vault: Vault, grants: Grants, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._grants = grants
        self._clock = clock

    def keep(self, login: Login, *, browser: str, person: str, business_id: int | None, account_id: int | None) -> str:
        """Keep a login, encrypted, until its person has chosen; returns the id that she comes back with."""
        now = self._clock.now()
        stored = StoredLogin(
            id=secrets.token_urlsafe(32),
            provider=login.provider,
            browser=browser,
            person=person[:300],
            login=self._vault.encrypt(login.to_json()),
            business_id=business_id,
            account_id=account_id,
            created_at=now,
            expires_at=now + PENDING_LIFE,
        )
        with self._database.transaction() as session:
            if account_id is not None and session.get(Account, account_id) is None:
                raise AppError("The account that you signed in for is gone, with its business: nothing was stored.")
            if business_id is not None and session.get(Business, business_id) is None:
                stored.business_id = None  # the chooser asks for another
            session.add(stored)
        return stored.id

    def find(self, pending_id: str, browser: str) -> PendingLogin | None:
        with self._database.reading() as session:
            stored = pending.find_pending(session, pending_id, browser, now=self._clock.now())
        return self._opened(stored) if stored else None

    def connect(self, chosen: Sequence[tuple[Login, list[ConnectableAccount]]], business_id: int) -> list[Account]:
        """Store these logins and the accounts chosen of each. Accounts of these logins that are known already are repaired."""
        with self._database.transaction(is_durable=True) as session:
            return [
                account for login, accounts in chosen for account in self._store(session, login, accounts, business_id)
            ]

    def connect_pending(
        self, pending_id: str, browser: str, *, chosen: Collection[tuple[Platform, str]], business_id: int
    ) -> list[Account]:
        """Take a login that waits, once, and connect what was chosen of it; the first sync is asked for."""
        with self._database.transaction(is_durable=True) as session:
            taken = self._take(session, pending_id, browser)
            login = taken.login
            accounts = login.choose(chosen)
            business = get_business_in_use(session, business_id)
            for account in accounts:
                _refuse_other_business(session, account, business.id)
            connected = self._store(session, login, accounts, business.id, person=taken.person)
            tokens.remove_unused(session)  # of whoever read these accounts before
            return self._with_first_sync(session, connected)

    def reconnect_pending(self, pending_id: str, browser: str) -> list[Account]:
        """Take a login that waits, once, and repair with it every account of the old login that it can read."""
        try:
            return self._reconnect(pending_id, browser)
        except AppError:
            with self._database.transaction() as session:  # nothing is kept of a login that cannot repair anything
                pending.take_pending(session, pending_id, browser, now=self._clock.now())
            raise

    def _reconnect(self, pending_id: str, browser: str) -> list[Account]:
        with self._database.transaction(is_durable=True) as session:
            taken = self._take(session, pending_id, browser)
            if taken.account_id is None:
                raise AppError("This sign-in was begun to connect new accounts: press Reconnect beside the account.")
            broken, login = get_account(session, taken.account_id), taken.login
            if login.find_readable(broken.platform, broken.external_id) is None:
                raise AppError(_cannot_read(login, broken))
            old_id = broken.token_id
            token = self._save_token(session, login)
            repaired = [broken, *(list_of_grant(session, old_id) if old_id else [])]
            found = {account.id: self._repair(account, login, token) for account in repaired}
            for account in filter(None, found.values()):
                told = f"{account.name} was connected again, with a new login."
                self._write_down(session, ActivityKind.RECONNECTED, told, account, taken.person)
            session.flush()
            tokens.remove_unused(session)
            return self._with_first_sync(session, [account for account in found.values() if account is not None])

    def _take(self, session: Session, pending_id: str, browser: str) -> PendingLogin:
        stored = pending.take_pending(session, pending_id, browser, now=self._clock.now())
        if stored is None:
            raise AppError(USED)
        return self._opened(stored)

    def _opened(self, stored: StoredLogin) -> PendingLogin:
        login = Login.from_json(self._vault.decrypt(stored.login))
        return PendingLogin(
            stored.id, stored.provider, login, stored.business_id, stored.account_id, stored.expires_at, stored.person
        )

    def _store(
        self,
        session: Session,
        login: Login,
        chosen: list[ConnectableAccount],
        business_id: int,
        *,
        person: str | None = None,
    ) -> list[Account]:
        token = self._save_token(session, login)
        for account in list_of_grant(session, token.id):
            self._repair(account, login, token)
        stored = [save_account(session, self._to_account(account, business_id, token)) for account in chosen]
        for account in stored:
            told = f"{account.name} was connected."
            self._write_down(session, ActivityKind.CONNECTED, told, account, person)
        return stored

    def _write_down(
        self, session: Session, kind: ActivityKind, told: str, account: Account, person: str | None
    ) -> None:
        now, business_id = self._clock.now(), account.business_id
        record_activity(session, kind, told, now=now, person=person, business_id=business_id, account_id=account.id)

    def _save_token(self, session: Session, login: Login) -> Token:
        owner = GrantOwner(login.owner_id, login.owner_name, login.data_access_ends_at)
        grant = self._grants.encrypt(login.grant, scopes=login.scopes)
        return tokens.save_token(session, login.provider, owner, grant, now=self._clock.now())

    def _repair(self, account: Account, login: Login, token: Token) -> Account | None:
        """Let a known account be read with this login; None where the login cannot."""
        found = login.find_readable(account.platform, account.external_id)
        if found is None:
            return None
        account.token_id, account.disconnected_at = token.id, None
        account.page_token = self._vault.encrypt(found.own_token) if found.own_token else None
        return account

    def _with_first_sync(self, session: Session, accounts: list[Account]) -> list[Account]:
        session.flush()
        by_business: dict[int, list[int]] = {}
        for account in accounts:
            by_business.setdefault(account.business_id, []).append(account.id)
        for business_id, account_ids in by_business.items():
            request_sync(session, business_id, account_ids, RunTrigger.MANUAL, now=self._clock.now())
        session.expire_all()
        return [get_account(session, account_id) for ids in by_business.values() for account_id in ids]

    def _to_account(self, found: ConnectableAccount, business_id: int, token: Token) -> Account:
        return Account(
            business_id=business_id,
            token_id=token.id,
            platform=found.platform,
            external_id=found.external_id,
            name=found.name[:500],
            handle=found.handle and found.handle[:500],
            avatar_url=found.avatar_url and found.avatar_url[:2000],
            page_token=self._vault.encrypt(found.own_token) if found.own_token else None,
            connected_at=self._clock.now(),
        )


def _refuse_other_business(session: Session, found: ConnectableAccount, business_id: int) -> None:
    """A page's history belongs to one business; only a move takes it to another."""
    known = find_account(session, found.platform, found.external_id)
    if known is not None and known.business_id != business_id:
        raise AppError(
            f"{known.name} belongs to the business {known.business.name}: move it there on the Accounts page, then connect it again."
        )


def _cannot_read(login: Login, account: Account) -> str:
    who = login.owner_name or "somebody"
    return (
        f"You signed in as {who}, whose login cannot read {account.name}: nothing was changed. "
        f"Sign in as somebody who administers {account.name}."
    )
