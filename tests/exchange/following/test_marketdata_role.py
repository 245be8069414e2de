"""The market-data node as a process writes where it serves, and ends when it is stopped."""

from __future__ import annotations

import json
from pathlib import Path

from exchange.following import marketdata_role
from exchange.log.store import CommandLog
from tests.exchange.following.stopped import stopping_at


def test_it_tells_and_writes_its_address(tmp_path: Path) -> None:
    CommandLog(tmp_path, writable=True).close()
    told, ready = list[str](), tmp_path / "ready.json"
    hear = stopping_at("market data ws://127.0.0.1:", told)
    marketdata_role.run(tmp_path, None, "127.0.0.1", 0, ready, hear)
    address = json.loads(ready.read_bytes())["marketdata"]
    assert told[1].startswith(f"market data {address}, how it is: http")
    assert told[-1] == "stopped"
