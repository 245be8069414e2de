"""The standby as a process begins with what the exchange is served with, and what is changed of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from exchange import served
from exchange.config import Settings
from exchange.following import promotion, standby_role
from exchange.log.store import CommandLog
from exchange.served import ServedError
from tests.exchange.following.stopped import stopping_at


def test_it_serves_as_the_exchange_does_but_for_the_changes(tmp_path: Path) -> None:
    served.keep(Settings(data_dir=tmp_path, port=8123, seed=7, durability="os"))
    found = asyncio.run(standby_role._settings(tmp_path, None, {"port": 0}))
    assert (found.port, found.seed, found.durability) == (0, 7, "os")


def test_it_stands_by_until_it_is_stopped(tmp_path: Path) -> None:
    CommandLog(tmp_path, writable=True).close()
    served.keep(Settings(data_dir=tmp_path, port=0, marketdata_port=0))
    told: list[str] = []
    hear = stopping_at("how it is: http", told)
    standby_role.run(tmp_path, None, {}, hear, automatic=False, port=0, ready_file=None)
    assert any("how it is: http" in line for line in told)
    assert not promotion.is_standing_by(tmp_path)


def test_settings_that_are_damaged_are_the_users_to_mend(tmp_path: Path) -> None:
    (tmp_path / served.SERVED_NAME).write_text("[]")
    with pytest.raises(ServedError, match="writes it anew"):
        asyncio.run(standby_role._settings(tmp_path, None, {}))
