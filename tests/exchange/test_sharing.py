"""What nodes share beside their log, and that its absence is said once."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.config import AccountSetting, Settings
from exchange.gateway.key_sharing import SECRET_NAME
from exchange.gateway.keys import KEYS_NAME, KeyStore
from exchange.log.jetstream.address import LogServerError
from exchange.sharing import Sharing
from tests.cluster import nats_server
from tests.cluster.nats_server import NatsServer
from tests.exchange.log.jetstream.desk import run, stream_of


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[NatsServer]:
    """A server with an empty storage."""
    yield from nats_server.running(tmp_path / "nats")


def test_settings_and_keys_reach_another_node(
    tmp_path: Path, nats: NatsServer, caplog: pytest.LogCaptureFixture
) -> None:
    where = nats.address().replace("nats://", "nats://user:hush@")

    async def scenario() -> None:
        with pytest.raises(LogServerError, match="there is no stream"):
            await Sharing.open(tmp_path / "a", where)
        await (await stream_of(nats)).close()
        primary = await Sharing.open(tmp_path / "a", where)
        standby = await Sharing.open(tmp_path / "b", where)
        assert await standby.given() is None
        settings = Settings(
            data_dir=tmp_path / "a",
            log=where,
            families=("GPU1",),
            accounts=(AccountSetting("ann"),),
        )
        await primary.give(settings)
        found = await standby.given()
        assert found is not None
        assert (found.families, found.accounts, found.log) == (("GPU1",), settings.accounts, None)
        store = KeyStore(tmp_path / "a" / KEYS_NAME)
        made = store.create("ann", created_ns=1)
        await primary.join()
        with caplog.at_level(logging.WARNING):
            await standby.join()
            await standby.join()
        assert [SECRET_NAME in record.message for record in caplog.records] == [True]
        (tmp_path / "b" / SECRET_NAME).write_bytes((tmp_path / "a" / SECRET_NAME).read_bytes())
        await standby.join()
        copied = KeyStore(tmp_path / "b" / KEYS_NAME)
        assert copied.find(made.client_id) is not None
        assert "hush" not in caplog.text
        for one in (store, copied):
            one.close()
        await primary.close()
        await standby.close()

    run(scenario())
