"""What does the REST surface answer? Health and the scheduler, as JSON, errors too."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from core import __version__
from core.clock import Clock
from core.errors import AppError, ConfigError
from core.ops.session import OperationsDatabase, open_operations
from core.ops.sidecars import SidecarStatus, sidecar_status
from core.settings import Settings
from core.warehouse.connection import find_published

MIGRATE = "The operations database is missing or has another schema: run `python -m core migrate`."
UNCACHED = {"cache-control": "no-store"}


@dataclass(frozen=True, slots=True)
class Api:
    """The answers; each is made anew from the operations database."""

    settings: Settings
    database: OperationsDatabase
    clock: Clock

    def health(self, _request: Request) -> JSONResponse:
        """Whether the web process can do its work; a stopped sidecar is told, but is no fault of this process."""
        status = self._sidecar()
        published = find_published(self.settings.published_link)
        return _answer(
            {
                "status": "ok",
                "version": __version__,
                "operations": "ok",
                "warehouse": published.name if published else None,
                "sidecar": "running" if status.is_running else "stopped",
            }
        )

    def scheduler_status(self, _request: Request) -> JSONResponse:
        """The jobs as the sidecar has really scheduled them."""
        status = self._sidecar()
        state = "STATE_RUNNING" if status.is_running else "STATE_STOPPED"
        return _answer({"success": True, "status": {"running": status.is_running, "jobs": status.jobs, "state": state}})

    def _sidecar(self) -> SidecarStatus:
        if not self.database.is_current:
            raise ConfigError(MIGRATE)
        with self.database.reading() as session:
            return sidecar_status(session, now=self.clock.now())


def create_api(settings: Settings, clock: Clock) -> Starlette:
    """The REST surface, to be mounted at /api/v1."""
    api = Api(settings, open_operations(settings), clock)
    return Starlette(
        routes=[_get("/health", api.health), _get("/scheduler/status", api.scheduler_status)],
        exception_handlers={AppError: _unavailable, HTTPException: _refused, Exception: _broken},
    )


def _get(path: str, endpoint: Callable[[Request], JSONResponse]) -> Route:
    return Route(path, endpoint, methods=["GET"])


def _unavailable(_request: Request, error: Exception) -> JSONResponse:
    return _answer(
        {"status": "unavailable", "success": False, "version": __version__, "error": str(error)},
        HTTPStatus.SERVICE_UNAVAILABLE,
    )


def _refused(request: Request, error: Exception) -> JSONResponse:
    """An unknown path or a wrong method."""
    code = HTTPStatus(error.status_code) if isinstance(error, HTTPException) else HTTPStatus.BAD_REQUEST
    return _answer({"success": False, "error": f"{request.method} {request.url.path}: {code.phrase}."}, code)


def _broken(_request: Request, _error: Exception) -> JSONResponse:
    sentence = "Tideline met a fault of its own; the web process's log has the details."
    return _answer({"success": False, "error": sentence}, HTTPStatus.INTERNAL_SERVER_ERROR)


def _answer(body: dict[str, Any], code: HTTPStatus = HTTPStatus.OK) -> JSONResponse:
    return JSONResponse(body, status_code=code, headers=UNCACHED)
