"""What does the REST surface answer when it cannot do what was asked? A problem document (RFC 9457) with one sentence."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Literal

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from core.errors import AppError

MEDIA_TYPE = "application/problem+json"
UNCACHED = {"cache-control": "no-store"}
FAULT = "Tideline met a fault of its own; the web process's log has the details."

_SENTENCES = {
    HTTPStatus.NOT_FOUND: "There is nothing at {path}.",
    HTTPStatus.METHOD_NOT_ALLOWED: "{path} does not take {method}.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body must be JSON, with content-type: application/json.",
}


class Problem(BaseModel):
    """Why the answer is not what was asked for (RFC 9457)."""

    type: str = "about:blank"
    title: str = Field(description="The name of the HTTP status.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="One sentence: what is wrong, and what to do.")
    success: Literal[False] | None = Field(default=None, description="On the scheduler's paths alone.")


class RefusedError(AppError):
    """What was asked for cannot be had: the sentence, and the status that says which kind of no it is."""

    def __init__(self, sentence: str, status: HTTPStatus, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status, self.headers = status, headers


def not_found(what: str) -> RefusedError:
    return RefusedError(f"There is no {what}.", HTTPStatus.NOT_FOUND)


def unfit(sentence: str) -> RefusedError:
    """Each value is fine by itself, and together or at this time they are not."""
    return RefusedError(sentence, HTTPStatus.BAD_REQUEST)


def problem(
    request: Request, status: HTTPStatus, sentence: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    body = Problem(title=status.phrase, status=status, detail=sentence)
    if "/scheduler/" in request.url.path:
        body.success = False
    return JSONResponse(
        body.model_dump(exclude_none=True), status, headers={**UNCACHED, **(headers or {})}, media_type=MEDIA_TYPE
    )


async def refused(request: Request, error: Exception) -> JSONResponse:
    """An error of ours: its sentence says what to do. Without a status of its own, something is not set up."""
    if isinstance(error, RefusedError):
        return problem(request, error.status, str(error), error.headers)
    return problem(request, HTTPStatus.SERVICE_UNAVAILABLE, str(error))


async def misread(request: Request, error: Exception) -> JSONResponse:
    """Values that are not what the document says they are."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    return problem(request, HTTPStatus.UNPROCESSABLE_ENTITY, " ".join(_sentence(one) for one in found))


async def unknown(request: Request, error: Exception) -> JSONResponse:
    """Another path, another method, or a body that is not taken."""
    status = HTTPStatus(error.status_code) if isinstance(error, HTTPException) else HTTPStatus.BAD_REQUEST
    sentence = _SENTENCES.get(status, "{method} {path}: " + status.phrase + ".")
    told = sentence.format(path=request.url.path, method=request.method)
    headers = _allowed(request) if status is HTTPStatus.METHOD_NOT_ALLOWED else getattr(error, "headers", None)
    return problem(request, status, told, headers)


async def broken(request: Request, _error: Exception) -> JSONResponse:
    return problem(request, HTTPStatus.INTERNAL_SERVER_ERROR, FAULT)


def forbid_keeping(response: Response) -> None:
    """Answers are of this moment and for this caller: nobody on the way keeps them."""
    response.headers.update(UNCACHED)


def refuse_unknown_parameters(request: Request) -> None:
    """The document says which parameters a route has; a misspelt one must not look as if it had been heard."""
    operations = request.app.openapi()["paths"][request.scope["route"].path]
    operation = operations["get" if request.method == "HEAD" else request.method.lower()]
    known = [one["name"] for one in operation.get("parameters", []) if one["in"] == "query"]
    extra = next((name for name in request.query_params if name not in known), None)
    if extra is not None:
        takes = f"takes {', '.join(known)}" if known else "takes none"
        sentence = f"{extra!r:.100} is no query parameter of {request.url.path}, which {takes}."
        raise RefusedError(sentence, HTTPStatus.UNPROCESSABLE_ENTITY)


def documented(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """These problems, as a route's document tells them."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status.value: {"description": status.phrase, "content": {MEDIA_TYPE: {"schema": schema}}} for status in statuses
    }


def _allowed(request: Request) -> dict[str, str]:
    """The methods of a path, each of which is a route of its own, so that no route knows all of them."""
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    paths = request.app.openapi()["paths"].items()
    found = [
        method.upper() for template, methods in paths if compile_path(template)[0].match(path) for method in methods
    ]
    return {"allow": ", ".join(found)} if found else {}


def _sentence(error: Mapping[str, Any]) -> str:
    """pydantic says what it wants instead; the value itself is not repeated, for it may hold anything."""
    where, *path = error["loc"]
    name = ".".join(str(part) for part in path) or "body"
    kind = {"query": "The query parameter", "path": "The path's", "header": "The header"}.get(where, "The body's")
    return f"{kind} {name} is wrong: {error['msg']}."
