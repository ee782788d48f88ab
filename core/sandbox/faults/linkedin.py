"""What goes wrong at LinkedIn alone? Statistics that leave out, rename or refuse, versions that end, brands among the pages."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from starlette.responses import HTMLResponse, JSONResponse, Response

from core.domain import Platform
from core.sandbox.faults.kinds import POST, Answer, FaultKind, Incident
from core.sandbox.faults.targets import Target
from core.sandbox.faults.words import refused
from core.sandbox.linkedin_gate import denied
from core.sandbox.linkedin_statistics import unpermitted

_LINKEDIN = frozenset({Platform.LINKEDIN})
_STATISTICS = frozenset({"statistics"})
_COUNTED = frozenset({"statistics", "share_days"})
_REACH = "uniqueImpressionsCount"


def _elements(answer: Answer) -> list[dict[str, Any]]:
    found = answer.body.get("elements") if isinstance(answer.body, dict) else None
    return found if isinstance(found, list) else []


def _urn_of(element: dict[str, Any]) -> str | None:
    return element.get("share") or element.get("ugcPost")


def _totals(answer: Answer) -> Iterator[dict[str, Any]]:
    return (element["totalShareStatistics"] for element in _elements(answer) if "totalShareStatistics" in element)


def _omitted_post(incident: Incident, answer: Answer) -> bool:
    elements = _elements(answer)
    kept = [element for element in elements if not incident.is_chosen(_urn_of(element))]
    if len(kept) == len(elements):
        return False
    answer.body["elements"] = kept
    return True


def _aggregate_element(incident: Incident, answer: Answer) -> bool:
    """The page's sum among the posts, as when a filter is ignored; alone where `only` says so."""
    elements = _elements(answer)
    if not any(_urn_of(element) for element in elements):
        return False
    total: dict[str, float] = {}
    for counts in _totals(answer):
        for name, count in counts.items():
            total[name] = total.get(name, 0) + count
    entity = elements[0]["organizationalEntity"]
    aggregate = {"organizationalEntity": entity, "totalShareStatistics": total}
    answer.body["elements"] = [aggregate] if incident.argument("only") else [aggregate, *elements]
    return True


def _old_reach_spelling(_incident: Incident, answer: Answer) -> bool:
    spelt = [counts for counts in _totals(answer) if _REACH in counts]
    for counts in spelt:
        counts[_REACH + "s"] = counts.pop(_REACH)
    return bool(spelt)


def _missing_reach(_incident: Incident, answer: Answer) -> bool:
    return bool([counts.pop(_REACH) for counts in _totals(answer) if _REACH in counts])


def _negative_likes(incident: Incident, answer: Answer) -> bool:
    chosen = [element for element in _elements(answer) if incident.is_chosen(_urn_of(element))]
    for element in chosen:
        element["totalShareStatistics"]["likeCount"] = -1
    return bool(chosen)


def _unpermitted_field(incident: Incident) -> Response | None:
    place = next((place for place, urn in _asked_posts(incident.target) if incident.is_chosen(urn)), None)
    return JSONResponse(unpermitted(place), 403) if place else None


def _asked_posts(target: Target) -> Iterator[tuple[str, str]]:
    """The posts of a statistics request by their place in it, such as /shares[3]."""
    for parameter in ("shares", "ugcPosts"):
        listed = re.search(rf"(?:^|&){parameter}=List\(([^)]*)\)", target.query)
        for place, urn in enumerate(listed[1].split(",") if listed else ()):
            yield f"/{parameter}[{place}]", unquote(urn)


def _denied(incident: Incident) -> Response:
    return refused("forbidden", incident.target)


def _version_sunset(incident: Incident) -> Response:
    message = f"Requested version {incident.argument('version')} is not active"
    return JSONResponse({"status": 426, "code": "NONEXISTENT_VERSION", "message": message}, 426)


