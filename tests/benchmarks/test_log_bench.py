"""The benchmark of the log: what was due is in the log, none is told early, every mode has its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import log_bench, machine


def test_every_mode_and_rate_has_its_figures(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(machine, "RESULTS", tmp_path)
    log_bench.main(["--seconds", "0.2", "--rate", "500"])
    kept = json.loads((tmp_path / "log.json").read_text())
    assert kept["disk_syncs_per_s"] > 0
    modes = {"fsync", "os", "none"}
    assert {line["durability"] for line in kept["throughput"]} == modes
    assert {line["durability"] for line in kept["latency"]} == modes
    for line in kept["latency"]:
        assert (line["rate_per_s"], line["commands"]) == (500, 100)
        assert 0 < line["p50_us"] <= line["p99_us"] <= line["max_us"]
    assert "from due to durable" in capsys.readouterr().out
    assert list(tmp_path.glob("log-*")) == []
