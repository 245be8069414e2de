"""StreamTail: a stream's messages in order from a place on, those that are there and those that come."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import NamedTuple

from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.client import JetStreamContext

from exchange.log.jetstream import records
from exchange.log.jetstream.records import Record
from exchange.log.jetstream.refusals import ASKING, UnansweredError, explain
from exchange.log.jetstream.stream import LogStream

logger = logging.getLogger(__name__)

HELD = 256
"""Messages that wait here for whoever reads; the server holds the others back."""
SILENCE_S = 1.0
"""Without a message for so long, the tail looks whether the server has some that it does not send."""


class Placed(NamedTuple):
    """A record and its message's number in the stream."""

    stream_seq: int
    record: Record


class StreamTail:
    """One reader behind message ``after``; it finds its place again after any loss of the connection.

    alive: called whenever the servers have answered or sent something.
    """

    def __init__(
        self, stream: LogStream, after: int, alive: Callable[[], None] = lambda: None
    ) -> None:
        self._alive = alive
        self.stream = stream
        self.after = after
        self._arrived: asyncio.Queue[Msg] = asyncio.Queue(HELD)
        self._subscription: JetStreamContext.PushSubscription | None = None

    async def next(self) -> Placed:
        """Return the next record, waiting for it; raises UnansweredError, after which it may be asked again."""
        while True:
            if self._subscription is None:
                await self._subscribe()
            try:
                message = self._arrived.get_nowait()
            except asyncio.QueueEmpty:
                try:
                    async with asyncio.timeout(SILENCE_S):
                        message = await self._arrived.get()
                except TimeoutError:
                    end = await self.stream.end()
                    self._alive()
                    if end > self.after:
                        await self.close()
                    continue
            stream_seq = message.metadata.sequence.stream
            if stream_seq <= self.after:
                continue
            if stream_seq > self.after + 1:
                # Something was lost on the way: read on from where we are.
                await self.close()
                continue
            self.after = stream_seq
            self._alive()
            return Placed(stream_seq, records.decode(message.data))

    async def _subscribe(self) -> None:
        arrived: asyncio.Queue[Msg] = asyncio.Queue(HELD)
        self._arrived = arrived

        async def arrive(message: Msg) -> None:
            await arrived.put(message)

        config = ConsumerConfig(
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=self.after + 1,
            ack_policy=AckPolicy.NONE,
            max_deliver=1,
            mem_storage=True,
            num_replicas=1,
            inactive_threshold=30,
        )
        try:
            self._subscription = await self.stream.jetstream.subscribe(
                self.stream.address.subject,
                stream=self.stream.address.stream,
                config=config,
                cb=arrive,
                manual_ack=True,
                flow_control=True,
                idle_heartbeat=SILENCE_S,
            )
        except ASKING as error:
            raise UnansweredError(f"{self.stream.address}: {explain(error)}") from None

    async def close(self) -> None:
        """Let go of the subscription."""
        subscription, self._subscription = self._subscription, None
        if subscription is None:
            return
        try:
            async with asyncio.timeout(1):
                await subscription.unsubscribe()
        except ASKING as error:
            logger.debug("a subscription did not end: %s", type(error).__name__)
