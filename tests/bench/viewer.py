"""What does a browser say to a Streamlit server? The part of it that makes the server work: a session over its websocket.

A click is a message with the page and the address; the answer ends with `script_finished`. Fragments that look by themselves
are asked for as often as the server said, as a browser does.
"""

import asyncio
import time
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect

PATIENCE_S = 30


class Viewer:
    """One session: opens pages and notes what went wrong."""

    def __init__(self, socket):
        self._socket = socket
        self._pages, self._ticks = {}, {}
        self._done = asyncio.Event()
        self._now = ("", "")
        self.errors = []

    async def open(self, page, **parameters):
        """Seconds until the server had drawn all of the page."""
        self._now = (page, urlencode(parameters))
        self._done.clear()
        began = time.perf_counter()
        self._ticks.clear()
        await self._send()
        async with asyncio.timeout(PATIENCE_S):
            await self._done.wait()
        return time.perf_counter() - began

    async def read(self, seconds):
        """Look at the page for so long; its fragments look for news meanwhile."""
        until = time.perf_counter() + seconds
        due = {fragment: time.perf_counter() + every for fragment, every in self._ticks.items()}
        while (now := time.perf_counter()) < until:
            for fragment, at in list(due.items()):
                if at <= now and fragment in self._ticks:
                    await self._send(fragment)
                    due[fragment] = now + self._ticks[fragment]
            await asyncio.sleep(0.05)

    async def listen(self):
        """Take in what the server says, for as long as the session lasts."""
        async for message in self._socket:
            told = ForwardMsg.FromString(message)
            kind = told.WhichOneof("type")
            if kind == "navigation":
                self._pages = {page.url_pathname: page.page_script_hash for page in told.navigation.app_pages}
            elif kind == "auto_rerun":
                self._ticks[told.auto_rerun.fragment_id] = told.auto_rerun.interval
            elif kind == "delta" and told.delta.new_element.WhichOneof("type") == "exception":
                self.errors.append(told.delta.new_element.exception.message)
            elif kind == "script_finished" and told.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                self._done.set()

    async def _send(self, fragment=""):
        page, query = self._now
        asked = BackMsg()
        state = asked.rerun_script
        state.query_string, state.fragment_id = query, fragment
        state.page_script_hash = self._pages.get(page, "")
        state.page_name = "" if state.page_script_hash else page
        await self._socket.send(asked.SerializeToString())


@asynccontextmanager
async def opened(site):
    """A viewer of a site, gone with the block."""
    address = f"ws://127.0.0.1:{site.port}/_stcore/stream"
    async with connect(address, subprotocols=["streamlit"], origin=site.url, max_size=None) as socket:
        viewer = Viewer(socket)
        listening = asyncio.create_task(viewer.listen())
        yield viewer
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
