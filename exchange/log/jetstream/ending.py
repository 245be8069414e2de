"""Ending tasks that ask servers."""

from __future__ import annotations

import asyncio
from typing import Any

AGAIN_S = 0.1


async def ended(task: asyncio.Future[Any]) -> None:
    """Cancel a task until it has ended; what it raised stays in it.

    Once is not enough: until Python 3.12 `asyncio.wait_for`, in which the NATS client awaits an answer,
    forgets a cancellation that comes together with the answer (python/cpython#86296).
    """
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=AGAIN_S)
