"""How does each platform say that too much was asked? Bodies and headers of the rate limits."""

import json
from typing import Any

from starlette.responses import JSONResponse, Response

from core.domain import Platform
from core.sandbox.answers import RefusalError
from core.sandbox.faults.kinds import META, Answer, FaultKind, Incident, Instead
from core.sandbox.faults.words import said
from core.sandbox.graph_errors import graph_error
from core.sandbox.x import problem

_LINKEDIN = frozenset({Platform.LINKEDIN})
_X = frozenset({Platform.X})
_THROTTLES = {
    4: "(#4) Application request limit reached",
    17: "(#17) User request limit reached",
    32: "(#32) Page request limit reached",
    613: "(#613) Calls to this api have exceeded the rate limit.",
    80001: "(#80001) There have been too many calls to this Page account. Wait a bit and try again.",
    80002: "(#80002) There have been too many calls to this Instagram account. Wait a bit and try again.",
}
_USAGE_HEADERS = {"app": "x-app-usage", "page": "x-page-usage", "business": "x-business-use-case-usage"}


def rate_limited(incident: Incident) -> Response:
    """The usual limit of the platform; LinkedIn's has no headers."""
    if incident.platform is Platform.LINKEDIN:
        return _day_limit("APPLICATION")
    seconds, has_headers = incident.argument("reset_s"), incident.argument("headers")
    if incident.platform is Platform.X:
        headers = _x_headers(incident, seconds) if has_headers else {}
        return said(RefusalError(429, problem("Too Many Requests", 429), headers))
    code = 80001 if incident.platform is Platform.FACEBOOK else 80002
    return _throttle(incident, code, minutes=seconds // 60, header="json" if has_headers else "none")


def _day_limit(whose: str) -> Response:
    message = f"Resource level throttle {whose} DAY limit for calls to this resource is reached."
    body = {"status": 429, "serviceErrorCode": 101, "code": "TOO_MANY_REQUESTS", "message": message}
    return JSONResponse(body, 429)


def _linkedin_day_limit(whose: str) -> Instead:
    return lambda _: _day_limit(whose)


def _x_headers(incident: Incident, seconds: int) -> dict[str, str]:
    reset = int(incident.now.timestamp()) + seconds
    return {"x-rate-limit-limit": "900", "x-rate-limit-remaining": "0", "x-rate-limit-reset": str(reset)}


def _code_88(incident: Incident) -> Response:
    body = {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}
    return JSONResponse(body, 429, headers=_x_headers(incident, incident.argument("reset_s")))


def _usage_capped(incident: Incident) -> Response:
    body = {
        "account_id": 1,
        "product_name": "pay-per-use",
        "title": "UsageCapExceeded",
        "period": "Monthly",
        "scope": "Product",
        "detail": "Usage cap exceeded: Monthly product cap",
        "type": "https://api.twitter.com/2/problems/usage-capped",
    }
    return JSONResponse(body, incident.argument("status"), headers=_x_headers(incident, 60))


def _credits_depleted(_incident: Incident) -> Response:
    body = {
        "account_id": 1234567890,
        "title": "CreditsDepleted",
        "detail": "Your enrolled account [1234567890] does not have any credits to fulfill this request.",
        "type": "https://api.twitter.com/2/problems/credits",
    }
    return JSONResponse(body, 402)


def _throttled(incident: Incident) -> Response:
    code = incident.argument("code")
    return _throttle(incident, code, minutes=incident.argument("minutes"), header=incident.argument("header"))


def _throttle(incident: Incident, code: int, *, minutes: int, header: str) -> Response:
    answer = said(graph_error(_THROTTLES[code], code, status=403 if code in (4, 17) else 400))
    if header != "none":
        answer.headers["X-Business-Use-Case-Usage"] = _business_usage(incident, minutes, header)
    return answer


def _business_usage(incident: Incident, minutes: int, header: str) -> str:
    if header == "broken":
        return "{call_count: 100"
    account = incident.account
    kind = "pages" if incident.platform is Platform.FACEBOOK else "instagram"
    usage = {account.external_id if account else "1": [_usage(kind, minutes)]}
    if header == "several":
        usage = {"112130216863063": [_usage("messenger", 1)], **usage, "17841": [_usage("ads_insights", 0)]}
    return json.dumps(usage)


def _usage(kind: str, minutes: int) -> dict[str, Any]:
    full = {"type": kind, "call_count": 100, "total_cputime": 25, "total_time": 25}
    return {**full, "estimated_time_to_regain_access": minutes}


def _usage_high(incident: Incident, answer: Answer) -> bool:
    percent, where = incident.argument("percent"), incident.argument("header")
    told: dict[str, Any] = {"call_count": percent, "total_time": 12, "total_cputime": 15}
    if where == "business":
        account = incident.account
        told = {
            account.external_id if account else "1": [{"type": "pages", **told, "estimated_time_to_regain_access": 0}]
        }
    answer.headers[_USAGE_HEADERS[where]] = json.dumps(told)
    return answer.status == 200


KINDS = (
    FaultKind(
        name="app_day_limit",
        what="LinkedIn's 429 for the day's calls of the app; it has no headers.",
        platforms=_LINKEDIN,
        instead=_linkedin_day_limit("APPLICATION"),
    ),
    FaultKind(
        name="member_day_limit",
        what="LinkedIn's 429 for the day's calls of the member; it has no headers.",
        platforms=_LINKEDIN,
        instead=_linkedin_day_limit("MEMBER"),
    ),
    FaultKind(
        name="code_88",
        what="X's 429 in its older grammar, with the reset header.",
        platforms=_X,
        parameters={"reset_s": 300},
        instead=_code_88,
    ),
    FaultKind(
        name="usage_capped",
        what="X's UsageCapExceeded, with a reset header of a minute that says nothing about the cap.",
        platforms=_X,
        parameters={"status": (429, 403)},
        instead=_usage_capped,
    ),
    FaultKind(
        name="credits_depleted",
        what="X's 402: the app has no credits left.",
        platforms=_X,
        instead=_credits_depleted,
    ),
    FaultKind(
        name="throttled",
        what="One of Meta's throttles, with the usage header as JSON, broken, of several ids, or without it.",
        platforms=META,
        parameters={"code": tuple(_THROTTLES), "minutes": 12, "header": ("json", "broken", "several", "none")},
        instead=_throttled,
    ),
    FaultKind(
        name="usage_high",
        what="A good answer whose usage header says that the limit is nearly reached.",
        platforms=META,
        parameters={"percent": 96, "header": tuple(_USAGE_HEADERS)},
        edit=_usage_high,
    ),
)