def _bot_wall(_incident: Incident) -> Response:
    return HTMLResponse("<html><head><script>window.location='/authwall'</script></head></html>", 999)


def _organization_brand(incident: Incident, answer: Answer) -> bool:
    account = incident.account
    urn = f"urn:li:organization:{account.external_id}" if account else ""
    roles = [role for role in _elements(answer) if role.get("organization") == urn]
    for role in roles:
        role["organization"] = urn.replace("organization", "organizationBrand")
    return bool(roles)


def _target_spelling(incident: Incident, answer: Answer) -> bool:
    roles = [role for role in _elements(answer) if "organization" in role]
    for role in roles:
        role[incident.argument("key")] = role.pop("organization")
    return bool(roles)


def _hidden_page(incident: Incident, answer: Answer) -> bool:
    results = answer.body.get("results") if isinstance(answer.body, dict) else None
    account = incident.account
    if not results or account is None or account.external_id not in results:
        return False
    del results[account.external_id]
    answer.body["statuses"][account.external_id] = 403
    answer.body["errors"][account.external_id] = denied(f"GET /organizations/{account.external_id}")
    return True


KINDS = (
    FaultKind(
        name="omitted_post",
        what="The statistics leave out a post, as they do with one that nobody saw.",
        platforms=_LINKEDIN,
        endpoints=_STATISTICS,
        parameters={"post": POST},
        edit=_omitted_post,
    ),
    FaultKind(
        name="aggregate_element",
        what="An element without share and ugcPost among the posts' statistics, or in their place.",
        platforms=_LINKEDIN,
        endpoints=_STATISTICS,
        parameters={"only": False},
        edit=_aggregate_element,
    ),
    FaultKind(
        name="old_reach_spelling",
        what="Reach is spelt uniqueImpressionsCounts.",
        platforms=_LINKEDIN,
        endpoints=_COUNTED,
        edit=_old_reach_spelling,
    ),
    FaultKind(
        name="missing_reach",
        what="Statistics without reach.",
        platforms=_LINKEDIN,
        endpoints=_COUNTED,
        edit=_missing_reach,
    ),
    FaultKind(
        name="negative_likes",
        what="A post with likeCount -1.",
        platforms=_LINKEDIN,
        endpoints=_STATISTICS,
        parameters={"post": POST},
        edit=_negative_likes,
    ),
    FaultKind(
        name="unpermitted_field",
        what="A 403 that names the place of a post that is not the page's.",
        platforms=_LINKEDIN,
        endpoints=_STATISTICS,
        parameters={"post": POST},
        instead=_unpermitted_field,
    ),
    FaultKind(
        name="stats_access_denied",
        what="A 403 on every statistic while posts work: the role is not enough.",
        platforms=_LINKEDIN,
        endpoints=frozenset({"statistics", "days", "video"}),
        instead=_denied,
    ),
    FaultKind(
        name="version_sunset",
        what="A 426: the API version has ended.",
        platforms=_LINKEDIN,
        parameters={"version": "20250101"},
        instead=_version_sunset,
    ),
    FaultKind(name="bot_wall", what="HTML with status 999.", platforms=_LINKEDIN, instead=_bot_wall),
    FaultKind(
        name="organization_brand",
        what="The page is listed as a showcase page, under urn:li:organizationBrand.",
        platforms=_LINKEDIN,
        endpoints=frozenset({"pages"}),
        edit=_organization_brand,
    ),
    FaultKind(
        name="organization_target",
        what="The list of pages names them under another key.",
        platforms=_LINKEDIN,
        endpoints=frozenset({"pages"}),
        parameters={"key": ("organizationTarget", "organizationalTarget")},
        edit=_target_spelling,
    ),
    FaultKind(
        name="hidden_page",
        what="The batch of pages refuses the page with a 403 beside the others.",
        platforms=_LINKEDIN,
        endpoints=frozenset({"pages"}),
        edit=_hidden_page,
    ),
)
