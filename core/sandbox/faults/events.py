"""What do platforms do to posts meanwhile? They vanish, are edited, lose counts: the world itself as a fault leaves it."""

from dataclasses import replace

from core.domain import Platform
from core.sandbox.changes import corrected
from core.sandbox.faults.kinds import POST, FaultKind, Incident
from core.sandbox.world import WorldPost

_LONG = (
    "We wrote down what we learned this year, the numbers & the mistakes, and the two ideas that we would try again. "
) * 6


def _deleted(incident: Incident, post: WorldPost) -> WorldPost | None:
    return None if incident.is_chosen(post.post_id) else post


def _edited(incident: Incident, post: WorldPost) -> WorldPost:
    if not incident.is_chosen(post.post_id):
        return post
    edited_at = incident.memory.setdefault("edited_at", incident.now)
    return replace(post, text=incident.argument("text") or f"{post.text or ''} (edited)", edited_at=edited_at)


def _fallen(incident: Incident, post: WorldPost) -> WorldPost:
    return corrected(post, incident.argument("share")) if incident.is_chosen(post.post_id) else post


def _long(incident: Incident, post: WorldPost) -> WorldPost:
    return replace(post, text=_LONG) if incident.is_chosen(post.post_id) else post


def _hiding_likes(incident: Incident, post: WorldPost) -> WorldPost:
    return replace(post, hides_likes=True) if incident.is_chosen(post.post_id) else post


KINDS = (
    FaultKind(
        name="deleted_post",
        what="A post is gone, from lists and lookups alike.",
        parameters={"post": POST},
        alter=_deleted,
    ),
    FaultKind(
        name="edited_post",
        what="A post has another text, and was changed when the fault first fired.",
        parameters={"post": POST, "text": ""},
        alter=_edited,
    ),
    FaultKind(
        name="fallen_counters",
        what="The counters of a post are lower by a share.",
        parameters={"post": POST, "share": 0.2},
        alter=_fallen,
    ),
    FaultKind(
        name="long_post",
        what="A post longer than 280 characters: X cuts its text and gives the whole as a note.",
        platforms=frozenset({Platform.X}),
        parameters={"post": POST},
        alter=_long,
    ),
    FaultKind(
        name="hidden_likes",
        what="The owner hides the likes of a post: like_count is absent.",
        platforms=frozenset({Platform.INSTAGRAM}),
        parameters={"post": POST},
        alter=_hiding_likes,
    ),
)
