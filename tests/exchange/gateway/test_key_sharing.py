"""Keys of several nodes: joined, revoked everywhere, and unreadable on the servers between."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.gateway.key_sharing import KEYS, SECRET_NAME, KeySharing, SecretError, secret
from exchange.gateway.keys import KEYS_NAME, KeyStore
from exchange.log.jetstream.bucket import LogBucket
from tests.cluster import nats_server
from tests.cluster.nats_server import NatsServer
from tests.exchange.log.jetstream.desk import run, stream_of


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[NatsServer]:
    """A server with an empty storage."""
    yield from nats_server.running(tmp_path / "nats")


def test_keys_made_and_revoked_anywhere_are_so_everywhere(tmp_path: Path, nats: NatsServer) -> None:
    async def scenario() -> None:
        stream = await stream_of(nats)
        stores = [KeyStore(tmp_path / name / KEYS_NAME) for name in "ab"]
        one, other = (KeySharing(store, LogBucket(stream), store.path.parent) for store in stores)
        ann = stores[0].create("ann", created_ns=1)
        await one.join()
        with pytest.raises(SecretError, match="copy it from the primary"):
            await other.join()
        assert stores[1].rows() == []
        path = tmp_path / "a" / SECRET_NAME
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        (tmp_path / "b" / SECRET_NAME).write_bytes(path.read_bytes())
        bob = stores[1].create("bob", created_ns=2)
        await other.join()
        found = stores[1].find(ann.client_id)
        assert found is not None
        assert found.client_secret == ann.client_secret
        await one.join()
        assert stores[0].rows() == stores[1].rows()
        assert stores[0].find(bob.client_id) is not None
        assert stores[1].revoke(ann.client_id, revoked_ns=3)
        await other.join()
        await one.join()
        assert stores[0].find(ann.client_id) is None
        assert stores[0].rows() == stores[1].rows()
        # A node that still has the key's secret does not bring it back.
        await other.join()
        assert stores[1].find(ann.client_id) is None
        shared = await LogBucket(stream).get(KEYS)
        for hidden in (*ann, *bob, "ann", "bob"):
            assert hidden.encode() not in shared.value
        for store in stores:
            store.close()
        await stream.close()

    run(scenario())


def test_another_secret_opens_nothing(tmp_path: Path, nats: NatsServer) -> None:
    async def scenario() -> None:
        stream = await stream_of(nats)
        stores = [KeyStore(tmp_path / name / KEYS_NAME) for name in "ab"]
        stores[0].create("ann", created_ns=1)
        await KeySharing(stores[0], LogBucket(stream), tmp_path / "a").join()
        before = await LogBucket(stream).get(KEYS)
        secret(tmp_path / "b", create=True)
        stores[1].create("eve", created_ns=1)
        with pytest.raises(SecretError, match="not what the log's keys are sealed with"):
            await KeySharing(stores[1], LogBucket(stream), tmp_path / "b").join()
        assert await LogBucket(stream).get(KEYS) == before
        (tmp_path / "b" / SECRET_NAME).write_text("nonsense")
        with pytest.raises(SecretError, match="holds no secret"):
            secret(tmp_path / "b", create=True)
        for store in stores:
            store.close()
        await stream.close()

    run(scenario())
