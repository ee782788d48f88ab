"""How is the fault script set? By JSON under /_sandbox/faults; the catalog tells what may stand in it."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.errors import ConfigError
from core.sandbox.answers import RefusalError, Sandbox
from core.sandbox.faults.catalog import FAULTS
from core.sandbox.faults.gate import FaultBook
from core.sandbox.faults.script import parse_script


class FaultControl:
    """The endpoints of the fault script."""

    def __init__(self, sandbox: Sandbox, book: FaultBook) -> None:
        self._world = sandbox.world
        self._book = book

    def routes(self) -> list[Route]:
        return [
            Route("/_sandbox/faults", self.script, methods=["GET", "POST", "DELETE"]),
            Route("/_sandbox/faults/catalog", self.catalog),
        ]

    async def script(self, request: Request) -> Response:
        """The rules in force, and how often each has fired; POST replaces them, DELETE ends them."""
        if request.method == "POST":
            await self._replace(request)
        if request.method == "DELETE":
            self._book.rules = ()
        return JSONResponse([rule.described() for rule in self._book.rules])

    async def catalog(self, _request: Request) -> Response:
        return JSONResponse([kind.described() for kind in FAULTS.values()])

    async def _replace(self, request: Request) -> None:
        try:
            self._book.rules = parse_script(await request.json(), self._world)
        except ConfigError as error:
            raise RefusalError(400, {"error": str(error)}) from None
        except ValueError:
            raise RefusalError(400, {"error": "The body is not JSON."}) from None
