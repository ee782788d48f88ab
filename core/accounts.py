"""How is an account connected, and its token kept fresh? Joins the platforms' OAuth with the operations database."""

import logging
import threading
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.clock import Clock
from core.domain import Platform, Provider
from core.errors import ReconnectNeededError
from core.fetchers import ApiVersions, fetch_owner, list_connectable, open_session
from core.fetchers.base import ConnectableAccount
from core.fetchers.oauth import Authorization, Grant, begin_authorization, fetch_grant, refresh_grant
from core.fetchers.transport import ApiSession, Transport
from core.ops import tokens
from core.ops.accounts import get_account, save_account
from core.ops.models import Account, Token
from core.ops.session import OperationsDatabase
from core.ops.tokens import EncryptedGrant
from core.settings import Settings
from core.vault import Vault

log = logging.getLogger(__name__)

REFRESH_AHEAD = timedelta(minutes=10)
"""A token that ends sooner than this is refreshed before a sync uses it."""


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
        self, *, database: OperationsDatabase, vault: Vault, transport: Transport, settings: Settings, clock: Clock
    ) -> None:
        self._database = database
        self._vault = vault
        self._transport = transport
        self._settings = settings
        self._clock = clock
        self._locks: defaultdict[int, threading.Lock] = defaultdict(threading.Lock)

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

    def connect(self, login: Login, business_id: int, chosen: list[ConnectableAccount]) -> list[Account]:
        """Store the grant and the chosen accounts, in one transaction; known accounts are repaired in place."""
        now = self._clock.now()
        with self._database.transaction() as session:
            token = tokens.save_token(session, login.provider, login.owner_id, self._encrypt(login.grant), now=now)
            return [save_account(session, self._to_account(account, business_id, token, now)) for account in chosen]

    def open_account(self, account_id: int) -> ApiSession:
        """A conversation with the account's platform, with a token that works; ReconnectNeededError where there is none."""
        with self._database.reading() as session:
            account = get_account(session, account_id)
        if account.token is None:
            raise ReconnectNeededError("This account has no login any more: connect it again.")
        token = self._fresh_access_token(account.token)
        if account.page_token is not None:  # Meta: a page is read with its own token, which lives as long as the grant
            token = self._vault.decrypt(account.page_token)
        return self._open(Platform(account.platform).provider, token)

    def _open(self, provider: Provider, token: str) -> ApiSession:
        versions = ApiVersions(linkedin=self._settings.linkedin_version, meta=self._settings.meta_version)
        return open_session(self._transport, self._settings.provider(provider), token, versions=versions)

    def _fresh_access_token(self, token: Token) -> str:
        if not self._ends_soon(token):
            return self._vault.decrypt(token.access_token)
        with self._locks[token.id]:
            with self._database.reading() as session:
                current = session.get_one(Token, token.id)  # another thread may have refreshed it while we waited
            if not self._ends_soon(current):
                return self._vault.decrypt(current.access_token)
            return self._refresh(current)

    def _ends_soon(self, token: Token) -> bool:
        if token.broken_at is not None:
            raise ReconnectNeededError(token.broken_reason or "The login has ended: sign in again.")
        return token.expires_at is not None and token.expires_at - self._clock.now() <= REFRESH_AHEAD

    def _refresh(self, token: Token) -> str:
        now = self._clock.now()
        try:
            grant = refresh_grant(
                self._settings.provider(token.provider),
                self._decrypt(token),
                api_version=self._settings.meta_version,
                now=now,
            )
        except ReconnectNeededError as error:
            with self._database.transaction() as session:
                tokens.record_broken(session, token.id, str(error), now=now)
            raise
        with self._database.transaction() as session:
            tokens.save_refreshed(session, token.id, self._encrypt(grant), now=now)
        log.info("refreshed the %s grant %s", token.provider.value, token.id)
        return grant.access_token

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
