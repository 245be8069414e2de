"""What an operator is told when the servers of a log cannot be used."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from exchange.log.jetstream import address, connection
from exchange.log.jetstream.address import LogServerError
from exchange.log.jetstream.connection import connect
from tests.cluster import nats_server
from tests.cluster.nats_server import NatsServer
from tests.exchange.log.jetstream.desk import run


async def refused(where: str, monkeypatch: pytest.MonkeyPatch, bound_s: float = 1.0) -> str:
    monkeypatch.setattr(connection, "CONNECT_S", bound_s)
    with pytest.raises(LogServerError) as raised:
        await connect(address.parse(where), "test")
    return str(raised.value)


def test_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    async def scenario() -> None:
        told = await refused(f"nats://127.0.0.1:{port}/venue", monkeypatch)
        assert told.startswith(f"nats://127.0.0.1:{port}/venue: no NATS server lets us in")
        assert "nats-server -js" in told

    run(scenario())


def test_a_server_without_jetstream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(server: NatsServer) -> None:
        assert "without JetStream" in await refused(server.address(), monkeypatch, 10.0)

    for server in nats_server.running(tmp_path / "plain", jetstream=False):
        run(scenario(server))


def test_wrong_credentials_are_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(server: NatsServer) -> None:
        told = await refused(f"nats://me:hush@{server.hostport}/venue", monkeypatch, 3.0)
        assert "refuses this client" in told
        assert "hush" not in told
        client = await connect(address.parse(f"nats://me:right@{server.hostport}/venue"), "test")
        await client.close()

    for server in nats_server.running(tmp_path / "locked", "--user", "me", "--pass", "right"):
        run(scenario(server))


def test_an_old_server(nats: NatsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        monkeypatch.setattr(connection, "OLDEST_SERVER", (99, 0))
        assert "needs 99.0 or later" in await refused(nats.address(), monkeypatch, 10.0)

    run(scenario())
