"""How a process that follows a log is told to stop."""

from __future__ import annotations

import asyncio
import signal


def stopping() -> asyncio.Event:
    """Return what is set by Ctrl-C and SIGTERM."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    return stopped
