"""How does LinkedIn answer? Pages, posts and followers of the Community Management API, over Rest.li 2.0."""

from collections.abc import Sequence
from typing import Any

from core.domain import Platform
from core.sandbox.linkedin_gate import LinkedInCall, LinkedInEndpoint, denied
from core.sandbox.linkedin_posts import described_post
from core.sandbox.restli import refuse_argument, refuse_parameter
from core.sandbox.world import Account, WorldPost

_MOST_POSTS = 100
DETOUR = 1_000_000
"""Added to `start` it leads to the same page: another way there, for pages that come empty."""


def roles(call: LinkedInCall) -> dict[str, Any]:
    """The pages the member administers."""
    call.query.allow("q", "role", "state", "start", "count")
    if call.query.text("q") != "roleAssignee":
        refuse_parameter("q")
    is_asked = call.query.text("role", "ADMINISTRATOR") == "ADMINISTRATOR"
    pages = call.login.list_accounts(Platform.LINKEDIN) if is_asked else []
    start, count = call.query.number("start", 0), call.query.number("count", 10)
    elements = [
        {
            "role": "ADMINISTRATOR",
            "organization": f"urn:li:organization:{page.external_id}",
            "roleAssignee": f"urn:li:person:{call.login.name}",
            "state": "APPROVED",
        }
        for page in pages[start : start + count]
    ]
    return {"elements": elements, "paging": {"start": start, "count": count, "links": []}}


def organization(call: LinkedInCall) -> dict[str, Any]:
    call.query.allow("projection")
    return _described(call.page(call.path["organization_id"]))


def organizations(call: LinkedInCall) -> dict[str, Any]:
    """Several pages at once; those the member does not administer are named under `errors`."""
    call.query.allow("ids")
    answer: dict[str, dict[str, Any]] = {"results": {}, "statuses": {}, "errors": {}}
    for organization_id in call.query.items("ids"):
        account = call.login.find_account(Platform.LINKEDIN, organization_id)
        answer["statuses"][organization_id] = 200 if account else 403
        if account:
            answer["results"][organization_id] = _described(account)
        else:
            answer["errors"][organization_id] = denied(f"GET /organizations/{organization_id}")
    return answer


def _described(account: Account) -> dict[str, Any]:
    return {
        "id": int(account.external_id),
        "localizedName": account.name,
        "vanityName": account.handle,
        "logoV2": {"original": f"urn:li:digitalmediaAsset:{account.external_id}"},
        "organizationType": "PRIVATELY_HELD",
        "$URN": f"urn:li:organization:{account.external_id}",
    }


def network_size(call: LinkedInCall) -> dict[str, Any]:
    """The followers now; the key is left out where the source does not say."""
    call.query.allow("edgeType")
    if call.query.text("edgeType") not in ("COMPANY_FOLLOWED_BY_MEMBER", "CompanyFollowedByMember"):
        refuse_argument("Invalid edgeType parameter")
    followers = call.page(call.path["urn"]).followers(call.now)
    return {} if followers is None else {"firstDegreeSize": followers}


def posts(call: LinkedInCall) -> dict[str, Any]:
    """The posts of a page, newest first, or those asked for by id."""
    if call.query.has("ids"):
        return _posts_by_id(call)
    call.query.allow("q", "author", "start", "count", "sortBy", "viewContext", "isDsc")
    if call.query.text("q") != "author":
        refuse_parameter("q")
    author = call.query.urn("author")
    visible = _ordered(call, call.page(author).posts(call.now))
    start, count = call.query.number("start", 0) % DETOUR, call.query.number("count", 10)
    if not 1 <= count <= _MOST_POSTS:
        refuse_argument(f"Invalid count parameter: {count} is not between 1 and {_MOST_POSTS}")
    end = max(0, len(visible) - start)
    elements = [described_post(author, post) for post in reversed(visible[max(0, end - count) : end])]
    links = [next_link(author, start + count, count)] if end > count else []
    return {"elements": elements, "paging": {"start": start, "count": count, "total": len(visible), "links": links}}


def _ordered(call: LinkedInCall, posts: Sequence[WorldPost]) -> Sequence[WorldPost]:
    """Oldest first, by publication or, unless asked for that, by the last change."""
    if call.query.text("sortBy") == "CREATED" or not any(post.edited_at for post in posts):
        return posts
    return sorted(posts, key=lambda post: post.edited_at or post.published_at)


def next_link(author: str, start: int, count: int) -> dict[str, str]:
    encoded = author.replace(":", "%3A")
    href = f"/rest/posts?author={encoded}&q=author&count={count}&start={start}"
    return {"type": "application/json", "rel": "next", "href": href}


def _posts_by_id(call: LinkedInCall) -> dict[str, Any]:
    call.query.allow("ids", "viewContext")
    results, errors = {}, {}
    for urn in call.query.items("ids"):
        owned = ((page, page.find_post(urn, call.now)) for page in call.login.list_accounts(Platform.LINKEDIN))
        found = next(((page, post) for page, post in owned if post), None)
        if found:
            results[urn] = described_post(f"urn:li:organization:{found[0].external_id}", found[1])
        else:
            errors[urn] = {"status": 404, "code": "NOT_FOUND", "message": f"Could not find entity {urn}"}
    return {"results": results, "statuses": {}, "errors": errors}


PROFILE_ENDPOINTS: dict[str, LinkedInEndpoint] = {
    "/organizationAcls": roles,
    "/organizations": organizations,
    "/organizations/{organization_id}": organization,
    "/networkSizes/{urn}": network_size,
    "/posts": posts,
}
