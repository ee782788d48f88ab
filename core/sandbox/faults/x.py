"""What goes wrong at X alone? Posts that only some may see, fields refused, retweets among the posts, ids as numbers."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse, Response

from core.domain import Platform
from core.sandbox.faults.kinds import META, POST, Answer, FaultKind, Incident, Instead
from core.sandbox.faults.words import refused
from core.sandbox.world import Account
from core.sandbox.x_posts import PRIVATE_FIELDS, field_refused, iso, not_authorized, not_found

_X = frozenset({Platform.X})
_LOOKUP = frozenset({"lookup"})
_TIMELINE = frozenset({"timeline"})
_RETWEETED = {"retweet_count": 1200, "reply_count": 0, "like_count": 0, "quote_count": 0, "bookmark_count": 0}


def _posts(answer: Answer) -> list[dict[str, Any]]:
    found = answer.body.get("data") if isinstance(answer.body, dict) else None
    return found if isinstance(found, list) else []


def _partial_errors(incident: Incident, answer: Answer) -> bool:
    """The first posts of a lookup are missing, the next ones not to be seen."""
    posts, missing = _posts(answer), incident.argument("missing")
    cut = missing + incident.argument("unauthorized")
    if not posts or not cut:
        return False
    refusals = [
        (not_found if place < missing else not_authorized)(post["id"]) for place, post in enumerate(posts[:cut])
    ]
    answer.body["data"] = posts[cut:]
    if not answer.body["data"]:
        del answer.body["data"]
    answer.body["errors"] = answer.body.get("errors", []) + refusals
    return True


def _field_refused(incident: Incident, answer: Answer) -> bool:
    told = [
        (post, field)
        for post in _posts(answer)
        for field in PRIVATE_FIELDS
        if field in post and incident.is_chosen(post["id"])
    ]
    for post, field in told:
        if incident.argument("section") == "data":
            del post[field]
        refusal = field_refused(post["id"], field) | {"section": incident.argument("section")}
        answer.body.setdefault("errors", []).append(refusal)
    return bool(told)


def _without_includes(_incident: Incident, answer: Answer) -> bool:
    return isinstance(answer.body, dict) and answer.body.pop("includes", None) is not None


def _retweet(incident: Incident, answer: Answer) -> bool:
    """A native retweet as the newest post: cut text, the original's retweets, no likes of its own."""
    asked = incident.target.asked
    is_excluded = "retweets" in asked.get("exclude", "").split(",") and not incident.argument("anyway")
    if is_excluded or "pagination_token" in asked or not _posts(answer):
        return False
    newest = int(_posts(answer)[0]["id"])
    described = {
        "created_at": iso(incident.now),
        "public_metrics": _RETWEETED | {"impression_count": 0},
        "referenced_tweets": [{"type": "retweeted", "id": str(newest - 1)}],
    }
    wanted = asked.get("tweet.fields", "").split(",")
    retweet: dict[str, Any] = {"id": str(newest + 1), "text": "RT @somebody: A post that is cut in the mid…"}
    posts = [
        {**retweet, "edit_history_tweet_ids": [retweet["id"]]}
        | {name: value for name, value in described.items() if name in wanted},
        *_posts(answer),
    ]
    answer.body["data"] = posts
    answer.body["meta"] |= {"result_count": len(posts), "newest_id": retweet["id"]}
    return True


def _numeric_ids(_incident: Incident, answer: Answer) -> bool:
    before, answer.body = answer.body, _with_numbers(answer.body)
    return bool(before != answer.body)


def _with_numbers(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _with_numbers(part, name) for name, part in value.items()}
    if isinstance(value, list):
        return [_with_numbers(part, key) for part in value]
    is_id = key == "id" or key.endswith(("_id", "_ids"))
    return int(value) if is_id and isinstance(value, str) and value.isdecimal() else value


def _false_404(incident: Incident) -> Response:
    return refused("not_found", incident.target)


def _protected(incident: Incident) -> Response | None:
    account = incident.account
    if account is None:
        return None
    if "lookup" in incident.target.endpoints:
        ids = incident.target.asked.get("ids", "").split(",")
        return JSONResponse({"errors": [not_authorized(post_id) for post_id in ids]})
    return JSONResponse({"errors": [_user_hidden(account)]})


def _user_hidden(account: Account) -> dict[str, str]:
    told = {
        "value": account.external_id,
        "resource_id": account.external_id,
        "parameter": "id",
        "resource_type": "user",
    }
    detail = f"Sorry, you are not authorized to see the user with id: [{account.external_id}]."
    return not_authorized(account.external_id) | told | {"detail": detail}


def _forbidding(body: Mapping[str, object]) -> Instead:
    return lambda _: JSONResponse({**body, "status": 403}, 403)


_NOT_ENROLLED = {
    "client_id": "1",
    "detail": "When authenticating requests to the Twitter API v2 endpoints, you must use keys and tokens from a "
    "Twitter developer App that is attached to a Project.",
    "title": "Client Forbidden",
    "required_enrollment": "Appropriate Level of API Access",
    "reason": "client-not-enrolled",
    "type": "https://api.twitter.com/2/problems/client-forbidden",
}
_WRONG_KIND = {
    "title": "Unsupported Authentication",
    "detail": "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.",
    "type": "https://api.twitter.com/2/problems/unsupported-authentication",
}
_SPENT = {"title": "Forbidden", "type": "about:blank", "detail": "The spending limit of this account has been reached."}

KINDS = (
    FaultKind(
        name="partial_errors",
        what="A lookup gives the first posts as missing, the next ones as not to be seen, beside the data.",
        platforms=_X,
        endpoints=_LOOKUP,
        parameters={"missing": 1, "unauthorized": 1},
        edit=_partial_errors,
    ),
    FaultKind(
        name="field_refused",
        what="The private metrics of a post are refused; with section includes it is another post's that are.",
        platforms=_X,
        endpoints=_LOOKUP | _TIMELINE,
        parameters={"post": POST, "section": ("data", "includes")},
        edit=_field_refused,
    ),
    FaultKind(
        name="video_without_includes",
        what="Posts with media keys, but without the media.",
        platforms=_X,
        endpoints=_LOOKUP | _TIMELINE,
        edit=_without_includes,
    ),
    FaultKind(
        name="retweet",
        what="A native retweet heads the timeline, unless retweets are excluded or even then (`anyway`).",
        platforms=_X,
        endpoints=_TIMELINE,
        parameters={"anyway": False},
        edit=_retweet,
    ),
    FaultKind(name="numeric_ids", what="Ids are numbers.", platforms=_X | META, edit=_numeric_ids),
    FaultKind(
        name="false_404",
        what="A 404 for a timeline that is there.",
        platforms=_X,
        endpoints=_TIMELINE,
        times=1,
        instead=_false_404,
    ),
    FaultKind(
        name="protected_account",
        what="The account's posts are not to be seen: a 200 of errors alone.",
        platforms=_X,
        endpoints=_TIMELINE | _LOOKUP,
        instead=_protected,
    ),
    FaultKind(
        name="client_not_enrolled",
        what="A 403: the app is in no project.",
        platforms=_X,
        instead=_forbidding(_NOT_ENROLLED),
    ),
    FaultKind(
        name="unsupported_authentication",
        what="A 403: the wrong kind of token.",
        platforms=_X,
        instead=_forbidding(_WRONG_KIND),
    ),
    FaultKind(
        name="spending_limit",
        what="A 403: the spending limit is reached.",
        platforms=_X,
        instead=_forbidding(_SPENT),
    ),
)
