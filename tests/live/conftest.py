"""Exchanges in processes of their own, with a bound on everything that is waited for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.live.running import RunningExchange

ACCOUNTS = ("alice", "bob", "carol", "poor:100")

Serve = Callable[..., RunningExchange]


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningExchange]:
    """One running exchange a module; it must stop cleanly and have told no secret at the end."""
    data_dir = tmp_path_factory.mktemp("exchange") / "venue"
    accounts = [word for name in ACCOUNTS for word in ("--account", name)]
    running = RunningExchange(data_dir, *accounts)
    try:
        running.wait_ready()
        secrets = [key["client_secret"] for key in running.keys.values()]
        yield running
        assert running.stop() == 0, running.output
    finally:
        running.kill()
    output = running.output
    assert "stopped at command" in output
    assert "Traceback" not in output, output
    for secret in secrets:
        assert secret not in output
    assert "authorization:" not in output.lower()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start exchanges: ``serve(*options, data_dir=…)``; those still running at the end are killed."""
    started: list[RunningExchange] = []

    def start(
        *options: str, data_dir: Path | None = None, environment: Mapping[str, str] | None = None
    ) -> RunningExchange:
        running = RunningExchange(data_dir or tmp_path / "venue", *options, environment=environment)
        started.append(running)
        return running

    try:
        yield start
    finally:
        for running in started:
            running.kill()
