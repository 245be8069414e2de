"""Running a measurement in a process of its own, so that what hangs or crashes is a line and not the end."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

Answer = TypeVar("Answer")

STATM = Path("/proc/self/statm")


class Failed(str):
    """What went wrong in a child, in a few words."""

    __slots__ = ()


def in_child(
    run: Callable[[], Answer], timeout_s: float, *, fresh: bool = False
) -> Answer | Failed:
    """Return what ``run`` returns in a process of its own, or how it failed.

    fresh: start a new interpreter instead of a fork, which would fill memory that its parent had freed
    before it grows; ``run`` must then be one that can be pickled.
    """
    context: Any = multiprocessing.get_context("spawn" if fresh else "fork")
    reader, writer = context.Pipe(duplex=False)
    child = context.Process(target=_answer, args=(run, writer), daemon=True)
    child.start()
    writer.close()
    try:
        if not reader.poll(timeout_s):
            return Failed(f"hangs: stopped after {timeout_s:.0f} s")
        answer: Answer | Failed = reader.recv()
    except EOFError:
        child.join()
        return Failed(f"crashed (exit {child.exitcode})")
    else:
        return answer
    finally:
        if child.is_alive():
            child.join(1)
            child.kill()


def _answer(run: Callable[[], Answer], writer: Connection) -> None:
    try:
        writer.send(run())
    except Exception as failure:  # noqa: BLE001 - the parent prints it in the engine's line
        writer.send(Failed(f"{type(failure).__name__}: {failure}"[:60]))


def resident_bytes() -> int | None:
    """Return the memory that this process has in use; None where the system does not tell."""
    try:
        pages = int(STATM.read_text().split()[1])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")
