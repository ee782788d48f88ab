"""Of what is the REST surface put together? Routes, who may use them, problems, and the document that describes it all."""

from http import HTTPStatus
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException

from core import __version__
from core.clock import Clock
from core.errors import AppError
from core.ops.session import open_operations
from core.settings import Settings
from core.web.api import listings, metrics, runs, scheduler
from core.web.api.access import Office
from core.web.api.problems import (
    Problem,
    broken,
    documented,
    forbid_keeping,
    misread,
    refuse_unknown_parameters,
    refused,
    unknown,
)

LARGEST_BODY = 64 * 1024
WHERE = "/api/v1"

ABOUT = (
    "What the pages of Tideline show, and what they can ask for. Instants are in UTC; a day is one of the platform's own."
    " A value that is not known is null, never zero. What cannot be answered is a problem document (RFC 9457)."
)

ANYWHERE = documented(
    HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE
)
"""What every route may answer instead."""


class RestSurface(FastAPI):
    """FastAPI, whose document also has the shape of our problems."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            document = get_openapi(
                title=self.title,
                version=self.version,
                description=self.description,
                routes=self.routes,
                servers=[{"url": WHERE}],
            )
            document["components"]["schemas"]["Problem"] = Problem.model_json_schema()
            self.openapi_schema = document
        return self.openapi_schema


def create_api(settings: Settings, clock: Clock) -> FastAPI:
    """The REST surface, to be mounted at /api/v1."""
    api = RestSurface(
        title="Tideline",
        version=__version__,
        description=ABOUT,
        docs_url=None,  # its page would load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        max_body_size=LARGEST_BODY,
        telemetry={"tracing": False, "metrics": False, "logs": False},
        exception_handlers={
            AppError: refused,
            RequestValidationError: misread,
            HTTPException: unknown,
            Exception: broken,
        },
    )
    api.state.office = Office(settings, open_operations(settings), clock)
    checked: Any = {"dependencies": [Depends(refuse_unknown_parameters), Depends(forbid_keeping)]}
    api.include_router(listings.open_routes, **checked, responses=documented(HTTPStatus.UNPROCESSABLE_ENTITY))
    for one in (listings, scheduler, runs, metrics):
        api.include_router(one.routes, **checked, responses=ANYWHERE)
    return api
