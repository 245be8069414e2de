"""The benchmark of a log on several machines: every row is there, and a copy is never early."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import cluster_bench, machine
from tests.cluster import nats_server


def test_file_and_stream_stand_side_by_side(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nats_server.found()
    monkeypatch.setattr(machine, "RESULTS", tmp_path)
    monkeypatch.setattr(cluster_bench, "MODES", ("os",))
    cluster_bench.main(["--seconds", "0.2", "--rate", "500", "--no-takeover"])
    kept = json.loads((tmp_path / "cluster.json").read_text())
    plain, stream = kept["open_loop"]
    assert (plain["log"], stream["log"]) == ("file", "JetStream")
    for line in (plain, stream):
        assert line["commands"] == 100
        assert 0 < line["p50_us"] <= line["p99_us"]
    assert 0 < stream["lag_us"][0] <= stream["lag_us"][1]
    assert "follower's copy" in capsys.readouterr().out
