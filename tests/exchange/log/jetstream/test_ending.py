"""A task ends, however often it does not hear that it should."""

from __future__ import annotations

import asyncio

from exchange.log.jetstream.ending import ended
from tests.exchange.log.jetstream.desk import run


def test_a_cancellation_that_is_lost_is_said_again() -> None:
    deaf = 3

    async def hard_of_hearing() -> None:
        nonlocal deaf
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                deaf -= 1
                if not deaf:
                    raise

    async def scenario() -> None:
        task = asyncio.create_task(hard_of_hearing())
        await asyncio.sleep(0)
        await ended(task)
        assert task.cancelled()
        assert deaf == 0
        # One that has ended already, or failed, is left as it is.
        await ended(task)
        failed = asyncio.get_running_loop().create_future()
        failed.set_exception(ValueError("why"))
        await ended(failed)
        assert str(failed.exception()) == "why"

    run(scenario())
