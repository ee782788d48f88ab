"""What does a second sidecar on a data folder do? It stands by, and takes over when the first ends or dies."""

import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import TypeVar

from core.errors import WarehouseInUseError

log = logging.getLogger(__name__)

TRY_EVERY_S = 1.0

T = TypeVar("T")


def enter_when_free(
    stack: ExitStack, open_it: Callable[[], AbstractContextManager[T]], stop: threading.Event
) -> T | None:
    """Open what only one process may hold, as soon as nobody else does; None where we were told to stop before.

    The lock is the warehouse's own: the system lets go of it with the process that held it, however that ended.
    """
    is_told = False
    while not stop.is_set():
        try:
            return stack.enter_context(open_it())
        except WarehouseInUseError as busy:
            if not is_told:
                log.warning("%s This one stands by, and takes over when the other ends.", busy)
            is_told = True
        stop.wait(TRY_EVERY_S)
    return None
