"""A processor for the exchange alone: it keeps to one, and what it starts runs on the others.

Where a scheduler moves threads between few processors, an exchange loses its caches with each move, and shares
them with its own market-data service: docs/decisions/0035-own-processor.md has the figures.
"""

from __future__ import annotations

import contextlib
import os

from exchange.explained import ExplainedError

_others: set[int] = set()


class ProcessorError(ExplainedError, ValueError):
    """The exchange cannot keep to the processor that was asked for; the text says why and what to do."""


def keep_to(number: int) -> None:
    """Run this process, which must have one thread, on one processor from now on.

    Raises ProcessorError where the system cannot, or this process may not run on it, or on no other.
    """
    if not hasattr(os, "sched_setaffinity"):
        raise ProcessorError(
            "this system does not let a process choose processors: leave out --cpu"
        )
    allowed = os.sched_getaffinity(0)
    if number not in allowed:
        known = ", ".join(map(str, sorted(allowed)))
        raise ProcessorError(f"there is no processor {number} to run on: --cpu is one of {known}")
    if len(allowed) == 1:
        raise ProcessorError(
            f"processor {number} is the only one: leave out --cpu, so that all else may share it"
        )
    os.sched_setaffinity(0, {number})
    _others.clear()
    _others.update(allowed - {number})


def send_elsewhere(pid: int) -> None:
    """Run a process that has just been started on the other processors, if this one keeps to its own."""
    if _others:
        # It may have ended already, which whoever started it will notice.
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(pid, _others)
