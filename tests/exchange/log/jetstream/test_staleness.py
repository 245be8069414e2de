"""Every question that a log asks its servers, answered out of date: nothing ends, is lost or doubled.

Each operation runs once to count its questions, then once for each of them and each way to spoil it.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from nats.js.errors import APIError

from exchange.log.jetstream import copying, patience, primary, stream, tail, writer
from exchange.log.jetstream.primary import NotPrimaryError, claim
from exchange.log.store import CommandLog
from tests.cluster.nats_server import NatsServer
from tests.exchange.log.batches import batch, fill
from tests.exchange.log.jetstream.desk import NodeDesk, content, run
from tests.exchange.log.jetstream.staleness import Spoilt, StaleServers, every

RETRY_S = 0.005
PART_BYTES = 700
"""So that a batch of thirty commands has several parts."""
BOUND_S = 100.0
QUESTIONS = 24
"""At most; what comes behind them is one of them again, as often as it takes to be believed."""

Made = Callable[[str], NodeDesk]
Operation = Callable[[Made, StaleServers], Awaitable[None]]


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Questions follow one another at once; three spoilt ones are over before they are believed.

    How long an answer is not believed is counted in questions, or a machine that stands still between two
    of them would believe the first.
    """
    for module in (patience, writer, copying):
        monkeypatch.setattr(module, "RETRY_S", RETRY_S)
    looks = itertools.count()
    clock = SimpleNamespace(monotonic=lambda: next(looks) * RETRY_S)
    monkeypatch.setattr(patience, "time", clock)
    for module in (stream, writer):
        monkeypatch.setattr(module, "STALE_S", 0.1)
    monkeypatch.setattr(writer, "WATCH_S", 0.02)
    monkeypatch.setattr(tail, "SILENCE_S", 0.1)


async def led(desk: NodeDesk) -> NodeDesk:
    """A primary with some batches, one of them in parts."""
    await desk.open()
    desk.stream.part_bytes = PART_BYTES
    await desk.lead()
    await desk.fill(2, 30, 1)
    return desk


async def same_everywhere(made: Made, *logs: CommandLog) -> list[int]:
    """A new node gets what each log holds; return the batches' sizes."""
    fresh = await made("fresh").open()
    await fresh.copy.catch_up()
    for log in logs:
        assert content(log) == content(fresh.log)
    sizes = [len(one.rows) for one in fresh.log.read()]
    await fresh.close()
    return sizes


async def started_again(made: Made, servers: StaleServers) -> None:
    """The primary's directory leads again, in its next epoch."""
    await (await led(made("a"))).close()
    again = await made("a").open()
    servers.before(again.stream)
    servers.on = True
    await again.lead()
    servers.on = False
    assert again.writer.epoch >= 2
    await again.fill(4)
    assert await same_everywhere(made, again.log) == [2, 30, 1, 4]
    await again.close()


async def appended(made: Made, servers: StaleServers, sizes: tuple[int, ...] = (3, 40)) -> None:
    """Batches of one and of several parts are told durable, once each, and the exchange goes on."""
    primary = await led(made("a"))
    servers.before(primary.stream)
    servers.on = True
    await primary.fill(*sizes)
    servers.on = False
    await primary.fill(1)
    assert not primary.heard or primary.heard[-1] is None
    assert await same_everywhere(made, primary.log) == [2, 30, 1, *sizes, 1]
    await primary.close()


async def in_doubt(made: Made, servers: StaleServers) -> None:
    """As before, where the first answer does not come in any case."""
    primary = await led(made("a"))
    servers.before(primary.stream)
    unheard = primary.stream.publish

    async def once_unheard(*args: object) -> int:
        primary.stream.publish = unheard  # type: ignore[method-assign]
        servers.on = False
        await unheard(*args)  # type: ignore[arg-type]
        servers.on = True
        raise writer.UnansweredError("no answer")

    primary.stream.publish = once_unheard  # type: ignore[method-assign,assignment]
    await primary.fill(40)
    servers.on = False
    await primary.fill(1)
    assert primary.heard[-1] is None
    assert await same_everywhere(made, primary.log) == [2, 30, 1, 40, 1]
    await primary.close()


async def idle(made: Made, servers: StaleServers) -> None:
    """A primary that only looks whether the stream is its own goes on being the primary."""
    primary = await led(made("a"))
    servers.before(primary.stream)
    end = await primary.stream.end()
    servers.on = True
    while servers.questions < 6:
        await asyncio.sleep(0.005)
    servers.on = False
    await primary.fill(1)
    assert await primary.stream.end() == end + 1
    await primary.close()


async def given_back(made: Made, servers: StaleServers) -> None:
    """The servers have lost all, and get it back from the primary's copy."""
    primary = await led(made("a"))
    servers.before(primary.stream)
    await primary.stream.client.jetstream().delete_stream(primary.stream.address.stream)
    other = await made("b").open()
    servers.on = True
    await primary.fill(5)
    servers.on = False
    await primary.fill(1)
    assert await same_everywhere(made, primary.log) == [2, 30, 1, 5, 1]
    await other.close()
    await primary.close()


