"""What goes wrong on the way, whatever the platform? Pages of HTML, broken bodies, lost connections, refusals."""

import json
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, Response

from core.domain import Platform, Provider
from core.sandbox.faults.kinds import EVERYWHERE, Answer, FaultKind, Incident, Instead
from core.sandbox.faults.limits import rate_limited
from core.sandbox.faults.words import refused

_HTML = "<!doctype html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"


def _html_page(incident: Incident) -> Response:
    return HTMLResponse(_HTML.format(title="Just a moment…"), incident.argument("status"))


def _html_error(incident: Incident) -> Response:
    status = incident.argument("status")
    return HTMLResponse(_HTML.format(title=f"{status} Bad Gateway"), status)


def _empty_body(incident: Incident) -> Response:
    return Response(b"", incident.argument("status"), media_type="application/json")


def _exact_answer(incident: Incident) -> Response:
    body = incident.argument("body")
    return HTMLResponse(body, incident.argument("status")) if isinstance(body, str) else _json_answer(incident, body)


def _json_answer(incident: Incident, body: Any) -> Response:
    return JSONResponse(body, incident.argument("status"), headers=incident.argument("headers"))


def _refusing(error: str) -> Instead:
    return lambda incident: refused(error, incident.target)


def _server_error(incident: Incident) -> Response:
    answer = refused("server_error", incident.target)
    status = incident.argument("status")
    answer.body = bytes(answer.body).replace(b'"status":500', b'"status":%d' % status)
    answer.status_code = status
    return answer


def _truncated(_incident: Incident, answer: Answer) -> bool:
    whole = answer.content if answer.content is not None else json.dumps(answer.body).encode()
    answer.content = whole[: len(whole) // 2]
    return len(whole) > 1


def _wrong_shape(incident: Incident, answer: Answer) -> bool:
    key = "elements" if incident.platform is Platform.LINKEDIN else "data"
    shapes: dict[str, Any] = {"null": None, "list": [], "object": {}, "null_list": {key: None}}
    answer.body, answer.content = shapes[incident.argument("shape")], None
    return True


def _slow(incident: Incident, answer: Answer) -> bool:
    answer.delay_s += incident.argument("seconds")
    return True


def _cut_off(_incident: Incident, answer: Answer) -> bool:
    answer.is_cut = True
    return True


def has_expired(incident: Incident) -> bool:
    """Whether the token was handed out before the fault was first met: those of a later sign-in or refresh are good."""
    grant = incident.target.grant
    if grant is None:
        return False
    limit = incident.memory.setdefault(("issued", grant.login), incident.issued)
    return grant.serial <= int(limit)


def _expired(incident: Incident) -> Response | None:
    return refused("expired", incident.target) if has_expired(incident) else None


def _revoked(incident: Incident) -> Response | None:
    if not has_expired(incident):
        return None
    if "refresh" in incident.target.endpoints:
        return refresh_refused(incident)
    return refused("revoked", incident.target)


def refresh_refused(incident: Incident) -> Response:
    if incident.target.provider in (Provider.META, Provider.INSTAGRAM):
        return refused("expired", incident.target)
    sentence = "The provided authorization grant or refresh token is invalid, expired or revoked"
    return JSONResponse({"error": "invalid_grant", "error_description": sentence}, 400)


KINDS = (
    FaultKind(
        name="html_page",
        what="A page of HTML in the place of JSON, as a bot wall sends it.",
        parameters={"status": 200},
        instead=_html_page,
    ),
    FaultKind(
        name="html_error",
        what="A gateway's error page: HTML with a status of 5xx.",
        parameters={"status": 502},
        instead=_html_error,
    ),
    FaultKind(
        name="server_error",
        what="A 500 in the platform's own JSON.",
        parameters={"status": 500},
        instead=_server_error,
    ),
    FaultKind(name="unavailable", what="A 503 in the platform's own JSON.", instead=_refusing("unavailable")),
    FaultKind(
        name="empty_body",
        what="An answer without a body.",
        parameters={"status": 200},
        instead=_empty_body,
    ),
    FaultKind(
        name="exact_answer",
        what="Any status, headers and body (JSON, or a string as HTML) in the place of the answer.",
        parameters={"status": 500, "body": None, "headers": None},
        instead=_exact_answer,
    ),
    FaultKind(name="truncated", what="JSON that ends in the middle.", edit=_truncated),
    FaultKind(
        name="wrong_shape",
        what="JSON of another shape: null, a list, an empty object, or null in the place of the list.",
        parameters={"shape": ("null", "list", "object", "null_list")},
        edit=_wrong_shape,
    ),
    FaultKind(name="slow", what="The answer comes late.", parameters={"seconds": 1.0}, edit=_slow),
    FaultKind(name="cut_off", what="The connection is closed in the middle of the answer.", edit=_cut_off),
    FaultKind(
        name="rate_limited",
        what="The platform's 429 (Meta: its throttle), with or without headers; a negative reset_s lies in the past.",
        parameters={"reset_s": 300, "headers": True},
        instead=rate_limited,
    ),
    FaultKind(
        name="unauthorized_once",
        what="A 401 that says nothing about the token: the next request passes.",
        times=1,
        instead=_refusing("unauthorized"),
    ),
    FaultKind(
        name="expired_token",
        what="The tokens handed out until it is first met have expired; a refreshed one is good.",
        instead=_expired,
    ),
    FaultKind(
        name="revoked_token",
        what="The tokens handed out until it is first met are revoked, refresh tokens too; a new sign-in is good.",
        endpoints=EVERYWHERE | {"refresh"},
        instead=_revoked,
    ),
    FaultKind(name="forbidden", what="A 403: no permission.", instead=_refusing("forbidden")),
    FaultKind(name="not_found", what="A 404: no such object.", instead=_refusing("not_found")),
)
