"""A server, exchanges and followers for each test; what still runs at the end is killed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cluster import nats_server
from tests.cluster.nats_server import NatsServer
from tests.live.following import RunningFollower
from tests.live.running import RunningExchange

Serve = Callable[..., RunningExchange]
Follow = Callable[..., RunningFollower]


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[NatsServer]:
    """A server with an empty storage."""
    yield from nats_server.running(tmp_path / "nats")


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start exchanges: ``serve(data_dir, *options)``."""
    started: list[RunningExchange] = []

    def start(data_dir: Path, *options: str) -> RunningExchange:
        started.append(RunningExchange(data_dir, *options))
        return started[-1]

    try:
        yield start
    finally:
        for running in started:
            running.kill()


@pytest.fixture
def follow() -> Iterator[Follow]:
    """Start followers: ``follow(data_dir, role, *options)``."""
    started: list[RunningFollower] = []

    def start(data_dir: Path, role: str, *options: str) -> RunningFollower:
        started.append(RunningFollower(data_dir, role, *options))
        return started[-1]

    try:
        yield start
    finally:
        for running in started:
            running.kill()
