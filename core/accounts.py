"""How is an account connected, read, repaired and let go? Joins the platforms' OAuth with the operations database."""

import logging
from collections.abc import Collection, Sequence

from core.clock import Clock
from core.connecting import Connecting
from core.domain import Platform, Provider
from core.errors import AppError, FetchError, ReconnectNeededError, TransientError
from core.fetchers import ApiVersions, fetch_access, fetch_owner, list_connectable, open_session
from core.fetchers.base import ConnectableAccount
from core.fetchers.grants import Grant
from core.fetchers.oauth import Authorization, begin_authorization, check_app, fetch_grant, revoke_grant
from core.fetchers.pauses import PauseBook
from core.fetchers.transport import ApiSession, Transport
from core.grants import GONE, Grants
from core.logins import Login, PendingLogin
from core.ops import tokens
from core.ops.accounts import get_account, list_of_grant
from core.ops.activities import ActivityKind, record_activity
from core.ops.grants import NAMES
from core.ops.models import Account, Token
from core.ops.session import OperationsDatabase
from core.scopes import missing_essentials, missing_scopes
from core.settings import Settings
from core.vault import Vault

__all__ = ["Accounts", "Login", "PendingLogin"]

log = logging.getLogger(__name__)

REFUSALS_UNTIL_BROKEN = 3
"""So many syncs in a row must be refused after a renewal before a person has to sign in again."""


class Accounts:
    """Connects accounts, hands out conversations with tokens that work, and disconnects."""

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
        self.grants = Grants(database=database, vault=vault, settings=settings, clock=clock)
        self._connecting = Connecting(database=database, vault=vault, grants=self.grants, clock=clock)

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
        return self._look_around(provider, grant)

    def keep_pending(
        self, login: Login, *, browser: str, person: str, business_id: int | None, account_id: int | None
    ) -> str:
        """Keep a login for ten minutes, encrypted, for its own browser; returns an id that nobody can guess."""
        return self._connecting.keep(
            login, browser=browser, person=person, business_id=business_id, account_id=account_id
        )

    def find_pending(self, pending_id: str, browser: str) -> PendingLogin | None:
        """The login that waits; None where it is unknown, used already, over, or another browser's."""
        return self._connecting.find(pending_id, browser)

    def connect_pending(
        self, pending_id: str, browser: str, *, chosen: Collection[tuple[Platform, str]], business_id: int
    ) -> list[Account]:
        """Connect what was chosen of the login that waits, and ask for its first sync. It can be taken once."""
        return self._connecting.connect_pending(pending_id, browser, chosen=chosen, business_id=business_id)

    def reconnect_pending(self, pending_id: str, browser: str) -> list[Account]:
        """Repair the account that the sign-in was begun for, and every other of its old login that the new one can read."""
        return self._connecting.reconnect_pending(pending_id, browser)

    def connect(self, chosen: Sequence[tuple[Login, list[ConnectableAccount]]], business_id: int) -> list[Account]:
        """Store these logins and the accounts chosen of each, all or nothing."""
        return self._connecting.connect(chosen, business_id)

    def open_account(self, account: Account) -> ApiSession:
        """A conversation with the account's platform, with a token that works; ReconnectNeededError where there is none.

        The login is read again: it may have been renewed or replaced since the account was loaded.
        """
        with self._database.reading() as session:
            page_token, token = tokens.find_login(session, account.id)
        if token is None:
            raise ReconnectNeededError(GONE)
        if page_token is None:
            return self._open(token.provider, self.grants.access_token(token), f"login-{token.id}")
        self.grants.lengthen(token)  # Meta: a page is read with its own token, which outlives the grant's
        # Meta limits each page or account by itself, the others each login
        return self._open(token.provider, self._vault.decrypt(page_token), f"account-{account.id}")

    def renew(self, account_id: int) -> bool:
        """After a refusal: make the platform give a new token, where the grant allows it. Whether there is one now."""
        with self._database.reading() as session:
            page_token, token = tokens.find_login(session, account_id)
        if token is None or token.refresh_token is None or page_token is not None:
            return False
        self.grants.refresh(token)
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

    def disconnect(self, account_id: int, *, by: str | None = None) -> str | None:
        """Stop reading an account and forget its login; its history stays. The grant is given back where nothing else uses it.

        Returns a sentence where the platform did not take it back: the person may want to do that there.
        """
        with self._database.reading() as session:
            token = get_account(session, account_id).token
        if token is None:
            self._forget_login(account_id, by)
            return None
        with self.grants.hold(token.id):
            unused = self._forget_login(account_id, by)
        return self._revoke(unused) if unused is not None else None

    def check_app(self, provider: Provider) -> None:
        """Raise a sentence where the provider does not know our client id and secret, or does not answer."""
        app = self._settings.provider(provider)
        check_app(app, api_version=self._settings.meta_version, now=self._clock.now())

    def _look_around(self, provider: Provider, grant: Grant) -> Login:
        """Whose grant it is and what it reaches. One without the essential permissions reaches nothing, so nothing is asked."""
        app = self._settings.provider(provider)
        access = fetch_access(app, grant, speak=lambda token: self._open(provider, token))
        missing = missing_scopes(provider, access.scopes)
        if missing_essentials(provider, access.scopes):
            return Login(provider, "", grant, [], scopes=access.scopes, missing_scopes=missing)
        session = self._open(provider, grant.access_token)
        owner = fetch_owner(provider, session)
        return Login(
            provider=provider,
            owner_id=owner.id,
            owner_name=owner.name,
            grant=grant,
            connectable=list_connectable(provider, session),
            scopes=access.scopes,
            missing_scopes=missing,
            data_access_ends_at=access.data_access_ends_at,
        )

    def _forget_login(self, account_id: int, by: str | None) -> Token | None:
        """Disconnect an account; its grant, where no other account is read with it."""
        with self._database.transaction() as session:
            account = get_account(session, account_id)
            token = account.token
            if account.disconnected_at is None:
                account.disconnected_at = now = self._clock.now()
                told = f"{account.name} was disconnected; its history stays."
                record_activity(
                    session,
                    ActivityKind.DISCONNECTED,
                    told,
                    now=now,
                    person=by,
                    business_id=account.business_id,
                    account_id=account_id,
                )
            account.page_token = account.token_id = None
            session.flush()
            if token is None or list_of_grant(session, token.id):
                return None
            session.expunge(token)
            tokens.remove_unused(session)
            return token

    def _revoke(self, token: Token) -> str | None:
        app, name = self._settings.provider(token.provider), NAMES[token.provider]
        try:
            grant = self.grants.decrypt(token)
            revoke_grant(app, grant, owner_id=token.owner_id, api_version=self._settings.meta_version)
        except AppError as error:
            log.warning("the %s grant %s could not be given back: %s", token.provider.value, token.id, error)
            return f"{name} did not take the login back: {error} Tideline no longer uses it; you can end it in {name}'s own settings."
        log.info("gave back the %s grant %s", token.provider.value, token.id)
        return None

    def _open(self, provider: Provider, token: str, account_key: str = "") -> ApiSession:
        versions = ApiVersions(linkedin=self._settings.linkedin_version, meta=self._settings.meta_version)
        app = self._settings.provider(provider)
        return open_session(
            self._transport, app, token, versions=versions, account_key=account_key, pauses=self._pauses
        )
