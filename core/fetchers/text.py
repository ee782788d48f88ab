"""How does a post's raw text become what a person reads, and which hashtags are in it?"""

import re

_HASHTAG = re.compile(r"(?<![\w/#&])#(\w+)")

# LinkedIn's "little text": {hashtag|\#|word}, @[Name](urn), and a backslash before reserved characters, checked 2026-11-23
# https://learn.microsoft.com/linkedin/marketing/community-management/shares/little-text-format
_LITTLE_TEXT = re.compile(
    r"\{hashtag\|\\?[#\uff03]\|(?P<tag>(?:\\.|[^}\\])*)\}|@\[(?P<name>(?:\\.|[^\]\\])*)\]\([^)]*\)|\\(?P<char>.)",
    re.DOTALL,
)


def find_hashtags(text: str | None) -> tuple[str, ...]:
    """The hashtags of a text without their sign, each once, as first written."""
    found: dict[str, str] = {}
    for tag in _HASHTAG.findall(text or ""):
        if not tag.isdecimal():
            found.setdefault(tag.casefold(), tag)
    return tuple(found.values())


def read_little_text(raw: str | None) -> str | None:
    """LinkedIn's commentary as its readers see it."""
    return None if raw is None else _LITTLE_TEXT.sub(_plain, raw)


def _plain(match: re.Match[str]) -> str:
    if match["tag"] is not None:
        return "#" + re.sub(r"\\(.)", r"\1", match["tag"])
    if match["name"] is not None:
        return re.sub(r"\\(.)", r"\1", match["name"])
    return match["char"]
