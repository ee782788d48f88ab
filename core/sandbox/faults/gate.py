"""Who commits the faults? A gate before the dialects that answers in their place, or alters what they are asked and answer."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.domain import Platform
from core.sandbox.answers import Sandbox, read_form
from core.sandbox.changes import Change, made
from core.sandbox.faults.kinds import Alter, Answer, Incident
from core.sandbox.faults.parts import PartByPart, capture
from core.sandbox.faults.rules import Rule
from core.sandbox.faults.targets import Target, read_target
from core.sandbox.world import WorldPost


@dataclass(slots=True)
class FaultBook:
    """The script in force."""

    rules: Sequence[Rule] = ()


@dataclass(slots=True)
class _Case:
    """A rule and the request it meets."""

    rule: Rule
    incident: Incident
    verdict: bool | None = None

    def takes(self) -> bool:
        """Whether the fault fires here, where it could; counted once a request."""
        if self.verdict is None:
            self.verdict = self.rule.takes()
        return self.verdict


class FaultGate:
    """Lets a request pass untouched unless a rule meets it."""

    def __init__(self, app: ASGIApp, sandbox: Sandbox, book: FaultBook) -> None:
        self._app = app
        self._sandbox = sandbox
        self._book = book

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._book.rules or scope["type"] != "http" or scope["path"].startswith("/_sandbox"):
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        form = await read_form(request) if request.method == "POST" else {}
        target = read_target(self._sandbox, request, form)
        cases = list(self._cases(target)) if target else []
        if request.method == "POST":
            receive = _replayed(await request.body())
        app = PartByPart(self, self._app, target) if target and target.is_several else self._app
        await _Meeting(app, cases, target)(scope, receive, send)

    def _cases(self, target: Target) -> Iterator[_Case]:
        for rule in self._book.rules:
            platform = None if rule.is_spent else rule.platform_met(target)
            if platform:
                now, issued = self._sandbox.clock.now(), self._sandbox.tokens.issued
                yield _Case(rule, Incident(target, platform, rule.arguments, rule.memory, now, issued))


@dataclass(frozen=True, slots=True)
class _Meeting:
    """A request, what answers it, and the faults that it meets on its way."""

    app: ASGIApp
    cases: list[_Case]
    target: Target | None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        cases, target = self.cases, self.target
        response = _instead(cases)
        if response is not None:
            await response(scope, receive, send)
            return
        if target and (asked := _asked(cases, target)) is not target:
            scope = {**scope, "path": asked.path, "query_string": asked.query.encode()}
        editing = [case for case in cases if case.rule.kind.edit and case.verdict is not False]
        with made(_changes(cases)):
            if not editing:
                await self.app(scope, receive, send)
                return
            answer = await _captured(self.app, scope, receive)
        for case in editing:
            answer = _edited(case, answer)
        await _send(answer, send)


def _instead(cases: list[_Case]) -> Response | None:
    for case in cases:
        respond = case.rule.kind.instead
        response = respond(case.incident) if respond else None
        if response is not None and case.takes():
            return response
    return None


def _asked(cases: list[_Case], target: Target) -> Target:
    """The request as the dialect gets it."""
    for case in cases:
        ask = case.rule.kind.ask
        changed = ask(replace(case.incident, target=target)) if ask else None
        if changed is not None:
            target = changed if case.takes() else target
    return target


def _changes(cases: list[_Case]) -> list[tuple[Platform, Change]]:
    return [
        (case.incident.platform, _change(alter, case.incident))
        for case in cases
        if (alter := case.rule.kind.alter) is not None and case.takes()
    ]


def _change(alter: Alter, incident: Incident) -> Change:
    def change(post: WorldPost) -> WorldPost | None:
        return alter(incident, post)

    return change


def _edited(case: _Case, answer: Answer) -> Answer:
    """The answer with the fault in it; tried on a copy, for only an edit that did something counts."""
    edit = case.rule.kind.edit
    if edit is None:
        return answer
    candidate = deepcopy(answer)
    did = edit(case.incident, candidate)
    return candidate if did and case.takes() else answer


async def _captured(app: ASGIApp, scope: Scope, receive: Receive) -> Answer:
    told = await capture(app, scope, receive)
    content, is_json = told.content, told.headers.get("content-type") == "application/json"
    body = json.loads(content) if is_json and content else None
    return Answer(told.status, told.headers, body, None if body is not None else content)


async def _send(answer: Answer, send: Send) -> None:
    if answer.delay_s:
        await asyncio.sleep(answer.delay_s)
    content = answer.content if answer.content is not None else _encoded(answer.body)
    headers = {**answer.headers, "content-length": str(len(content))}
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    if answer.is_cut:  # the server closes a connection whose answer was promised longer
        await send({"type": "http.response.body", "body": content[: len(content) // 2], "more_body": True})
        return
    await send({"type": "http.response.body", "body": content})


def _encoded(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _replayed(content: bytes) -> Receive:
    """The body that the gate has read, for the dialect to read again."""

    async def receive() -> Message:
        return {"type": "http.request", "body": content, "more_body": False}

    return receive
