"""How does the sandbox run? One ASGI app with all dialects, served by a process of its own."""

import asyncio
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol

from core.clock import Clock, SystemClock
from core.domain import Provider
from core.errors import ConfigError
from core.sandbox.answers import RefusalError, Sandbox, answer_refusal
from core.sandbox.changes import changing
from core.sandbox.control import Control
from core.sandbox.faults.control import FaultControl
from core.sandbox.faults.gate import FaultBook, FaultGate
from core.sandbox.faults.script import parse_options
from core.sandbox.graph import Graph
from core.sandbox.graph_nodes import find_node
from core.sandbox.instagram_login import find_own_node
from core.sandbox.instagram_oauth import InstagramOAuth
from core.sandbox.linkedin import PROFILE_ENDPOINTS
from core.sandbox.linkedin_gate import linkedin_routes
from core.sandbox.linkedin_oauth import LinkedInOAuth
from core.sandbox.linkedin_statistics import STATISTICS_ENDPOINTS
from core.sandbox.meta_oauth import MetaOAuth
from core.sandbox.replay import load_replay
from core.sandbox.signin import SignIn
from core.sandbox.synthetic import build_world
from core.sandbox.timekeeper import SandboxClock
from core.sandbox.tokens import TokenBook
from core.sandbox.world import World
from core.sandbox.x import X
from core.sandbox.x_oauth import XOAuth


class _Late:
    """Lets every answer of a platform wait; the sandbox's own endpoints answer at once."""

    def __init__(self, app: ASGIApp, latency_s: float) -> None:
        self._app = app
        self._latency_s = latency_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith("/_sandbox"):
            await asyncio.sleep(self._latency_s)
        await self._app(scope, receive, send)


def build_app(
    world: World, clock: Clock, *, latency_ms: int = 0, faults: Sequence[str] = (), book: FaultBook | None = None
) -> Starlette:
    """The platforms' stand-in for this world; its clock can be moved over HTTP, its faults in the given book."""
    keeper = clock if isinstance(clock, SandboxClock) else SandboxClock(clock)
    world = changing(world)
    sandbox = Sandbox(world, keeper, TokenBook(world.seed, keeper))
    book = book if book is not None else FaultBook(parse_options(faults, world))
    routes = [
        *Control(sandbox).routes(),
        *FaultControl(sandbox, book).routes(),
        *SignIn(sandbox).routes(),
        *LinkedInOAuth(sandbox).routes(),
        *linkedin_routes(sandbox, PROFILE_ENDPOINTS | STATISTICS_ENDPOINTS),
        *XOAuth(sandbox).routes(),
        *X(sandbox).routes(),
        *MetaOAuth(sandbox).routes(),
        *Graph(sandbox, find_node).routes(),
        *InstagramOAuth(sandbox).routes(),
        *Graph(sandbox, find_own_node, Provider.INSTAGRAM).routes(),
    ]
    gates = [Middleware(_Late, latency_s=latency_ms / 1000)] if latency_ms else []
    gates.append(Middleware(FaultGate, sandbox=sandbox, book=book))
    return Starlette(routes=routes, middleware=gates, exception_handlers={RefusalError: answer_refusal})


def serve(  # noqa: PLR0913  # the command's options, one each
    *,
    host: str = "127.0.0.1",
    port: int,
    seed: int = 1,
    businesses: int = 3,
    latency_ms: int = 0,
    replay: Path | None = None,
    now: datetime | None = None,
    faults: Sequence[str] = (),
) -> None:
    """Serve until stopped; `now` stops the sandbox's clock there, `faults` is a script in its short form."""
    clock = SandboxClock(SystemClock())
    if now is not None:
        clock.stop_at(now)
    world = load_replay(replay, clock.now(), seed=seed) if replay else build_world(seed, businesses)
    server = _server(build_app(world, clock, latency_ms=latency_ms, faults=faults))
    with closing(_bind(host, port)) as listener:
        server.run(sockets=[listener])


@contextmanager
def serving(app: Starlette) -> Iterator[int]:
    """Serve beside what this process does, on a free port of its own, which is handed over; ended with the block."""
    server = _server(app)
    with closing(_bind("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, args=([listener],), name="sandbox", daemon=True)
        thread.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join(timeout=10)


def _server(app: Starlette) -> uvicorn.Server:
    STATUS_PHRASES.update(dict.fromkeys(range(600, 1000), b""))  # uvicorn has no words for LinkedIn's 999
    config = uvicorn.Config(
        app,
        http=H11Protocol,
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_keep_alive=75,  # longer than a sync's pauses, so that pooled connections live through them
        timeout_graceful_shutdown=5,
    )
    return uvicorn.Server(config)


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's delay off only where the protocol is named; it would cost 40 ms an answer
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(512)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"Port {port} of {host} cannot be used ({reason}); choose another with --port.") from error
    return listener
