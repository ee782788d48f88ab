"""Which sign-in comes back here? Flows under way: encrypted in the operations database, marked in the browser's session."""

import json
import logging
import re
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from authlib.integrations.starlette_client import StarletteIntegration
from starlette.concurrency import run_in_threadpool

from core.clock import Clock
from core.domain import Provider
from core.ops.models import OAuthFlow
from core.ops.session import OperationsDatabase
from core.tickets import Ticket
from core.vault import Vault
from core.web.pages import RefusedError

log = logging.getLogger(__name__)

FLOW_LIFE_S = 600
_STATE = re.compile(r"[\w-]{8,128}", re.ASCII)

BAD_ADDRESS = "This address is only for the way back from a platform: open Accounts and press Connect there."
UNKNOWN = "This sign-in is not known here: it was used already, or was never begun. Press Connect to begin anew."
USED = "This sign-in has been used already: look whether the account is in the list, and press Connect if it is not."
EXPIRED = "This sign-in took longer than ten minutes, so it is over: press Connect to begin anew."
ELSEWHERE = "This sign-in was begun in another browser: finish it there, or press Connect in this one."
REPLACED = "A newer sign-in has taken this one's place in this browser: finish that one, or press Connect again."


@dataclass(frozen=True, slots=True)
class Flow:
    """What has to be remembered while a person is at the provider."""

    ticket: Ticket
    browser: str
    redirect_uri: str
    code_verifier: str | None = field(repr=False)


class FlowCache:
    """The store that Authlib keeps its state data in: the database, every value encrypted, each taken once."""

    def __init__(self, database: OperationsDatabase, vault: Vault, clock: Clock) -> None:
        self._database, self._vault, self._clock = database, vault, clock

    async def set(self, key: str, value: str, expires_in: int) -> None:
        ends_at = self._clock.now() + timedelta(seconds=expires_in)
        await run_in_threadpool(self._save, OAuthFlow(key=key, value=self._vault.encrypt(value), expires_at=ends_at))

    async def get(self, key: str) -> str | None:
        """The value, whether it has expired or not; it stays where it is."""
        row = await run_in_threadpool(self._find, key)
        return self._vault.decrypt(row.value) if row else None

    async def take(self, key: str) -> tuple[str, datetime] | None:
        """The value and its end, for the first who asks; nobody gets it a second time."""
        row = await run_in_threadpool(self._remove, key)
        return (self._vault.decrypt(row.value), row.expires_at) if row else None

    async def delete(self, key: str) -> None:
        await run_in_threadpool(self._remove, key)

    def _save(self, row: OAuthFlow) -> None:
        with self._database.transaction() as session:
            session.merge(row)

    def _find(self, key: str) -> OAuthFlow | None:
        with self._database.reading() as session:
            return session.get(OAuthFlow, key)

    def _remove(self, key: str) -> OAuthFlow | None:
        with self._database.transaction() as session:
            row = session.get(OAuthFlow, key, with_for_update=True)  # a second taker waits, and finds nothing
            if row is not None:
                session.delete(row)
            return row


class _Integration(StarletteIntegration):  # type: ignore[misc]  # Authlib has no types
    expires_in = FLOW_LIFE_S


class FlowBook:
    """Begins flows, and hands each back once: to the browser that began it, within ten minutes."""

    def __init__(self, cache: FlowCache, clock: Clock) -> None:
        self._cache, self._clock = cache, clock

    async def begin(self, session: dict[str, Any], state: str, flow: Flow) -> None:
        await self._integration(flow.ticket.provider).set_state_data(session, state, asdict(flow))

    async def take(self, session: dict[str, Any], provider: Provider, state: str, browser: str) -> Flow:
        """The flow of this state, or RefusedError saying why there is none here.

        The session is looked at first: a stranger who comes by with somebody's state must not use up her flow.
        """
        integration = self._integration(provider)
        if not _STATE.fullmatch(state):
            raise RefusedError(BAD_ADDRESS, HTTPStatus.BAD_REQUEST)
        key = f"_state_{integration.name}_{state}"
        marker = session.get(key)
        if marker is None:
            raise await self._unmarked(key, browser)
        taken = await self._cache.take(key)
        await integration.clear_state_data(session, state)
        if taken is None:
            raise (
                _ended()
                if marker["exp"] <= self._clock.now().timestamp()
                else RefusedError(USED, HTTPStatus.BAD_REQUEST)
            )
        if taken[1] <= self._clock.now():
            raise _ended()
        return _same_browser(_parse_flow(taken[0]), browser)

    async def _unmarked(self, key: str, browser: str) -> RefusedError:
        found = await self._cache.get(key)
        if found is None:
            return RefusedError(UNKNOWN, HTTPStatus.BAD_REQUEST)
        if _parse_flow(found).browser == browser:
            return RefusedError(REPLACED, HTTPStatus.BAD_REQUEST)
        log.warning("a sign-in came back in another browser than it was begun in; it was refused")
        return RefusedError(ELSEWHERE, HTTPStatus.FORBIDDEN)

    def _integration(self, provider: Provider) -> Any:
        """Authlib's keeping of state. The prefix keeps it apart from a sign-in to Tideline itself, which shares the session."""
        return _Integration(f"connect-{provider.value}", self._cache)


def _ended() -> RefusedError:
    return RefusedError(EXPIRED, HTTPStatus.GONE)


def _same_browser(flow: Flow, browser: str) -> Flow:
    if flow.browser != browser:
        raise RefusedError(ELSEWHERE, HTTPStatus.FORBIDDEN)
    return flow


def _parse_flow(text: str) -> Flow:
    carried = json.loads(text)["data"]
    ticket = carried.pop("ticket")
    return Flow(ticket=Ticket(**ticket | {"provider": Provider(ticket["provider"])}), **carried)
