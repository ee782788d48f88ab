"""How does the Graph API take several requests in one POST? Each part answers for itself, and a bad one spoils no other.

https://developers.facebook.com/docs/graph-api/batch-requests (checked 2026-11-24)
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from core.sandbox.graph_errors import graph_error

MOST_PARTS = 50


class Part(NamedTuple):
    """One request of a batch: its path without the leading slash, and its query."""

    path: str
    query: str


def read_parts(batch: str) -> list[Part]:
    """The parts of a batch; code 100 where it is none, or holds too many."""
    try:
        parts = json.loads(batch)
    except ValueError:
        raise graph_error("(#100) batch parameter must be a JSON array", 100) from None
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise graph_error("(#100) batch parameter must be a JSON array", 100)
    if len(parts) > MOST_PARTS:
        raise graph_error(f"(#100) Too many requests in batch message. Maximum batch size is {MOST_PARTS}", 100)
    return [_part(part.get("relative_url", "")) for part in parts]


def answered(status: int, headers: Mapping[str, str], body: str) -> dict[str, Any]:
    """What a part came to: its code, its headers, and its body as a string."""
    told = [{"name": name, "value": value} for name, value in headers.items()]
    return {"code": status, "headers": told, "body": body}


def _part(relative_url: str) -> Part:
    path, _, query = relative_url.lstrip("/").partition("?")
    return Part(path, query)
