"""A server for each test that asks for one, and little patience."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.log.jetstream import connection, primary, stream, writer
from tests.cluster import nats_server
from tests.cluster.nats_server import NatsServer

STALE_S = 0.3


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[NatsServer]:
    """A server with an empty storage."""
    yield from nats_server.running(tmp_path / "nats")


@pytest.fixture(autouse=True)
def soon_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """One server has no election: what it says is true at once."""
    for module in (connection, primary, stream, writer):
        monkeypatch.setattr(module, "STALE_S", STALE_S)
