"""What if a reel is told of twice, or in one list alone? Two ids with one permalink, or no place among the posts."""

import json
from dataclasses import replace
from typing import Any

from core.domain import Platform, PostKind
from core.sandbox.faults.kinds import META, Answer, FaultKind, Incident
from core.sandbox.faults.pages import read_page
from core.sandbox.faults.targets import Target

_POSTS = frozenset({"posts"})
_TWIN = "99"
_MOVING = (PostKind.VIDEO, PostKind.REEL)


def _twin_listed(incident: Incident, answer: Answer) -> bool:
    """In a list: the newest reel again under another id. Read by it: the reel's answer, under that id."""
    if not incident.target.endpoints & _POSTS:
        return _answer_by_twin(incident, answer)
    page, reel_id = read_page(incident, answer), _newest_reel(incident)
    place = next((place for place, item in enumerate(page.items) if item["id"] == reel_id), None) if page else None
    if page is None or place is None:
        return False
    twin = page.items[place] | {"id": f"{reel_id}{_TWIN}"}
    page.rewrite([*page.items[: place + 1], twin, *page.items[place + 1 :]], page.following)
    return True


def _newest_reel(incident: Incident) -> str | None:
    account = incident.account
    posts = account.posts(incident.now) if account else ()
    newest = next((post.post_id for post in reversed(posts) if post.kind in _MOVING), None)
    known: str | None = incident.memory.setdefault("reel", newest)
    return known


def _by_its_name(incident: Incident) -> Target | None:
    """A request for the twin as one for the reel."""
    target, reel_id = incident.target, str(_newest_reel(incident))
    twin = reel_id + _TWIN
    if target.endpoints & _POSTS or twin not in target.ids:
        return None
    return replace(target, path=target.path.replace(twin, reel_id), query=target.query.replace(twin, reel_id))


def _answer_by_twin(incident: Incident, answer: Answer) -> bool:
    reel_id = str(_newest_reel(incident))
    twin, ids = reel_id + _TWIN, incident.target.ids
    if not isinstance(answer.body, dict) or twin not in ids:
        return False
    if len(ids) == 1 and "batch" not in incident.target.endpoints:
        answer.body = _renamed(answer.body, reel_id, twin)
    elif reel_id in answer.body:
        answer.body[twin] = _renamed(answer.body[reel_id], reel_id, twin)
        if reel_id not in ids:
            del answer.body[reel_id]
    return True


def _renamed(body: Any, old: str, new: str) -> Any:
    return json.loads(json.dumps(body).replace(f'"{old}', f'"{new}'))


def _unlisted(incident: Incident, answer: Answer) -> bool:
    """The newest reel is in the list of reels alone, there perhaps without the id of its post."""
    page, reel_id = read_page(incident, answer), str(_newest_reel(incident))
    if page is None:
        return False
    if incident.target.endpoints & _POSTS:
        kept = [item for item in page.items if item["id"] != reel_id]
        is_there = len(kept) < len(page.items)
        page.rewrite(kept, page.following)
        return is_there
    bare = [item for item in page.items if incident.argument("bare") and item.get("post_id") == reel_id]
    return bool([item.pop("post_id") for item in bare])


KINDS = (
    FaultKind(
        name="reel_unlisted",
        what="The newest video or reel is missing in the list of posts; `bare`: the list of reels names no post of it.",
        platforms=frozenset({Platform.FACEBOOK}),
        endpoints=_POSTS | {"reels"},
        parameters={"bare": False},
        edit=_unlisted,
    ),
    FaultKind(
        name="reel_twice",
        what="The newest video or reel is listed under a second id with the same permalink; both can be read.",
        platforms=META,
        endpoints=_POSTS | {"object", "batch", "insights"},
        ask=_by_its_name,
        edit=_twin_listed,
    ),
)
