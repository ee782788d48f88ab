"""Whom does a fault meet, when and how often? The rules of a fault script, and their counts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.domain import Platform
from core.sandbox.faults.kinds import FaultKind
from core.sandbox.faults.targets import Target


@dataclass(slots=True, kw_only=True)
class Rule:
    """One line of a script. `platform` None = every one of the fault's; `name` an external id, a login or *."""

    kind: FaultKind
    platform: Platform | None
    name: str
    times: int | None
    after: int
    endpoint: str | None
    arguments: Mapping[str, Any]
    matched: int = 0
    fired: int = 0
    memory: dict[Any, Any] = field(default_factory=dict)

    @property
    def is_spent(self) -> bool:
        return self.times is not None and self.fired >= self.times

    def takes(self) -> bool:
        """Count a request on which the fault could fire, and say whether it does."""
        self.matched += 1
        fires = self.matched > self.after and not self.is_spent
        self.fired += fires
        return fires

    def platform_met(self, target: Target) -> Platform | None:
        """The platform on which this request is met, None where it is not."""
        if not ({self.endpoint} if self.endpoint else self.kind.endpoints) & target.endpoints:
            return None
        met = [platform for platform in Platform if platform in self._platforms() & target.platforms]
        if self.kind.meets_whole_login:
            met = [platform for platform in self._platforms() if platform.provider is target.provider]
        return next((platform for platform in met if self._means(target, platform)), None)

    def _platforms(self) -> frozenset[Platform]:
        return self.kind.platforms & {self.platform} if self.platform else self.kind.platforms

    def _means(self, target: Target, platform: Platform) -> bool:
        if self.name == "*":
            return True
        if target.login is None:
            return False
        whole = self.kind.meets_whole_login
        owned = target.login.list_accounts(platform) if whole else target.accounts(platform)
        return self.name == target.login.name or any(account.external_id == self.name for account in owned)

    def described(self) -> dict[str, Any]:
        return {
            "account": f"{self.platform.value if self.platform else '*'}/{self.name}",
            "fault": self.kind.name,
            "times": self.times,
            "after": self.after,
            "endpoint": self.endpoint,
            **self.arguments,
            "matched": self.matched,
            "fired": self.fired,
        }
