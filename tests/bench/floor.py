"""How fast could any client be, against this sandbox on this machine? Run in a process of its own: `python -m tests.bench.floor PLAN`.

PLAN is that of peer_plan.py. The same requests in the same order of dependence over bare sockets, every answer thrown away
unread: what is left is the sandbox's own work, and the network. Prints the seconds.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from urllib.parse import urlencode, urlsplit

CONNECTIONS = 64


def main(plan_path):
    plan = json.loads(Path(plan_path).read_text(encoding="utf-8"))
    print(json.dumps(asyncio.run(replay(plan))))


async def replay(plan):
    """Ask all of the plan; seconds."""
    idle = asyncio.LifoQueue()
    for _ in range(CONNECTIONS):
        idle.put_nowait(None)  # a connection that is opened when it is needed
    began = time.perf_counter()
    await asyncio.gather(*(_ask(item, idle) for item in plan))
    seconds = time.perf_counter() - began
    while not idle.empty():
        if (connection := idle.get_nowait()) is not None:
            connection[1].close()
    return seconds


async def _ask(item, idle):
    url = urlsplit(item["url"])
    connection = await idle.get() or await asyncio.open_connection(url.hostname, url.port)
    reader, writer = connection
    form = urlencode(item["form"] or {})
    lines = [f"{'POST' if form else 'GET'} {url.path}?{url.query} HTTP/1.1", f"Host: {url.netloc}"]
    lines += [f"{name}: {value}" for name, value in item["headers"].items()]
    lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(form)}"] if form else []
    writer.write("\r\n".join([*lines, "", form]).encode("latin-1"))
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    if " 200 " not in head.splitlines()[0]:
        raise RuntimeError(f"{url.path} was answered before, and now {head.splitlines()[0]}")
    await reader.readexactly(int(head.partition("content-length: ")[2].split("\r\n")[0]))
    idle.put_nowait(connection)
    await asyncio.gather(*(_ask(later, idle) for later in item["then"]))


if __name__ == "__main__":
    main(*sys.argv[1:])
