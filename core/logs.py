"""What do the processes write to their logs? One line an event, in UTC, without secrets."""

import logging
import time

from core.fetchers.transport import redact


class _RedactingFormatter(logging.Formatter):
    """Formats a record, traceback included, and takes the secrets out."""

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def configure_logging(process: str, *, level: int = logging.INFO) -> None:
    """Log to stderr from this level on, each line with the process's name."""
    handler = logging.StreamHandler()
    handler.setFormatter(_RedactingFormatter(f"%(asctime)s {process:<8} %(levelname)-7s %(message)s", "%H:%M:%S"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)
