"""How does the sandbox refuse, and read what it is sent? The few things that every dialect shares."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from core.sandbox.timekeeper import SandboxClock
from core.sandbox.tokens import TokenBook
from core.sandbox.world import World


@dataclass(frozen=True, slots=True)
class Sandbox:
    """What every dialect stands on."""

    world: World
    clock: SandboxClock
    tokens: TokenBook


class RefusalError(Exception):
    """An error answer in a platform's own words."""

    def __init__(self, status: int, body: dict[str, Any], headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


async def answer_refusal(_request: Request, error: Exception) -> Response:
    if not isinstance(error, RefusalError):
        raise error
    return JSONResponse(error.body, error.status, headers=error.headers)


def bearer_of(request: Request) -> str | None:
    """The token of the Authorization header, None where there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


async def read_form(request: Request) -> dict[str, str]:
    """A form body; of a field sent twice the last one counts."""
    return dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))
