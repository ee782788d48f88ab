"""How is the sandbox itself steered? Its health, its clock and its inhabitants, under /_sandbox."""

from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.sandbox.answers import RefusalError, Sandbox
from core.sandbox.timekeeper import read_instant
from core.sandbox.world import Login


class Control:
    """The endpoints that no platform has."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._world = sandbox.world
        self._clock = sandbox.clock

    def routes(self) -> list[Route]:
        return [
            Route("/_sandbox/health", self.health),
            Route("/_sandbox/clock", self.clock, methods=["GET", "POST"]),
            Route("/_sandbox/world", self.world),
        ]

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def clock(self, request: Request) -> Response:
        if request.method == "POST":
            self._move(await _read_order(request))
        return JSONResponse({"now": self._clock.now().isoformat(), "mode": self._clock.mode})

    async def world(self, _request: Request) -> Response:
        return JSONResponse({"logins": [_described(login) for login in self._world.logins]})

    def _move(self, order: dict[str, Any]) -> None:
        match order:
            case {"now": str(instant)}:
                self._clock.stop_at(_read_now(instant))
            case {"advance_s": int() | float() as seconds} if not isinstance(seconds, bool):
                self._advance(seconds)
            case {"mode": "system"}:
                self._clock.follow_machine()
            case _:
                raise _refused('Send {"now": an instant}, {"advance_s": seconds} or {"mode": "system"}.')

    def _advance(self, seconds: float) -> None:
        try:
            span = timedelta(seconds=seconds)
            _ = self._clock.now() + span  # the calendar ends somewhere
        except (OverflowError, ValueError):
            raise _refused("advance_s moves the clock beyond the calendar; send fewer seconds.") from None
        self._clock.advance(span)


def _described(login: Login) -> dict[str, object]:
    accounts = [
        {"platform": account.platform.value, "external_id": account.external_id, "name": account.name}
        for account in login.accounts
    ]
    return {"login": login.name, "business": login.business, "timezone": login.timezone, "accounts": accounts}


async def _read_order(request: Request) -> dict[str, Any]:
    try:
        order = await request.json()
    except ValueError:
        raise _refused("The body is not JSON.") from None
    if not isinstance(order, dict) or len(order) != 1:
        raise _refused("The body must be one JSON object with one key: now, advance_s or mode.")
    return order


def _read_now(text: str) -> datetime:
    instant = read_instant(text)
    if instant is None:
        raise _refused("now must be an ISO instant with its offset, such as 2026-11-24T09:00:00Z.")
    return instant


def _refused(sentence: str) -> RefusalError:
    return RefusalError(400, {"error": sentence})
