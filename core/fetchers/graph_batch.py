"""How does Meta take several requests in one, and answer them? Checked 2026-11-24.

Each call counts against the limits, as if it were asked alone. https://developers.facebook.com/docs/graph-api/batch-requests
"""

import json
from collections.abc import Mapping, Sequence

from core.errors import MalformedAnswerError
from core.fetchers.answers import AnswerModel, parse_answer
from core.fetchers.bodies import read_body
from core.fetchers.dialect import Answer

MOST = 50


class _Header(AnswerModel):
    name: str
    value: str


class _Part(AnswerModel):
    code: int
    headers: tuple[_Header, ...] = ()
    body: str | None = None


class _Parts(AnswerModel):
    parts: list[_Part | None]


class GraphBatch:
    """Meta's way to pack GET requests: POST / with a list of them, answered in their order."""

    most = MOST

    @staticmethod
    def pack(paths: Sequence[str]) -> tuple[str, Mapping[str, str]]:
        calls = [{"method": "GET", "relative_url": path.removeprefix("/")} for path in paths]
        return "/", {"batch": json.dumps(calls, separators=(",", ":"))}

    @staticmethod
    def unpack(answer: Answer, asked: int) -> list[Answer | None]:
        """An answer a part; None where it timed out."""
        parts = parse_answer(_Parts, {"parts": answer.body}, of="Meta's batch").parts
        if len(parts) != asked:
            raise MalformedAnswerError(f"Meta's batch of {asked} calls was answered with {len(parts)} parts.")
        return [_answer_of(part) if part is not None else None for part in parts]


def _answer_of(part: _Part) -> Answer:
    headers = {header.name.lower(): header.value for header in part.headers}
    return Answer(part.code, headers, *read_body((part.body or "").encode("utf-8", "surrogatepass")))
