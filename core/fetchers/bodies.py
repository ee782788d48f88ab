"""What is in the body of an answer? Its JSON, or the beginning of what is none."""

import json
from typing import Any

from core.fetchers.dialect import redact

_KEPT_BYTES = 2000  # of a body that is not JSON, for the report


def read_body(content: bytes) -> tuple[Any, str]:
    """A JSON body and no text, or None and the beginning of what is not JSON, redacted."""
    try:
        return _parse_json(content), ""
    except (ValueError, RecursionError):
        return None, redact(content[:_KEPT_BYTES].decode("utf-8", "replace"))


def _parse_json(content: bytes) -> Any:
    """A platform that cuts a text may cut an emoji in half, and half an emoji can be stored nowhere."""
    body = json.loads(content)
    if b"\\ud" in content.lower():
        body = json.loads(json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"))
    return body
