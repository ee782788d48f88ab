"""How is an account connected, and its token kept fresh? Joins the platforms' OAuth with the operations database."""

import logging
import threading
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from core.clock import Clock
from core.domain import Provider
from core.errors import FetchError, ReconnectNeededError, TransientError
from core.fetchers import ApiVersions, fetch_owner, list_connectable, open_session
from core.fetchers.base import ConnectableAccount
from core.fetchers.oauth import Authorization, Grant, begin_authorization, fetch_grant, refresh_grant
from core.fetchers.pauses import PauseBook
from core.fetchers.transport import ApiSession, Transport
from core.ops import tokens
from core.ops.accounts import get_account, save_account, save_page_token
from core.ops.models import Account, Token
from core.ops.session import OperationsDatabase
from core.ops.tokens import EncryptedGrant
from core.settings import Settings
from core.vault import Vault

log = logging.getLogger(__name__)

REFUSALS_UNTIL_BROKEN = 3
"""So many syncs in a row must be refused after a renewal before a person has to sign in again."""
REFRESH_AHEAD = timedelta(minutes=10)
"""A token that ends sooner than this is refreshed before a sync uses it."""
LENGTHEN_AHEAD = timedelta(days=10)
"""Meta's sixty-day token is made longer from so long before its end."""


@dataclass(frozen=True, slots=True)
class Login:
    """A person's fresh grant at a provider, and what it may connect; nothing of it is stored yet."""

    provider: Provider
    owner_id: str
    grant: Grant
    connectable: list[ConnectableAccount]


