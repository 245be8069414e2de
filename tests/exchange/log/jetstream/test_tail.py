"""Reading a stream on and on: in order, once each, over a server's death."""

from __future__ import annotations

import asyncio

from exchange.log.jetstream.records import Record, parts_of
from exchange.log.jetstream.refusals import UnansweredError
from exchange.log.jetstream.stream import LogStream
from exchange.log.jetstream.tail import HELD, StreamTail
from tests.cluster.nats_server import NatsServer
from tests.exchange.log.batches import batch
from tests.exchange.log.jetstream.desk import run, stream_of


async def write(stream: LogStream, count: int) -> list[Record]:
    """Write batches of one command each."""
    end = await stream.end()
    written: list[Record] = []
    for seq in range(end + 1, end + 1 + count):
        written += parts_of(batch(seq, text=f"text {seq}"), 1, "a", 0)
    await stream.publish(written, end)
    return written


async def read(tail: StreamTail, count: int) -> list[Record]:
    found: list[Record] = []
    while len(found) < count:
        try:
            placed = await tail.next()
        except UnansweredError:
            await asyncio.sleep(0.1)
            continue
        assert placed.stream_seq == tail.after
        found.append(placed.record)
    return found


def test_all_that_is_there_and_all_that_comes(nats: NatsServer) -> None:
    async def scenario() -> None:
        stream = await stream_of(nats)
        wanted = await write(stream, HELD * 3)
        tail = StreamTail(stream, 0)
        assert await read(tail, len(wanted)) == wanted
        coming = asyncio.create_task(read(tail, 2))
        await asyncio.sleep(0)
        assert not coming.done()
        more = await write(stream, 2)
        assert await coming == more
        late = StreamTail(stream, HELD)
        assert await read(late, 5) == wanted[HELD : HELD + 5]
        await late.close()
        await tail.close()
        await stream.close()

    run(scenario())


def test_it_goes_on_after_the_server_was_killed(nats: NatsServer) -> None:
    async def scenario() -> None:
        stream = await stream_of(nats)
        tail = StreamTail(stream, 0)
        wanted = await write(stream, 3)
        assert await read(tail, 3) == wanted
        reading = asyncio.create_task(read(tail, 4))
        nats.kill()
        nats.start()
        more: list[Record] = []
        while not more:
            try:
                more = await write(stream, 4)
            except UnansweredError:
                await asyncio.sleep(0.1)
        assert await reading == more
        await tail.close()
        await stream.close()

    run(scenario())
