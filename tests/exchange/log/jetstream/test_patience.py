"""Asking again: from the first failure on, for so long, and anew once all was well."""

from __future__ import annotations

import asyncio

import pytest

from exchange.log.jetstream import patience
from exchange.log.jetstream.patience import Patience
from tests.exchange.log.jetstream.desk import run


def test_the_time_runs_from_the_first_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "RETRY_S", 0.0)

    async def scenario() -> None:
        short = Patience(0.05)
        await asyncio.sleep(0.1)
        assert not short.is_over
        for _ in range(3):
            await short.wait(LookupError("nothing"))
        await asyncio.sleep(0.1)
        with pytest.raises(LookupError, match="nothing"):
            await short.wait(LookupError("nothing"))
        assert short.is_over
        short.renew()
        assert not short.is_over
        await short.wait(LookupError("once more"))

    run(scenario())
