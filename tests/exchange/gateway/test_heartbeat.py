"""Heartbeats in virtual time: the timer is the loop's, the loop's clock is stepped by hand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from exchange.gateway.heartbeat import Heartbeat


class SteppedLoop(asyncio.SelectorEventLoop):
    """A loop whose time moves only by step()."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0

    def time(self) -> float:
        return self.now_s

    async def step(self, seconds: float) -> None:
        for _ in range(round(seconds)):
            self.now_s += 1.0
            for _ in range(3):
                await asyncio.sleep(0)


class Line:
    """What a heartbeat sends, and whether it has expired."""

    def __init__(self) -> None:
        self.kinds: list[str] = []
        self.expired = 0
        self.heartbeat = Heartbeat(self._send, self._expire)

    def _send(self, payload: bytes) -> None:
        self.kinds.append(json.loads(payload)["params"]["type"])

    def _expire(self) -> None:
        self.expired += 1


def run(scenario: Callable[[SteppedLoop, Line], Any]) -> Line:
    loop = SteppedLoop()
    line = Line()

    async def started() -> None:
        await scenario(loop, line)

    try:
        loop.run_until_complete(started())
    finally:
        loop.close()
    return line


def test_a_client_that_talks_gets_heartbeats_only() -> None:
    async def scenario(loop: SteppedLoop, line: Line) -> None:
        line.heartbeat.start(10)
        for _ in range(4):
            await loop.step(10)
            line.heartbeat.touch()
        line.heartbeat.stop()
        await loop.step(100)

    line = run(scenario)
    assert line.kinds == ["heartbeat"] * 4
    assert line.expired == 0


def test_a_silent_client_is_asked_and_then_given_up_once() -> None:
    async def scenario(loop: SteppedLoop, line: Line) -> None:
        line.heartbeat.start(10)
        await loop.step(19)
        assert line.kinds == ["heartbeat"]
        await loop.step(1)
        assert line.kinds == ["heartbeat", "heartbeat", "test_request"]
        assert line.expired == 0
        await loop.step(100)

    line = run(scenario)
    assert line.kinds == ["heartbeat", "heartbeat", "test_request"]
    assert line.expired == 1


def test_an_answer_to_the_test_request_is_enough() -> None:
    async def scenario(loop: SteppedLoop, line: Line) -> None:
        line.heartbeat.start(10)
        await loop.step(25)
        line.heartbeat.touch()
        await loop.step(10)

    line = run(scenario)
    assert line.kinds == ["heartbeat", "heartbeat", "test_request", "heartbeat"]
    assert line.expired == 0


def test_a_new_interval_replaces_the_former() -> None:
    async def scenario(loop: SteppedLoop, line: Line) -> None:
        line.heartbeat.start(10)
        line.heartbeat.start(50)
        await loop.step(49)
        assert line.kinds == []
        await loop.step(1)

    line = run(scenario)
    assert line.kinds == ["heartbeat"]
    assert line.heartbeat.interval_s == 50
