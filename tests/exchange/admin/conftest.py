"""The counter of the operators, beside a live venue."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from exchange.admin.app import out
from tests.exchange.admin.counter import Counter
from tests.exchange.gateway.live import Live, Runner, run

Scenario = Callable[[Counter], Coroutine[Any, Any, None]]


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that no cell of a table is wrapped or cut short."""
    monkeypatch.setattr(out, "width", 160)


@pytest.fixture
def live_venue(tmp_path: Path) -> Runner:
    """Call it with a scenario."""
    return partial(run, tmp_path)


@pytest.fixture
def at_counter(tmp_path: Path) -> Callable[[Scenario], None]:
    """Run a scenario against a new venue, within bounded time."""

    def start(scenario: Scenario) -> None:
        async def whole(running: Live) -> None:
            await scenario(Counter(running, tmp_path))

        run(tmp_path, whole)

    return start