class Accounts:
    """Connects accounts and hands out tokens that work; one refresh at a time per grant."""

    def __init__(
        self,
        *,
        database: OperationsDatabase,
        vault: Vault,
        transport: Transport,
        settings: Settings,
        clock: Clock,
        pauses: PauseBook | None = None,
    ) -> None:
        self._database = database
        self._vault = vault
        self._transport = transport
        self._settings = settings
        self._clock = clock
        self._pauses = pauses or PauseBook(clock)
        self._locks: defaultdict[int, threading.Lock] = defaultdict(threading.Lock)
        self._unsaved: dict[int, Grant] = {}
        self._lengthened_at: dict[int, datetime] = {}

    def begin(self, provider: Provider, redirect_uri: str) -> Authorization:
        """Where to send the person, with the state and PKCE verifier to keep until she comes back."""
        app = self._settings.provider(provider)
        return begin_authorization(app, redirect_uri=redirect_uri, api_version=self._settings.meta_version)

    def sign_in(self, provider: Provider, *, code: str, redirect_uri: str, code_verifier: str | None) -> Login:
        """Exchange the code that came back for a grant, and list what it may connect."""
        grant = fetch_grant(
            self._settings.provider(provider),
            code=code,
            redirect_uri=redirect_uri,
            code_verifier=code_verifier,
            api_version=self._settings.meta_version,
            now=self._clock.now(),
        )
        session = self._open(provider, grant.access_token)
        return Login(provider, fetch_owner(provider, session), grant, list_connectable(provider, session))

    def connect(self, chosen: Sequence[tuple[Login, list[ConnectableAccount]]], business_id: int) -> list[Account]:
        """Store the grants and the accounts chosen of each, all in one transaction: nobody syncs a half-connected business.

        Accounts of these logins that are known already are repaired in place.
        """
        with self._database.transaction() as session:
            return [
                account for login, accounts in chosen for account in self._store(session, login, accounts, business_id)
            ]

    def _store(
        self, session: Session, login: Login, chosen: list[ConnectableAccount], business_id: int
    ) -> list[Account]:
        now = self._clock.now()
        token = tokens.save_token(session, login.provider, login.owner_id, self._encrypt(login.grant), now=now)
        for found in login.connectable:
            if found.own_token:
                save_page_token(session, found.platform, found.external_id, self._vault.encrypt(found.own_token))
        return [save_account(session, self._to_account(account, business_id, token, now)) for account in chosen]

    def open_account(self, account: Account) -> ApiSession:
        """A conversation with the account's platform, with a token that works; ReconnectNeededError where there is none."""
        if account.token is None:
            raise ReconnectNeededError("This account has no login any more: connect it again.")
        if account.page_token is None:
            token = self._fresh_access_token(account.token)
        else:  # Meta: a page is read with its own token, which outlives the grant's
            self._lengthen(account.token)
            token = self._vault.decrypt(account.page_token)
        # Meta limits each page or account by itself, the others each login
        key = f"account-{account.id}" if account.page_token else f"login-{account.token.id}"
        return self._open(account.platform.provider, token, key)

    def renew(self, account_id: int) -> bool:
        """After a refusal: make the platform give a new token, where the grant allows it. Whether there is one now."""
        with self._database.reading() as session:
            account = get_account(session, account_id)
        if account.token is None or account.token.refresh_token is None or account.page_token is not None:
            return False
        self._refresh_once(account.token)
        return True

    def record_refused(self, account_id: int, error: ReconnectNeededError) -> FetchError:
        """What a refusal right after a renewal means: an outage at first, a lost login when it goes on.

        X answered 401 to good tokens for two hours on 2026-06-30 (docs.x.com, incidents).
        """
        with self._database.transaction() as session:
            token = get_account(session, account_id).token
            if token is None:
                return error
            token.refusals += 1
            if token.refusals >= REFUSALS_UNTIL_BROKEN:
                tokens.record_broken(session, token, str(error), now=self._clock.now())
                return error
        return TransientError(
            "The platform refused a login that it had renewed a moment before; the next sync tries again."
        )

    def _open(self, provider: Provider, token: str, account_key: str = "") -> ApiSession:
        versions = ApiVersions(linkedin=self._settings.linkedin_version, meta=self._settings.meta_version)
        app = self._settings.provider(provider)
        return open_session(
            self._transport, app, token, versions=versions, account_key=account_key, pauses=self._pauses
        )

    def _fresh_access_token(self, token: Token) -> str:
        if token.broken_at is not None:
            raise ReconnectNeededError(token.broken_reason or "The login has ended: sign in again.")
        if not self._ends_within(token, REFRESH_AHEAD):
            return self._vault.decrypt(token.access_token)
        if token.refresh_token is None and not self._ends_within(token, timedelta(0)):
            return self._vault.decrypt(token.access_token)  # LinkedIn without refresh tokens: used to its end
        return self._refresh_once(token)

    def _lengthen(self, token: Token) -> None:
        """Meta's long-lived token can be made longer only while it is valid, once a day: tried from ten days before its end."""
        tried_at = max(token.obtained_at, self._lengthened_at.get(token.id, token.obtained_at))
        if not self._ends_within(token, LENGTHEN_AHEAD) or self._clock.now() - tried_at < timedelta(days=1):
            return
        self._lengthened_at[token.id] = self._clock.now()
        try:
            self._refresh_once(token, breaks=False)
        except FetchError as error:
            log.warning("the Meta grant %s could not be made longer: %s", token.id, error)

    def _ends_within(self, token: Token, ahead: timedelta) -> bool:
        return token.expires_at is not None and token.expires_at - self._clock.now() <= ahead

    def _refresh_once(self, token: Token, *, breaks: bool = True) -> str:
        """A new access token, unless another thread, process or person has stored one while we waited."""
        with self._locks[token.id]:
            with self._database.reading() as session:
                current = session.get_one(Token, token.id)
            if current.access_token != token.access_token:
                return self._vault.decrypt(current.access_token)
            return self._refresh(current, breaks=breaks)

    def _refresh(self, token: Token, *, breaks: bool) -> str:
        """Ask for a new pair and store it before anybody uses it.

        X kills the old refresh token the moment it answers: a database that cannot store must show before we ask, and a
        pair that could not be stored is kept until it can.
        """
        grant = self._unsaved.get(token.id)
        if grant is None:
            with self._database.transaction() as session:
                tokens.check_writable(session, token.id)
            grant = self._unsaved[token.id] = self._ask_for_grant(token, breaks=breaks)
        with self._database.transaction() as session:
            is_ours = tokens.save_refreshed(session, token, self._encrypt(grant), now=self._clock.now())
            access_token = session.get_one(Token, token.id).access_token
        del self._unsaved[token.id]
        log.info(
            "refreshed the %s grant %s%s", token.provider.value, token.id, "" if is_ours else ": a newer one was kept"
        )
        return self._vault.decrypt(access_token)

    def _ask_for_grant(self, token: Token, *, breaks: bool) -> Grant:
        app, now = self._settings.provider(token.provider), self._clock.now()
        try:
            return refresh_grant(app, self._decrypt(token), api_version=self._settings.meta_version, now=now)
        except ReconnectNeededError as error:
            if breaks:
                with self._database.transaction() as session:
                    tokens.record_broken(session, token, str(error), now=now)
            raise

    def _encrypt(self, grant: Grant) -> EncryptedGrant:
        return EncryptedGrant(
            access_token=self._vault.encrypt(grant.access_token),
            refresh_token=self._vault.encrypt(grant.refresh_token) if grant.refresh_token else None,
            expires_at=grant.expires_at,
            refresh_expires_at=grant.refresh_expires_at,
            scopes=" ".join(grant.scopes),
        )

    def _decrypt(self, token: Token) -> Grant:
        return Grant(
            access_token=self._vault.decrypt(token.access_token),
            refresh_token=self._vault.decrypt(token.refresh_token) if token.refresh_token else None,
            expires_at=token.expires_at,
            refresh_expires_at=token.refresh_expires_at,
            scopes=tuple(token.scopes.split()),
        )

    def _to_account(self, found: ConnectableAccount, business_id: int, token: Token, now: datetime) -> Account:
        return Account(
            business_id=business_id,
            token_id=token.id,
            platform=found.platform,
            external_id=found.external_id,
            name=found.name,
            handle=found.handle,
            avatar_url=found.avatar_url,
            page_token=self._vault.encrypt(found.own_token) if found.own_token else None,
            connected_at=now,
        )
