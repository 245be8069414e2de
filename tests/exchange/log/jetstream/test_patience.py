"""Asking again: from the first failure on, for so long, and anew once all was well."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from exchange.log.jetstream import patience
from exchange.log.jetstream.patience import Patience
from tests.exchange.log.jetstream.desk import run


def test_the_time_runs_from_the_first_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "RETRY_S", 0.0)

    async def scenario() -> None:
        short = Patience(0.05)
        await asyncio.sleep(0.1)
        assert await short.lasts()
        await asyncio.sleep(0.1)
        assert not await short.lasts()
        with pytest.raises(LookupError, match="nothing"):
            await short.wait(LookupError("nothing"))
        short.renew()
        await short.wait(LookupError("once more"))
        assert await short.lasts()

    run(scenario())


def test_the_time_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked twice, it could run out between the two answers, and nobody would expect that."""
    looks = iter(range(100))
    monkeypatch.setattr(patience, "RETRY_S", 0.0)
    monkeypatch.setattr(patience, "time", SimpleNamespace(monotonic=lambda: next(looks)))

    async def scenario() -> None:
        short = Patience(3)
        assert [await short.lasts() for _ in range(5)] == [True, True, True, False, False]

    run(scenario())
