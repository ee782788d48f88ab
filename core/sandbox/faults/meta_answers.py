"""What is odd in Meta's good answers? Insights that are missing, doubled or split, media without links."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from core.domain import Platform
from core.sandbox.faults.kinds import META, POST, Answer, FaultKind, Incident
from core.sandbox.faults.pages import read_page

_INSTAGRAM = frozenset({Platform.INSTAGRAM})
_INSIGHTS = frozenset({"insights"})
_POSTS = frozenset({"posts"})

InsightList = list[dict[str, Any]]


def _insight_lists(incident: Incident, body: Any) -> Iterator[tuple[str, InsightList]]:
    """The insights in an answer, each list with the id of its object."""
    if isinstance(body, dict) and len(incident.target.ids) == 1 and incident.target.path.endswith("/insights"):
        yield incident.target.ids[0], body.get("data", [])
    yield from _nested_insights(body)


def _nested_insights(body: Any) -> Iterator[tuple[str, InsightList]]:
    if isinstance(body, dict):
        if isinstance(body.get("insights"), dict):
            yield body.get("id", ""), body["insights"].get("data", [])
        for part in body.values():
            yield from _nested_insights(part)
    elif isinstance(body, list):
        for part in body:
            yield from _nested_insights(part)


def _no_insights_yet(incident: Incident, answer: Answer) -> bool:
    found = [told for of, told in _insight_lists(incident, answer.body) if told and incident.is_chosen(of)]
    for told in found:
        told.clear()
    return bool(found)


def _insight_twice(incident: Incident, answer: Answer) -> bool:
    found = [told for _, told in _insight_lists(incident, answer.body) if told]
    for told in found:
        told[:] = [twice for insight in told for twice in (_of_the_day(insight), insight)]
    return bool(found)


def _of_the_day(insight: dict[str, Any]) -> dict[str, Any]:
    daily = deepcopy(insight) | {"period": "day", "id": insight["id"].replace("/lifetime", "/day")}
    for point in daily["values"]:
        point["value"] = {} if isinstance(point["value"], dict) else int(point["value"]) // 10
    return daily


def _dict_values(incident: Incident, answer: Answer) -> bool:
    points = [
        point
        for _, told in _insight_lists(incident, answer.body)
        for insight in told
        for point in insight.get("values", ())
        if isinstance(point.get("value"), int)
    ]
    for point in points:
        love = point["value"] // 9
        point["value"] = {"like": point["value"] - love, "love": love} if point["value"] else {}
    return bool(points)


def _total_without_value(_incident: Incident, answer: Answer) -> bool:
    found = [
        insight["total_value"] for insight in answer.body.get("data", ()) if "value" in insight.get("total_value", ())
    ]
    for total in found:
        del total["value"]
        total["breakdowns"] = [{"dimension_keys": ["media_product_type"]}]
    return bool(found)


def _chosen_posts(incident: Incident, answer: Answer) -> list[dict[str, Any]]:
    page = read_page(incident, answer)
    return [item for item in page.items if incident.is_chosen(item["id"])] if page else []


def _no_media_url(incident: Incident, answer: Answer) -> bool:
    names = ("media_url", "full_picture")
    return bool([post.pop(name) for post in _chosen_posts(incident, answer) for name in names if name in post])


def _ad_media(incident: Incident, answer: Answer) -> bool:
    posts = [post for post in _chosen_posts(incident, answer) if "media_product_type" in post]
    for post in posts:
        post["media_product_type"] = "AD"
    return bool(posts)


def _carousel_children(incident: Incident, answer: Answer) -> bool:
    page = read_page(incident, answer)
    albums = [item for item in page.items if item.get("media_type") == "CAROUSEL_ALBUM"] if page else []
    for album in albums:
        album["children"] = {"data": [{"id": f"{album['id']}{place}"} for place in (1, 2)]}
    return bool(albums)


KINDS = (
    FaultKind(
        name="no_insights_yet",
        what="The insights of a post are an empty list.",
        platforms=META,
        endpoints=_INSIGHTS,
        parameters={"post": POST},
        edit=_no_insights_yet,
    ),
    FaultKind(
        name="insight_twice",
        what="Every insight of a post comes for the day too, before the lifetime's.",
        platforms=META,
        endpoints=_INSIGHTS,
        edit=_insight_twice,
    ),
    FaultKind(
        name="dict_values",
        what="Insights of posts as dicts whose parts add up; {} for zero.",
        platforms=META,
        endpoints=_INSIGHTS,
        edit=_dict_values,
    ),
    FaultKind(
        name="total_without_value",
        what="Totals of an Instagram account without value, with breakdowns that have no results.",
        platforms=_INSTAGRAM,
        endpoints=frozenset({"days"}),
        edit=_total_without_value,
    ),
    FaultKind(
        name="no_media_url",
        what="A listed post without media_url or full_picture.",
        platforms=META,
        endpoints=_POSTS,
        parameters={"post": POST},
        edit=_no_media_url,
    ),
    FaultKind(
        name="ad_media",
        what="A listed medium with media_product_type AD.",
        platforms=_INSTAGRAM,
        endpoints=_POSTS,
        parameters={"post": POST},
        edit=_ad_media,
    ),
    FaultKind(
        name="carousel_children",
        what="Listed carousels bring their children, whose ids have no insights.",
        platforms=_INSTAGRAM,
        endpoints=_POSTS,
        edit=_carousel_children,
    ),
)
