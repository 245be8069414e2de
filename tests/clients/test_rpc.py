"""Answers find their requests, in any order, and results are taken in before later frames."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import msgspec
import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from clients.errors import ConnectionLost, InvalidParams, ProtocolError, RequestTimeout
from clients.rpc import RpcSession
from tests.clients.conftest import run


async def session_with(handler: Any, work: Any) -> list[tuple[str, Any]]:
    """Run ``work(session)`` against a server whose lines ``handler`` serves."""
    heard: list[tuple[str, Any]] = []

    def hear(channel: str, raw: msgspec.Raw) -> None:
        heard.append((channel, json.loads(bytes(raw))))

    async with serve(handler, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with connect(f"ws://127.0.0.1:{port}", proxy=None) as socket:
            session = RpcSession(socket, hear, timeout_s=2)
            reader = asyncio.create_task(session.read())
            try:
                await work(session, heard)
            finally:
                reader.cancel()
                await asyncio.gather(reader, return_exceptions=True)
    return heard


def test_answers_in_reverse_order_reach_their_requests() -> None:
    async def handler(line: ServerConnection) -> None:
        requests = [json.loads(await line.recv()) for _ in range(3)]
        for request in reversed(requests):
            body = {"id": request["id"], "result": request["method"]}
            await line.send(json.dumps(body))

    async def work(session: RpcSession, heard: Any) -> None:
        names = ["public/a", "public/b", "public/c"]
        answers = await asyncio.gather(*(session.request(name) for name in names))
        assert [json.loads(bytes(answer)) for answer in answers] == names

    run(lambda: session_with(handler, work))


def test_a_result_is_taken_in_before_the_next_frame() -> None:
    async def handler(line: ServerConnection) -> None:
        request = json.loads(await line.recv())
        note = {"method": "subscription", "params": {"channel": "c", "data": 2}}
        await line.send(json.dumps({"id": request["id"], "result": 1}))
        await line.send(json.dumps(note))
        await line.wait_closed()

    async def work(session: RpcSession, heard: list[tuple[str, Any]]) -> None:
        answer = await session.request(
            "public/x", on_answer=lambda raw: heard.append(("answer", json.loads(bytes(raw))))
        )
        assert bytes(answer) == b"1"
        while len(heard) < 2:
            await asyncio.sleep(0.005)
        assert heard == [("answer", 1), ("c", 2)]

    run(lambda: session_with(handler, work))


def test_errors_timeouts_and_ends_are_told_apart() -> None:
    async def handler(line: ServerConnection) -> None:
        request = json.loads(await line.recv())
        error = {"code": -32602, "message": "Invalid params", "data": {"param": "amount"}}
        await line.send(json.dumps({"id": request["id"], "error": error}))
        await line.recv()
        await line.recv()
        line.transport.abort()

    async def work(session: RpcSession, heard: Any) -> None:
        with pytest.raises(InvalidParams) as refused:
            await session.request("private/buy")
        assert refused.value.param == "amount"
        with pytest.raises(RequestTimeout):
            await session.request("public/slow", timeout_s=0.05)
        with pytest.raises(ConnectionLost):
            await session.request("public/cut")
        with pytest.raises(ConnectionLost):
            await session.request("public/after")
        assert session.lost

    run(lambda: session_with(handler, work))


def test_nonsense_on_the_line_is_a_protocol_error() -> None:
    async def handler(line: ServerConnection) -> None:
        await line.send("not json")
        await line.wait_closed()

    async def work() -> None:
        async with serve(handler, "127.0.0.1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            async with connect(f"ws://127.0.0.1:{port}", proxy=None) as socket:
                session = RpcSession(socket, lambda channel, raw: None, timeout_s=2)
                with pytest.raises(ProtocolError, match="not a JSON-RPC frame"):
                    await session.read()

    run(work)
