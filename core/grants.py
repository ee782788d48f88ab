"""How is a login kept alive? Refreshed once however many ask, ahead of its end, and stored before anybody uses it."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from filelock import FileLock, Timeout

from core.clock import Clock
from core.errors import AppError, FetchError, ReconnectNeededError, TransientError
from core.fetchers.grants import Grant
from core.fetchers.oauth import refresh_grant
from core.ops import tokens
from core.ops.grants import LENGTHENED, NAMES
from core.ops.models import Token
from core.ops.session import OperationsDatabase
from core.ops.tokens import EncryptedGrant
from core.settings import Settings
from core.unsaved import UnsavedGrants
from core.vault import Vault

log = logging.getLogger(__name__)

REFRESH_AHEAD = timedelta(minutes=10)
"""A token that ends sooner than this is refreshed before a sync uses it."""
REFRESH_EARLY = timedelta(minutes=30)
"""A token that ends sooner than this is refreshed with nobody waiting for it."""
LENGTHEN_AHEAD = timedelta(days=10)
"""Meta's and Instagram's sixty-day tokens are made longer from so long before their end."""
LOCK_PATIENCE_S = 90.0
"""Longer than a token endpoint may take to answer."""
GONE = "This account has no login any more: connect it again."


class Grants:
    """Hands out access tokens that work; one refresh at a time per grant, in whichever thread or process."""

    def __init__(self, *, database: OperationsDatabase, vault: Vault, settings: Settings, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._settings = settings
        self._clock = clock
        self._folder = settings.data_dir / "grants"
        self._unsaved = UnsavedGrants(self._folder, vault)
        self._lengthened_at: dict[int, datetime] = {}

    def access_token(self, token: Token) -> str:
        """An access token that works now, or ReconnectNeededError."""
        if token.broken_at is not None:
            raise ReconnectNeededError(token.broken_reason or "The login has ended: sign in again.")
        if token.provider in LENGTHENED:
            return self._long_lived(token)
        if not self._ends_within(token, REFRESH_AHEAD):
            return self._vault.decrypt(token.access_token)
        if token.refresh_token is None and not self._ends_within(token, timedelta(0)):
            return self._vault.decrypt(token.access_token)  # LinkedIn without refresh tokens: used to its end
        return self.refresh(token)

    def lengthen(self, token: Token) -> None:
        """A long-lived token can be made longer only while it is valid, once a day: tried from ten days before its end."""
        tried_at = max(token.obtained_at, self._lengthened_at.get(token.id, token.obtained_at))
        if not self._ends_within(token, LENGTHEN_AHEAD) or self._clock.now() - tried_at < timedelta(days=1):
            return
        self._lengthened_at[token.id] = self._clock.now()
        try:
            self.refresh(token, breaks=False)
        except FetchError as error:
            log.warning("the %s grant %s could not be made longer: %s", token.provider.value, token.id, error)

    def refresh(self, token: Token, *, breaks: bool = True) -> str:
        """A new access token, unless another thread, process or person has stored one while we waited."""
        with self.hold(token.id):
            with self._database.reading() as session:
                current = session.get(Token, token.id)
            if current is None:
                raise ReconnectNeededError(GONE)
            if current.access_token != token.access_token:
                return self._vault.decrypt(current.access_token)
            if current.broken_at is not None:
                raise ReconnectNeededError(current.broken_reason or GONE)
            return self._vault.decrypt(self._refresh(current, breaks=breaks).access_token)

    def refresh_due(self, stop: threading.Event | None = None) -> None:
        """Renew what ends soon, with nobody waiting, until `stop`; what cannot be renewed leaves the others alone."""
        with self._database.reading() as session:
            working = tokens.list_working(session)
        for token in working:
            if stop is not None and stop.is_set():
                return
            try:
                self._refresh_if_due(token)
            except AppError as error:
                log.warning("the %s grant %s could not be renewed: %s", token.provider.value, token.id, error)

    @contextmanager
    def hold(self, token_id: int) -> Iterator[None]:
        """Nobody else refreshes, replaces or gives back this grant meanwhile."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        lock = FileLock(self._folder / f"grant-{token_id}.lock", timeout=LOCK_PATIENCE_S, poll_interval=0.02)
        try:
            lock.acquire()
        except Timeout:
            raise TransientError("Somebody else renews this login just now; the next sync tries again.") from None
        try:
            yield
        finally:
            lock.release()

    def encrypt(self, grant: Grant, *, scopes: tuple[str, ...] = ()) -> EncryptedGrant:
        """The grant as it is stored; `scopes`: what it really allows, where the provider said so beside it."""
        return EncryptedGrant(
            access_token=self._vault.encrypt(grant.access_token),
            refresh_token=self._vault.encrypt(grant.refresh_token) if grant.refresh_token else None,
            expires_at=grant.expires_at,
            refresh_expires_at=grant.refresh_expires_at,
            scopes=" ".join(scopes or grant.scopes),
        )

    def decrypt(self, token: Token) -> Grant:
        return Grant(
            access_token=self._vault.decrypt(token.access_token),
            refresh_token=self._vault.decrypt(token.refresh_token) if token.refresh_token else None,
            expires_at=token.expires_at,
            refresh_expires_at=token.refresh_expires_at,
            scopes=tuple(token.scopes.split()),
        )

    def _long_lived(self, token: Token) -> str:
        if self._ends_within(token, timedelta(0)):
            sentence = f"The {NAMES[token.provider]} login has ended: sign in again."
            self._record_broken(token, sentence)
            raise ReconnectNeededError(sentence)
        self.lengthen(token)
        with self._database.reading() as session:
            current = session.get(Token, token.id)
        return self._vault.decrypt((current or token).access_token)

    def _refresh_if_due(self, token: Token) -> None:
        if token.provider in LENGTHENED:
            self.lengthen(token)
        elif token.refresh_token is not None and self._ends_within(token, REFRESH_EARLY):
            self.refresh(token)

    def _refresh(self, token: Token, *, breaks: bool) -> Token:
        """Ask for a new pair and store it before anybody uses it; one that was given before a crash is stored first.

        X kills the old refresh token the moment it answers: a database that cannot store must show before we ask.
        """
        kept = self._unsaved.find(token)
        if kept is not None:
            token = self._store(token, kept)
            if not self._ends_within(token, timedelta(0)):
                return token
        with self._database.transaction() as session:
            tokens.check_writable(session, token.id)
        grant = self._ask_for_grant(token, breaks=breaks)
        self._keep(token, grant)
        return self._store(token, grant)

    def _store(self, token: Token, grant: Grant) -> Token:
        with self._database.transaction(is_durable=True) as session:
            is_ours = tokens.save_refreshed(session, token, self.encrypt(grant), now=self._clock.now())
            current = session.get(Token, token.id)
        self._unsaved.forget(token.id)
        log.info(
            "refreshed the %s grant %s%s", token.provider.value, token.id, "" if is_ours else ": a newer one was kept"
        )
        if current is None:
            raise ReconnectNeededError(GONE)
        return current

    def _keep(self, token: Token, grant: Grant) -> None:
        try:
            self._unsaved.keep(token, grant)
        except OSError:
            log.exception("the renewed grant %s could not be kept in a file; the database may still take it", token.id)

    def _ask_for_grant(self, token: Token, *, breaks: bool) -> Grant:
        app, now = self._settings.provider(token.provider), self._clock.now()
        try:
            return refresh_grant(app, self.decrypt(token), api_version=self._settings.meta_version, now=now)
        except ReconnectNeededError as error:
            if breaks:
                self._record_broken(token, str(error))
            raise

    def _record_broken(self, token: Token, reason: str) -> None:
        with self._database.transaction() as session:
            tokens.record_broken(session, token, reason, now=self._clock.now())

    def _ends_within(self, token: Token, ahead: timedelta) -> bool:
        return token.expires_at is not None and token.expires_at - self._clock.now() <= ahead
