"""What is a fault? A named way in which an answer goes wrong: instead of it, in it, in what was asked, or in the world."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from starlette.responses import Response

from core.domain import Platform, Provider
from core.sandbox.changes import made
from core.sandbox.faults.targets import DATA_ENDPOINTS, SIGN_IN_ENDPOINTS, Target
from core.sandbox.world import Account, WorldPost

EVERYWHERE: frozenset[str] = frozenset().union(*DATA_ENDPOINTS.values())
"""Every endpoint that gives data: where a fault is met that names no endpoint of its own."""
ALL_PLATFORMS = frozenset(Platform)
META = frozenset({Platform.FACEBOOK, Platform.INSTAGRAM})
REQUIRED = "(required)"
POST = 0
"""The default of a `post` argument: the newest. An id or a number counted from the newest chooses one, * all."""

_PLACE = re.compile(r"-?\d{1,4}", re.ASCII)


@dataclass(slots=True)
class Answer:
    """A dialect's answer on its way out; `content` stands in the place of the body where that is no longer JSON."""

    status: int
    headers: dict[str, str]
    body: Any
    content: bytes | None = None
    is_cut: bool = False
    delay_s: float = 0


@dataclass(frozen=True, slots=True)
class Incident:
    """One request that a fault may meet; `memory` lives as long as the fault's place in the script."""

    target: Target
    platform: Platform
    arguments: Mapping[str, Any]
    memory: dict[Any, Any]
    now: datetime
    issued: int

    @property
    def account(self) -> Account | None:
        """The account that the request concerns."""
        return next(iter(self.target.accounts(self.platform)), None)

    def argument(self, name: str) -> Any:
        return self.arguments[name]

    def is_chosen(self, post_id: object) -> bool:
        """Whether the fault's `post` is this one; a number is pinned to its post when first asked about."""
        chosen = str(self.arguments["post"])
        if chosen == "*":
            return True
        return str(post_id) == (self._pinned(int(chosen)) if _PLACE.fullmatch(chosen) else chosen)

    def _pinned(self, place: int) -> str | None:
        account = self.account
        if account is None:
            return None
        key = (account.platform, account.external_id)
        if key not in self.memory:
            with made(()):
                newest_first = account.posts(self.now)[::-1]
            is_there = -len(newest_first) <= place < len(newest_first)
            self.memory[key] = newest_first[place].post_id if is_there else None
        pinned: str | None = self.memory[key]
        return pinned


Instead = Callable[[Incident], Response | None]
"""An answer in the dialect's place, None where the fault does not apply."""
Ask = Callable[[Incident], Target | None]
"""Another request in the place of the one sent, None where the fault does not apply."""
Edit = Callable[[Incident, Answer], bool]
"""Alters the dialect's answer; whether it did."""
Alter = Callable[[Incident, WorldPost], WorldPost | None]
"""A post as the fault leaves it, None = gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultKind:
    """A fault by name. Parameters: name and default, the options where the default is a tuple (the first counts)."""

    name: str
    what: str
    platforms: frozenset[Platform] = ALL_PLATFORMS
    endpoints: frozenset[str] = EVERYWHERE
    parameters: Mapping[str, Any] = field(default_factory=dict)
    times: int | None = None
    meets_whole_login: bool = False
    instead: Instead | None = None
    ask: Ask | None = None
    edit: Edit | None = None
    alter: Alter | None = None

    def known_endpoints(self) -> frozenset[str]:
        """Where a script may narrow the fault to; one that is met everywhere may also be sent to the sign-in."""
        if self.endpoints != EVERYWHERE or self.alter:
            return self.endpoints
        providers: set[Provider] = {platform.provider for platform in self.platforms}
        return SIGN_IN_ENDPOINTS.union(*(DATA_ENDPOINTS[provider] for provider in providers))

    def described(self) -> dict[str, object]:
        return {
            "name": self.name,
            "what": self.what,
            "platforms": [platform.value for platform in Platform if platform in self.platforms],
            "endpoints": "everywhere" if self.endpoints == EVERYWHERE else sorted(self.endpoints),
            "parameters": {
                name: list(default) if isinstance(default, tuple) else default
                for name, default in self.parameters.items()
            },
            "times": self.times,
        }
