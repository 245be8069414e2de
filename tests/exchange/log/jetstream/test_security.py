"""Encrypted connections and logins, on real servers: who gets in, what the others are told, what nobody is."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.log import opening
from exchange.log.jetstream import connection
from exchange.log.jetstream.address import LogServerError
from tests.cluster import credentials, nats_server
from tests.cluster.certificates import Authority
from tests.cluster.nats_server import NatsServer
from tests.exchange.log.batches import batch
from tests.exchange.log.jetstream.desk import TIMEOUT_S, run

PASSWORD = "open-sesame"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "certificates", "authority")


@pytest.fixture
def encrypted(tmp_path: Path, authority: Authority) -> Iterator[NatsServer]:
    """A server that encrypts, and wants a password."""
    certificate, key = authority.issue("server")
    yield from nats_server.running(
        tmp_path / "nats",
        *("--tls", "--tlscert", str(certificate), "--tlskey", str(key)),
        *("--user", "node", "--pass", PASSWORD),
    )


async def written(directory: Path, where: str) -> str:
    """Write a batch as the primary of a log, and return what the status says of its address."""
    log = await opening.primary(directory, where, "os")
    log.writer.start(lambda news: None)
    told: list[Exception | None] = []
    log.writer.append(batch(log.reader.last_seq + 1), told.append)
    await log.writer.stop()
    log.reader.close()
    assert told == [None]
    return str(log.about()["log"])


def refused(directory: Path, where: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return why a log is not opened."""
    monkeypatch.setattr(connection, "CONNECT_S", 2.0)

    async def scenario() -> str:
        with pytest.raises(LogServerError) as raised:
            await opening.primary(directory, where, "os")
        return str(raised.value)

    return asyncio.run(asyncio.wait_for(scenario(), TIMEOUT_S))


def test_a_log_behind_tls_and_a_password(
    tmp_path: Path,
    encrypted: NatsServer,
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    host, ca = encrypted.hostport, f"?ca={authority.ca}"
    told: list[str] = []

    async def scenario() -> None:
        told.append(
            await written(tmp_path / "a", f"tls://node:{PASSWORD}@{host}/venue{ca}"),
        )
        # An address without tls:// is as encrypted, since a certificate's authority is named.
        told.append(await written(tmp_path / "a", f"nats://node:{PASSWORD}@{host}/venue{ca}"))

    run(scenario())
    assert told == [f"tls://{host}/venue", f"nats://{host}/venue"]
    wrong = "open-sesami"
    stranger = Authority(tmp_path / "certificates", "stranger")
    for where, reason in (
        (f"tls://node:{wrong}@{host}/venue{ca}", "the server refuses this client"),
        (f"tls://{host}/venue{ca}", "the server refuses this client"),
        (f"tls://node:{PASSWORD}@{host}/venue", "certificate is not trusted"),
        (f"tls://node:{PASSWORD}@{host}/venue?ca={stranger.ca}", "certificate is not trusted"),
        # Its certificate is 127.0.0.1's.
        (
            f"tls://node:{PASSWORD}@localhost:{encrypted.port}/venue{ca}",
            "certificate is not trusted",
        ),
        (f"tls://{host}/venue?ca={encrypted.directory / 'server.log'}", "holds no certificate"),
    ):
        text = refused(tmp_path / "b", where, monkeypatch)
        assert reason in text, (where, text)
        told.append(text)
    spoken = "\n".join([*told, caplog.text, encrypted.output])
    assert PASSWORD not in spoken
    assert wrong not in spoken


def test_a_password_is_never_said_in_the_clear(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, authority: Authority
) -> None:
    for server in nats_server.running(tmp_path / "plain", "-DV"):
        for where in (
            f"tls://node:{PASSWORD}@{server.hostport}/venue",
            f"nats://node:{PASSWORD}@{server.hostport}/venue?ca={authority.ca}",
        ):
            assert "the server does not encrypt" in refused(tmp_path / "b", where, monkeypatch)
        # The server writes down whatever it is told.
        assert "Client connection created" in server.output
        assert "CONNECT {" not in server.output


def test_a_server_that_wants_certificates_of_its_clients(
    tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = authority.issue("server")
    own, own_key = authority.issue("node")
    options = (
        "--tlsverify",
        "--tlscert",
        certificate,
        "--tlskey",
        key,
        "--tlscacert",
        authority.ca,
    )
    for server in nats_server.running(tmp_path / "nats", *map(str, options)):
        base = f"tls://{server.hostport}/venue?ca={authority.ca}"
        told: list[str] = []

        async def scenario(where: str, told: list[str]) -> None:
            told.append(await written(tmp_path / "a", where))

        run(scenario(f"{base}&cert={own}&key={own_key}", told))
        assert told == [f"tls://{server.hostport}/venue"]
        assert "?cert=FILE&key=FILE" in refused(tmp_path / "b", base, monkeypatch)
        mixed = f"{base}&cert={own}&key={key}"
        assert "are no certificate and its private key" in refused(
            tmp_path / "b", mixed, monkeypatch
        )


def test_credentials_of_a_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    configuration, creds, seed = credentials.issue(tmp_path / "own")
    _, other, other_seed = credentials.issue(tmp_path / "other")
    garbage = tmp_path / "garbage.creds"
    garbage.write_text("-----BEGIN NATS USER JWT-----\n")
    for server in nats_server.running(tmp_path / "nats", "-c", str(configuration)):
        where = f"nats://{server.hostport}/venue"
        told: list[str] = []

        async def scenario(where: str, told: list[str]) -> None:
            told.append(await written(tmp_path / "a", where))

        run(scenario(f"{where}?creds={creds}", told))
        assert told == [where]
        for option, reason in (
            (f"?creds={other}", "the server refuses this client"),
            ("", "the server refuses this client"),
            (f"?creds={garbage}", "is no NATS credentials file"),
        ):
            told.append(refused(tmp_path / "b", where + option, monkeypatch))
            assert reason in told[-1], told[-1]
        spoken = "\n".join([*told, caplog.text, server.output])
        assert seed not in spoken
        assert other_seed not in spoken