async def taken_over(made: Made, servers: StaleServers) -> None:
    """A standby takes over while the old primary writes; what was told durable is in its log, once."""
    old = await led(made("a"))
    new = await made("b").open()
    servers.before(new.stream)
    told: list[Exception | None] = []

    async def write() -> None:
        while not told or told[-1] is None:
            told.extend(await old.append(batch(old.log.last_seq + 1, 2)))

    writing = asyncio.create_task(write())
    servers.on = True
    await new.lead(takeover=True)
    servers.on = False
    await writing
    await new.fill(7)
    sizes = await same_everywhere(made, new.log)
    assert sizes == [2, 30, 1, *[2] * (len(told) - 1), 7]
    await old.close()
    await new.close()


async def begun_with_a_log(made: Made, servers: StaleServers) -> None:
    """A log that was one file goes into a new stream."""
    primary = await made("a").open()
    fill(primary.log, 2, 30, 1)
    servers.before(primary.stream)
    servers.on = True
    await primary.lead()
    servers.on = False
    await primary.fill(1)
    assert await same_everywhere(made, primary.log) == [2, 30, 1, 1]
    await primary.close()


async def followed(made: Made, servers: StaleServers) -> None:
    """A follower gets all that is there, goes on, and begins again from its place."""
    primary = await led(made("a"))
    for sizes in ((3, 40), (5,)):
        follower = await made("b").open()
        follower.stream.part_bytes = PART_BYTES
        servers.before(follower.stream)
        servers.on = True
        following = asyncio.create_task(follower.copy.run())
        await primary.fill(*sizes)
        while follower.log.last_seq < primary.log.last_seq:
            assert not following.done(), following
            await asyncio.sleep(0.005)
        servers.on = False
        following.cancel()
        assert content(follower.log) == content(primary.log)
        await follower.close()
    await primary.close()


async def not_stolen(made: Made, servers: StaleServers) -> None:
    """A former primary that starts again finds out that it no longer is, whatever it is shown first."""
    await (await led(made("a"))).close()
    now = await made("b").open()
    await now.lead(takeover=True)
    await now.fill(1)
    end = await now.stream.end()
    former = await made("a").open()
    servers.before(former.stream)
    servers.on = True
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(primary, "STALE_S", 0.03)
        with pytest.raises(NotPrimaryError, match=now.copy.node.node):
            await claim(former.directory, former.copy, takeover=False)
    servers.on = False
    assert await now.stream.end() == end
    await now.fill(1)
    await former.close()
    await now.close()


@pytest.mark.parametrize(
    "operation",
    [
        started_again,
        appended,
        in_doubt,
        idle,
        given_back,
        taken_over,
        begun_with_a_log,
        followed,
        not_stolen,
    ],
    ids=lambda operation: operation.__name__,
)
def test_out_of_date_answers(operation: Operation, tmp_path: Path, nats: NatsServer) -> None:
    logs = 0

    async def one(spoilt: Spoilt | None) -> int:
        nonlocal logs
        logs += 1
        name = f"log{logs}"
        servers = StaleServers(spoilt)

        def made(desk: str) -> NodeDesk:
            return NodeDesk(tmp_path / name / desk, nats, name)

        try:
            async with asyncio.timeout(BOUND_S):
                await operation(made, servers)
        except BaseException as error:
            error.add_note(f"{operation.__name__}, {spoilt}")
            raise
        return servers.questions

    async def scenario() -> None:
        questions = await one(None)
        assert questions
        most = QUESTIONS if operation is not not_stolen else QUESTIONS // 2
        for spoilt in every(min(questions, most)):
            await one(spoilt)

    run(scenario())


def test_a_late_part_finds_no_other_writers_message(tmp_path: Path, nats: NatsServer) -> None:
    """A part whose predecessor never came is not taken behind what another node has written there."""

    async def scenario() -> None:
        old = await led(NodeDesk(tmp_path / "a", nats))
        end = await old.stream.end()
        late: list[Callable[[], Awaitable[object]]] = []
        true = old.stream.jetstream.publish

        async def hold(*args: object, **options: object) -> object:
            late.append(lambda: true(*args, **options))  # type: ignore[arg-type]
            raise TimeoutError

        old.stream.jetstream.publish = hold  # type: ignore[method-assign,assignment]
        told = old.handed(batch(old.log.last_seq + 1, 40))
        while len(late) < 2:
            await asyncio.sleep(0.005)
        new = await NodeDesk(tmp_path / "b", nats).open()
        await new.lead(takeover=True)
        for send in late:
            with pytest.raises(APIError, match="wrong last"):
                await send()
        assert await new.stream.end() == end + 1
        assert await told is not None
        await new.fill(1)
        await old.close()
        await new.close()

    run(scenario())
