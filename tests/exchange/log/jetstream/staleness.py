"""Servers whose answers are out of date on purpose: a real one behind, one question after the other spoiled.

As in an election: a server may show less than it holds, say that something is not there, answer nothing, or
refuse a message because it does not know its own end. What it shows is there.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Any, NamedTuple

from nats.js.api import PubAck, RawStreamMsg, StreamInfo
from nats.js.client import JetStreamContext
from nats.js.errors import APIError, NotFoundError, ServiceUnavailableError

from exchange.log.jetstream.stream import LogStream
from tests.faults.tally import LONG

RUN = 3
"""Questions in a row that are answered out of date."""


class Spoiling(enum.Enum):
    """What is wrong with an answer."""

    SHORT = "one message less, and not the last one asked for"
    EMPTY = "nothing at all"
    SILENT = "no answer, whatever was done"
    ELECTING = "no leader, nothing done"


class Spoilt(NamedTuple):
    """The questions from ``first`` on, ``count`` of them, are answered so."""

    spoiling: Spoiling
    first: int
    count: int


def every(questions: int) -> Iterator[Spoilt]:
    """Spoil an operation's questions three after three, and each alone in another way.

    ``CFX_FAULTS=all`` spoils each in every way, and every three that follow one another.
    """
    ways = list(Spoiling)
    for first in range(questions):
        if LONG or first % RUN == 0:
            yield Spoilt(Spoiling.SHORT, first, RUN)
        for spoiling in ways if LONG else [ways[first % len(ways)]]:
            yield Spoilt(spoiling, first, 1)


class StaleServers:
    """Stands before a stream's JetStream; counts the questions while it is ``on``, and spoils some."""

    def __init__(self, spoilt: Spoilt | None = None) -> None:
        self.questions = 0
        self.on = False
        self._spoilt = spoilt

    def before(self, stream: LogStream) -> None:
        """Answer for the servers from now on."""
        self._true: JetStreamContext = stream.jetstream
        stream.jetstream = self  # type: ignore[assignment] # the four questions that a log asks

    def _next(self) -> Spoiling | None:
        if not self.on:
            return None
        place, self.questions = self.questions, self.questions + 1
        if self._spoilt is None or not 0 <= place - self._spoilt.first < self._spoilt.count:
            return None
        return self._spoilt.spoiling

    async def stream_info(self, name: str) -> StreamInfo:
        """Answer, perhaps with an earlier end."""
        spoiling = self._next()
        _speak(spoiling)
        info = await self._true.stream_info(name)
        if spoiling is not None:
            state = info.state
            shown = state.last_seq - 1 if spoiling is Spoiling.SHORT else 0
            state.messages = state.last_seq = max(shown, 0)
        return info

    async def get_msg(self, name: str, seq: int) -> RawStreamMsg:
        """Answer, perhaps that there is no such message."""
        spoiling = self._next()
        _speak(spoiling)
        if spoiling is not None:
            raise NotFoundError(code=404, err_code=10037, description="no message found")
        return await self._true.get_msg(name, seq)

    async def publish(self, *args: Any, **options: Any) -> PubAck:
        """Take a message, or not, and perhaps say nothing."""
        spoiling = self._next()
        if spoiling in (Spoiling.SHORT, Spoiling.EMPTY):
            raise APIError(code=400, err_code=10071, description="wrong last sequence: 0")
        if spoiling is Spoiling.ELECTING:
            _speak(spoiling)
        taken = await self._true.publish(*args, **options)
        _speak(spoiling)
        return taken

    async def subscribe(self, *args: Any, **options: Any) -> JetStreamContext.PushSubscription:
        """Begin to send messages, or not."""
        spoiling = self._next()
        _speak(spoiling)
        if spoiling is not None:
            raise NotFoundError(code=404, err_code=10059, description="stream not found")
        return await self._true.subscribe(*args, **options)


def _speak(spoiling: Spoiling | None) -> None:
    if spoiling is Spoiling.SILENT:
        raise TimeoutError
    if spoiling is Spoiling.ELECTING:
        raise ServiceUnavailableError(
            code=503, err_code=10008, description="JetStream system temporarily unavailable"
        )
