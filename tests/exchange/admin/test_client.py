"""The client of the operator's calls, against a real gateway and against what is none."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from exchange.admin.client import CallLost, CallRefused, KeyMissing, OperatorClient, read_key
from exchange.gateway.keys import Credentials
from tests.exchange.gateway.live import Live, Runner

KEY = Credentials("id", "secret")


def test_a_key_is_what_keys_add_prints(tmp_path: Path) -> None:
    path = tmp_path / "operator.json"
    path.write_bytes(msgspec.json.encode(KEY._asdict()))
    assert read_key(path) == KEY


@pytest.mark.parametrize("content", [b"", b"[]", b'{"client_id": 3}', b"\xff", b"{}"])
def test_other_files_are_no_key(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "operator.json"
    with pytest.raises(KeyMissing, match=r"operator\.json"):
        read_key(path)
    path.write_bytes(content)
    with pytest.raises(KeyMissing, match="cfx keys add"):
        read_key(path)
    with pytest.raises(KeyMissing, match="read"):
        read_key(tmp_path)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "127.0.0.1", "ftp://127.0.0.1", "http://["])
def test_where_nobody_answers_nothing_was_sent(url: str) -> None:
    with pytest.raises(CallLost) as raised:
        OperatorClient(url, KEY).call("operator/status", {})
    assert not raised.value.sent


def test_calls_are_answered_or_refused_with_the_exchanges_words(live_venue: Runner) -> None:
    async def scenario(running: Live) -> None:
        made = running.keys.create("olivia", ("operator:read",), created_ns=1)
        client = OperatorClient(f"{running.http_url}/", made)
        result = await asyncio.to_thread(client.call, "operator/status", {})
        assert result["venue"]["ready"]
        stranger = OperatorClient(running.http_url, KEY)
        for caller, method, code, word in (
            (stranger, "operator/status", 13004, "invalid_credentials"),
            (client, "operator/nothing", -32601, "operator/nothing"),
            (client, "operator/transfer", -32602, "reason"),
        ):
            with pytest.raises(CallRefused) as raised:
                await asyncio.to_thread(caller.call, method, {"account": "alice", "amount": 1})
            assert raised.value.code == code
            assert word in str(raised.value)

    live_venue(scenario)


def test_a_server_that_says_nothing_or_nonsense_may_have_acted() -> None:
    async def scenario() -> None:
        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        async def chatty(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
            await writer.drain()
            writer.close()

        for talk, word in ((silent, "did not come"), (chatty, "HTTP 200")):
            async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
                port = server.sockets[0].getsockname()[1]
                client = OperatorClient(f"http://127.0.0.1:{port}", KEY, timeout_s=0.3)
                with pytest.raises(CallLost, match=word) as raised:
                    await asyncio.to_thread(client.call, "operator/status", {})
                assert raised.value.sent

    asyncio.run(asyncio.wait_for(scenario(), 60))
