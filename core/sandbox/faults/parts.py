"""How do faults meet the parts of a batch of calls? Each part as the request it would be alone, so that it fails alone."""

from dataclasses import dataclass
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.sandbox.answers import RefusalError
from core.sandbox.batches import Part, answered, read_parts
from core.sandbox.faults.targets import Target


@dataclass(frozen=True, slots=True)
class Captured:
    """An answer that was caught on its way out; `is_cut`: more was promised than came."""

    status: int
    headers: dict[str, str]
    content: bytes
    is_cut: bool


async def capture(app: ASGIApp, scope: Scope, receive: Receive) -> Captured:
    messages: list[Message] = []

    async def keep(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, keep)
    start, *rest = messages
    headers = {name.decode().lower(): value.decode("latin-1") for name, value in start["headers"]}
    headers.pop("content-length", None)
    content = b"".join(message.get("body", b"") for message in rest)
    return Captured(start["status"], headers, content, bool(rest and rest[-1].get("more_body")))


@dataclass(frozen=True, slots=True)
class PartByPart:
    """In a batch's place: every part goes through the gate; what is no batch the dialect refuses itself."""

    gate: ASGIApp
    dialect: ASGIApp
    target: Target

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            parts = read_parts(self.target.asked["batch"])
        except RefusalError:
            await self.dialect(scope, receive, send)
            return
        told = [await self._answer(scope, receive, part) for part in parts]
        await JSONResponse(told)(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, part: Part) -> dict[str, Any] | None:
        """None where the connection would have broken off."""
        path = f"{self.target.path.rstrip('/')}/{part.path}"
        asking = {
            **scope,
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": part.query.encode(),
        }
        if "access_token" in self.target.asked:
            asking["headers"] = list(scope["headers"])
            MutableHeaders(scope=asking)["authorization"] = f"Bearer {self.target.asked['access_token']}"
        answer = await capture(self.gate, asking, receive)
        return (
            None
            if answer.is_cut
            else answered(answer.status, answer.headers, answer.content.decode("utf-8", "replace"))
        )
