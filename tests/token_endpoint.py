"""A token endpoint like X's on loopback: it rotates refresh tokens, refuses spent ones, and counts who asked."""

import json
import threading
import time
from base64 import b64decode
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs


class TokenEndpoint:
    """Gives access-1, refresh-1, then access-2, refresh-2, … for the newest refresh token alone."""

    def __init__(self):
        self.asked = 0
        self.slowness_s = 0.0
        self.url = ""
        self._valid = "refresh-0"
        self._lock = threading.Lock()

    def answer(self, form):
        time.sleep(self.slowness_s)
        with self._lock:
            self.asked += 1
            if form.get("refresh_token") != [self._valid]:
                return 400, {"error": "invalid_request", "error_description": "Value passed for the token was invalid."}
            self._valid = f"refresh-{self.asked}"
            return 200, {"access_token": f"access-{self.asked}", "refresh_token": self._valid, "expires_in": 7200}


@contextmanager
def open_token_endpoint():
    endpoint = TokenEndpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):  # as http.server calls it
            assert b64decode(self.headers["Authorization"].split()[1]) == b"app:secret"
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            status, body = endpoint.answer(form)
            told = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    endpoint.url = f"http://127.0.0.1:{server.server_port}"
    yield endpoint
    server.shutdown()
    thread.join()
    server.server_close()
