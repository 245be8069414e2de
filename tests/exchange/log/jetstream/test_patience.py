"""Asking again: from the first failure on, for so long, and anew once all was well."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from exchange.log.jetstream import patience
from exchange.log.jetstream.patience import Patience
from tests.exchange.log.jetstream.desk import run


def test_the_time_runs_from_the_first_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 100.0
    monkeypatch.setattr(patience, "RETRY_S", 0.0)
    monkeypatch.setattr(patience, "time", SimpleNamespace(monotonic=lambda: now_s))

    async def scenario() -> None:
        nonlocal now_s
        short = Patience(5.0)
        now_s += 10
        assert await short.lasts()
        now_s += 4
        assert await short.lasts()
        now_s += 1
        assert not await short.lasts()
        with pytest.raises(LookupError, match="nothing"):
            await short.wait(LookupError("nothing"))
        short.renew()
        await short.wait(LookupError("once more"))
        now_s += 4
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
