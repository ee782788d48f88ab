"""What goes wrong around a sign-in? Refused refreshes, answers that leave something out, people who say no."""

from starlette.responses import JSONResponse, RedirectResponse, Response

from core.domain import Platform
from core.sandbox.faults.everywhere import has_expired, refresh_refused
from core.sandbox.faults.kinds import EVERYWHERE, META, Answer, FaultKind, Incident
from core.sandbox.faults.words import said
from core.sandbox.graph_errors import graph_error
from core.sandbox.signin import DOORS, returning

_TOKEN = frozenset({"token"})
_DEATHS = {
    458: "The user has not authorized application.",
    459: "You cannot access the app till you log in to www.facebook.com and follow the instructions given.",
    460: "The session has been invalidated because the user changed their password or Facebook has changed the "
    "session for security reasons.",
    463: "Session has expired. The current time is past the session's end.",
    464: "Sessions for the user are not allowed because the user is not a confirmed user.",
    467: "The session is invalid because the user logged out.",
    493: "The access token is invalid since the user hasn't engaged the app in longer than 90 days.",
    492: "Session does not match current stored session: the user lost the role on the Page.",
}


def _refresh_spent(_incident: Incident) -> Response:
    return JSONResponse(
        {"error": "invalid_request", "error_description": "Value passed for the token was invalid."}, 400
    )


def _token_dead(incident: Incident) -> Response | None:
    """Every token of the user that was handed out until the fault was first met."""
    if not has_expired(incident):
        return None
    subcode = incident.argument("subcode")
    if "inspect" in incident.target.endpoints:
        error = {"code": 190, "message": _DEATHS[subcode], "subcode": subcode}
        return JSONResponse({"data": {"app_id": "app", "is_valid": False, "scopes": [], "error": error}})
    return said(graph_error(f"Error validating access token: {_DEATHS[subcode]}", 190, subcode=subcode))


def _without(*names: str, answer: Answer) -> bool:
    held = [name for name in names if isinstance(answer.body, dict) and name in answer.body]
    for name in held:
        del answer.body[name]
    return bool(held)


def _expires_in_absent(_incident: Incident, answer: Answer) -> bool:
    return _without("expires_in", answer=answer)


def _no_refresh_token(_incident: Incident, answer: Answer) -> bool:
    return _without("refresh_token", "refresh_token_expires_in", answer=answer)


def _short_lived(incident: Incident, answer: Answer) -> bool:
    if not isinstance(answer.body, dict) or "expires_in" not in answer.body:
        return False
    answer.body["expires_in"] = round(incident.argument("days") * 86_400)
    return True


def _cancelled(incident: Incident) -> Response | None:
    door = next(door for door in DOORS if door.provider is incident.target.provider)
    return _sent_back(incident, door.cancelled)


def _scope_refused(incident: Incident) -> Response | None:
    description = "Scope r_organization_social is not authorized for your application"
    return _sent_back(incident, {"error": "unauthorized_scope_error", "error_description": description})


def _sent_back(incident: Incident, answer: dict[str, str]) -> Response | None:
    asked = incident.target.asked
    return RedirectResponse(returning(asked, answer), 302) if "redirect_uri" in asked else None


KINDS = (
    FaultKind(
        name="refresh_refused",
        what="A refresh is refused for good: invalid_grant (Meta: 190).",
        endpoints=frozenset({"refresh"}),
        instead=refresh_refused,
    ),
    FaultKind(
        name="refresh_spent",
        what="X's answer to a refresh token that was used before.",
        platforms=frozenset({Platform.X}),
        endpoints=frozenset({"refresh"}),
        instead=_refresh_spent,
    ),
    FaultKind(
        name="no_refresh_token",
        what="A grant without a refresh token.",
        platforms=frozenset({Platform.LINKEDIN, Platform.X}),
        endpoints=_TOKEN,
        edit=_no_refresh_token,
    ),
    FaultKind(
        name="short_lived",
        what="A token answer that says the token lives for so many days.",
        endpoints=_TOKEN,
        parameters={"days": 5.0},
        edit=_short_lived,
    ),
    FaultKind(
        name="expires_in_absent",
        what="A token answer that does not say how long the token lives.",
        endpoints=_TOKEN,
        edit=_expires_in_absent,
    ),
    FaultKind(
        name="token_dead",
        what="Code 190 for every account of the user, until a new sign-in; debug_token calls the token invalid.",
        platforms=META,
        endpoints=EVERYWHERE | _TOKEN | {"inspect"},
        parameters={"subcode": (460, *(subcode for subcode in _DEATHS if subcode != 460))},
        meets_whole_login=True,
        instead=_token_dead,
    ),
    FaultKind(
        name="sign_in_cancelled",
        what="The person says no.",
        endpoints=frozenset({"sign_in"}),
        instead=_cancelled,
    ),
    FaultKind(
        name="scope_refused",
        what="LinkedIn sends the person back: a scope is not the app's.",
        platforms=frozenset({Platform.LINKEDIN}),
        endpoints=frozenset({"sign_in"}),
        instead=_scope_refused,
    ),
)
