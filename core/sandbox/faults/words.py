"""In which words does each provider refuse? The errors that all of them know, each in its own dialect."""

from collections.abc import Callable

from starlette.responses import JSONResponse

from core.domain import Provider
from core.sandbox.answers import RefusalError
from core.sandbox.faults.targets import Target
from core.sandbox.graph_errors import bad_token, expired_token, graph_error, no_such_object, revoked_token
from core.sandbox.linkedin_gate import TOKEN_ANSWERS, denied
from core.sandbox.tokens import Fault
from core.sandbox.x import problem

Refusal = Callable[[Target], RefusalError]


def said(refusal: RefusalError) -> JSONResponse:
    return JSONResponse(refusal.body, refusal.status, headers=refusal.headers)


def refused(error: str, target: Target) -> JSONResponse:
    """The provider's answer to one of the errors of the table below."""
    provider = Provider.META if target.provider is Provider.INSTAGRAM else target.provider
    return said(_WORDS[provider][error](target))


def resource_of(target: Target) -> str:
    """LinkedIn's name of what is asked for."""
    return target.path.removeprefix("/linkedin/rest/").partition("/")[0]


def _linkedin(status: int, code: str, message: str) -> Refusal:
    return lambda _: RefusalError(status, {"status": status, "code": code, "message": message})


def _x(title: str, status: int) -> Refusal:
    return lambda _: RefusalError(status, problem(title, status))


_FAULTY = "An unexpected error has occurred. Please retry your request later."
_NO_PERMISSION = "(#10) Application does not have permission for this action"

_WORDS: dict[Provider, dict[str, Refusal]] = {
    Provider.LINKEDIN: {
        "server_error": _linkedin(500, "INTERNAL_SERVER_ERROR", "Internal Server Error"),
        "unavailable": _linkedin(503, "SERVICE_UNAVAILABLE", "Service Unavailable"),
        "unauthorized": lambda _: TOKEN_ANSWERS[Fault.UNKNOWN](),
        "expired": lambda _: TOKEN_ANSWERS[Fault.EXPIRED](),
        "revoked": lambda _: TOKEN_ANSWERS[Fault.SPENT](),
        "forbidden": lambda target: RefusalError(403, denied(f"GET /{resource_of(target)}")),
        "not_found": _linkedin(404, "NOT_FOUND", "Could not find entity"),
    },
    Provider.X: {
        "server_error": _x("Internal Server Error", 500),
        "unavailable": _x("Service Unavailable", 503),
        "unauthorized": _x("Unauthorized", 401),
        "expired": _x("Unauthorized", 401),
        "revoked": _x("Unauthorized", 401),
        "forbidden": _x("Forbidden", 403),
        "not_found": _x("Not Found", 404),
    },
    Provider.META: {
        "server_error": lambda _: graph_error("An unknown error has occurred.", 1, status=500),
        "unavailable": lambda _: graph_error(_FAULTY, 2, status=503, is_transient=True),
        "unauthorized": lambda _: bad_token(),
        "expired": lambda _: expired_token(),
        "revoked": lambda _: revoked_token(),
        "forbidden": lambda _: graph_error(_NO_PERMISSION, 10, status=403),
        "not_found": lambda target: no_such_object(target.ids[0] if target.ids else "0"),
    },
}
