"""The benchmark of recovery: what it recovers is the day that it made, from snapshots and without."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import machine, recovery_bench


def test_a_small_day_is_recovered_both_ways(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(machine, "RESULTS", tmp_path)
    monkeypatch.setattr(recovery_bench, "ACCOUNTS", 200)
    monkeypatch.setattr(recovery_bench, "INSTRUMENTS", 2)
    recovery_bench.main(["--commands", "20000", "--snapshots", "10000"])
    kept = json.loads((tmp_path / "recovery.json").read_text())
    every, tail = kept["recoveries"]
    assert every["same"]
    assert tail["same"]
    assert every["commands"] == kept["day"]["commands"] >= 20_000
    assert tail["commands"] == kept["day"]["commands"] - kept["day"]["snapshot_seqs"][-1]
    assert 0 < tail["commands"] < every["commands"]
    assert "µs a command" in capsys.readouterr().out
    assert list(tmp_path.glob("recovery-*")) == []
