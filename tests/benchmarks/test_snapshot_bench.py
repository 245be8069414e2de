"""The benchmark of snapshots: both ways are taken and timed beside an idle loop."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import machine, recovery_bench, snapshot_bench


def test_all_three_are_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(machine, "RESULTS", tmp_path)
    monkeypatch.setattr(recovery_bench, "ACCOUNTS", 200)
    monkeypatch.setattr(recovery_bench, "INSTRUMENTS", 2)
    monkeypatch.setattr(snapshot_bench, "IDLE_S", 0.1)
    snapshot_bench.main(["--commands", "20000"])
    kept = json.loads((tmp_path / "snapshot.json").read_text())
    assert kept["bytes"] > 100_000
    idle, on_loop, by_process = kept["waits"]
    assert idle["beats"] > 0
    assert by_process["beats"] > on_loop["beats"]
    assert on_loop["processor_ms"] > 0
    assert "taken by a process" in capsys.readouterr().out
