"""Commands that come when they are due, whoever is busy: a process that writes due times to a pipe.

Run as ``python -m benchmarks.open_loop FD RATE SECONDS``; times are CLOCK_MONOTONIC nanoseconds, which all
processes share, eight bytes each. Latency is then counted from when a command was due, so that waiting
behind a slow one is not left out (https://www.scylladb.com/2021/04/22/on-coordinated-omission/).
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from array import array

AHEAD_NS = 100_000_000
"""Between the start of the process and the first command."""
SLEEP_NS = 100_000
PIPE_BYTES = 1 << 20


def start(descriptor: int, rate: float, seconds: float) -> subprocess.Popen[bytes]:
    """Start the process that writes to the end of a pipe."""
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.open_loop", str(descriptor), str(rate), str(seconds)],
        pass_fds=[descriptor],
        stdin=subprocess.DEVNULL,
    )


def main() -> None:
    """Write each due time once it has come."""
    descriptor, rate, seconds = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    step_ns, count = 1e9 / rate, round(rate * seconds)
    first_ns = time.monotonic_ns() + AHEAD_NS
    sent = 0
    while sent < count:
        due = min(count, int((time.monotonic_ns() - first_ns) / step_ns) + 1)
        if due > sent:
            times = array("q", (first_ns + int(number * step_ns) for number in range(sent, due)))
            os.write(descriptor, times.tobytes())
            sent = due
        time.sleep(SLEEP_NS / 1e9)
    os.close(descriptor)


if __name__ == "__main__":
    main()
