"""The web process's log: the server's lines pass through the formatter that takes secrets out."""

import io
import logging

import pytest

from core.logs import configure_logging
from core.web.logs import adopt_server_logs

pytestmark = pytest.mark.unit

CALLBACK = "/oauth/x/callback?state=s1&code=AQR-a-code-of-a-provider"


LOGGERS = ("uvicorn", "uvicorn.access", "uvicorn.error", "streamlit.x", "streamlit.silent")


@pytest.fixture
def written(monkeypatch):
    """What all logs write, once the server's are adopted; everything is put back afterwards."""
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    root, level = logging.root.handlers[:], logging.root.level
    loggers = {name: logging.getLogger(name) for name in LOGGERS}
    before = {name: (logger.handlers[:], logger.propagate, logger.level) for name, logger in loggers.items()}
    for name, logger in loggers.items():  # as Streamlit sets its loggers up
        logger.handlers[:] = [] if name == "streamlit.silent" else [logging.StreamHandler(stream)]
        logger.propagate = False
        logger.setLevel(logging.INFO)
    configure_logging("web")
    adopt_server_logs()
    yield stream.getvalue
    logging.root.handlers[:] = root
    logging.root.setLevel(level)
    for name, (handlers, propagates, own_level) in before.items():
        loggers[name].handlers[:] = handlers
        loggers[name].propagate = propagates
        loggers[name].setLevel(own_level)


def test_an_access_line_holds_no_code(written):
    logging.getLogger("uvicorn.access").info('%s - "GET %s HTTP/1.1" %d', "127.0.0.1:5", CALLBACK, 303)
    assert "/oauth/x/callback" in written()
    assert "AQR" not in written()


@pytest.mark.parametrize("name", ["uvicorn.error", "streamlit.x"])
def test_a_traceback_holds_no_secret_and_is_written_once(written, name):
    error = ValueError("refused: client_secret=hush&code=AQR-a-code access_token: EAA123")
    logging.getLogger(name).error("Exception in ASGI application", exc_info=error)
    assert written().count("Exception in ASGI application") == 1
    assert "ValueError: refused" in written()
    for secret in ("hush", "AQR-a-code", "EAA123"):
        assert secret not in written()


def test_a_log_that_is_switched_off_stays_so(written):
    logging.getLogger("streamlit.silent").info("GET %s", CALLBACK)
    assert written() == ""
