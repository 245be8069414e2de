"""The table of the matching benchmark, on a small flow."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks import machine, matching_bench
from benchmarks.engines.port import Engine


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One small workload, no engine from outside, results beside the test."""
    workload = matching_bench.Workload("a", 500, 20.0)
    monkeypatch.setattr(matching_bench, "WORKLOADS", (workload,))
    monkeypatch.setattr(matching_bench, "installed", lambda: ([], ["absent-book"]))
    monkeypatch.setattr(machine, "RESULTS", tmp_path / "results")


def test_a_run_prints_and_keeps_every_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert command.main(["matching", "--messages", "4000", "--runs", "1"]) == 0
    printed = capsys.readouterr().out
    assert "kernel, batches of 1,000" in printed
    assert "not installed: absent-book" in printed
    kept = json.loads((tmp_path / "results" / "matching.json").read_text())
    assert [line["trades"] for line in kept["a"]] == ["same"] * 4
    assert set(kept["machine"]) >= {"cpu", "python", "numba", "time"}


def test_an_engine_too_slow_to_load_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    flow = matching_bench.generate(500, 500, distance_ticks=20.0, seed=1)

    def never() -> None:
        raise AssertionError("was opened")

    line = matching_bench.peer(Engine("slow", 10, never), flow, 1.0)  # type: ignore[arg-type]
    assert line.figures is None
    assert line.failure.startswith("not run")


def test_an_unknown_benchmark_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["no-such"]) == 2
    assert "matching" in capsys.readouterr().err
    assert command.main(["--help"]) == 0
