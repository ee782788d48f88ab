"""What does a LinkedIn post look like? Its JSON, with "little text" and one kind of content."""

import re
from typing import Any

from core.domain import PostKind
from core.sandbox.world import WorldPost

_RESERVED = re.compile(r"([\\|{}@\[\]()<>#*_~])")
_HASHTAG = re.compile(r"#(\w+)")


def little_text(text: str) -> str:
    """Plain text in LinkedIn's markup: reserved characters escaped, hashtags as {hashtag|\\#|word}."""
    pieces, end = [], 0
    for tag in _HASHTAG.finditer(text):
        pieces += [_escaped(text[end : tag.start()]), f"{{hashtag|\\#|{_escaped(tag[1])}}}"]
        end = tag.end()
    return "".join([*pieces, _escaped(text[end:])])


def _escaped(text: str) -> str:
    return _RESERVED.sub(r"\\\1", text)


def described_post(author: str, post: WorldPost) -> dict[str, Any]:
    published_ms = int(post.published_at.timestamp() * 1000)
    described = {
        "id": post.post_id,
        "author": author,
        "commentary": little_text(post.text or ""),
        "createdAt": published_ms - 400,
        "publishedAt": published_ms,
        "lastModifiedAt": int(post.edited_at.timestamp() * 1000) if post.edited_at else published_ms,
        "lifecycleState": "PUBLISHED",
        "lifecycleStateInfo": {"isEditedByAuthor": post.edited_at is not None},
        "visibility": "PUBLIC",
        "isReshareDisabledByAuthor": False,
        "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []},
    }
    content = _content(post)
    return described | {"content": content} if content else described


def _content(post: WorldPost) -> dict[str, Any] | None:
    number = post.post_id.rpartition(":")[2]
    match post.kind:
        case PostKind.IMAGE | PostKind.STORY:
            return {"media": {"id": f"urn:li:image:{number}", "altText": ""}}
        case PostKind.VIDEO | PostKind.REEL:
            return {"media": {"id": f"urn:li:video:{number}", "title": "clip"}}
        case PostKind.CAROUSEL:
            return {"multiImage": {"images": [{"id": f"urn:li:image:{number}{place}"} for place in range(3)]}}
        case PostKind.LINK:
            return {"article": {"source": post.link or "https://link.example", "title": "Read more"}}
        case PostKind.OTHER:
            return {"media": {"id": f"urn:li:document:{number}", "title": "document"}}
        case _:
            return None
