"""How much of Meta's limits is used up? Calls of a rolling hour or day, told in percent with every answer.

The app may ask 200 times an hour for each person who uses it, a page or Instagram account is good for 4,800 calls a day for each
person whom it engages. Here nobody is refused: a throttle is a fault that a script plays.
"""

import json
from collections import Counter, defaultdict
from datetime import datetime

from core.domain import Platform
from core.sandbox.world import Account, World

_APP_CALLS, _USERS = 200, 50
"""An hour for each user; and how many users an account of the world stands for."""
_BUSINESS_CALLS, _ENGAGED_SHARE = 4800, 0.01
_PLATFORMS = (Platform.FACEBOOK, Platform.INSTAGRAM)
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400


class _Calls:
    """Calls by the minute within a window; what lies in the future, after the clock was set back, is forgotten."""

    def __init__(self, window_s: int) -> None:
        self._minutes = window_s // _MINUTE_S
        self._counted: Counter[int] = Counter()
        self._newest = 0

    def add(self, now: datetime) -> int:
        """Count a call; how many there were in the window that ends now."""
        minute = int(now.timestamp()) // _MINUTE_S
        if minute != self._newest:
            kept = {of: calls for of, calls in self._counted.items() if minute - self._minutes < of <= minute}
            self._counted, self._newest = Counter(kept), minute
        self._counted[minute] += 1
        return self._counted.total()


class UsageMeter:
    """What the headers of one app's answers tell."""

    def __init__(self, world: World) -> None:
        accounts = sum(len(login.list_accounts(platform)) for login in world.logins for platform in _PLATFORMS)
        self._of_app = _Calls(_HOUR_S)
        self._of_owner: defaultdict[str, _Calls] = defaultdict(lambda: _Calls(_DAY_S))
        self._app_limit = _APP_CALLS * _USERS * max(accounts, 1)

    def of_app(self, now: datetime) -> dict[str, str]:
        return {"X-App-Usage": _json(_percent(self._of_app.add(now) / self._app_limit))}

    def of_account(self, account: Account, now: datetime) -> dict[str, str]:
        """Of the page or Instagram account that the answer is about."""
        engaged = max(1, round((account.followers(now) or 0) * _ENGAGED_SHARE))
        share = self._of_owner[account.external_id].add(now) / (_BUSINESS_CALLS * engaged)
        kind = "pages" if account.platform is Platform.FACEBOOK else "instagram"
        told = {"type": kind, **_percent(share), "estimated_time_to_regain_access": 0}
        return {"X-Business-Use-Case-Usage": _json({account.external_id: [told]})}


def _percent(share: float) -> dict[str, int]:
    """The time our answers take is next to nothing, so only the calls count."""
    return {"call_count": int(share * 100), "total_time": int(share * 20), "total_cputime": int(share * 10)}


def _json(told: object) -> str:
    return json.dumps(told, separators=(",", ":"))
