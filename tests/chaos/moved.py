"""The sidecar's own command under a clock that can be moved: `python -m tests.chaos.moved INSTANT AT`.

INSTANT is what the clock shows at AT, a reading of the machine's monotonic clock: a start takes its time.

Every line on stdin moves it, and is answered on stdout by what the clock shows then:
`shift SECONDS` (negative: set back), `stop` (it stands still), `go` (it goes on).
"""

import faulthandler
import signal
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import time_machine

from core.__main__ import cli


def main():
    """Run `python -m core sidecar` as if it were that time."""
    now = datetime.fromisoformat(sys.argv[1]) + timedelta(seconds=time.monotonic() - float(sys.argv[2]))
    faulthandler.register(signal.SIGUSR1)  # where every thread is, into the log
    with time_machine.travel(now, tick=True) as clock:
        threading.Thread(target=_obey, args=(clock,), daemon=True).start()
        cli(["sidecar"], prog_name="python -m core")


def _obey(clock):
    for line in sys.stdin:
        word, _, seconds = line.strip().partition(" ")
        now = datetime.now(UTC)
        clock.move_to(now + timedelta(seconds=float(seconds or 0)), tick=word != "stop")
        print(datetime.now(UTC).isoformat(), flush=True)


if __name__ == "__main__":
    main()
