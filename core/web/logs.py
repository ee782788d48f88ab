"""Where do the web process's logs go? Through the one formatter that takes secrets out, the server's own lines too."""

import logging

SERVERS = ("uvicorn", "streamlit", "websockets")


def adopt_server_logs() -> None:
    """Streamlit gives each of its loggers, and the server's, a handler of its own: their lines go where ours go.

    A logger without a handler stays silent: so the server's access log is switched off.
    """
    for name in [*logging.root.manager.loggerDict]:
        logger = logging.getLogger(name)
        if name.partition(".")[0] in SERVERS and logger.handlers:
            logger.handlers.clear()
            logger.propagate = True
