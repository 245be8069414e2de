"""The matching benchmark end to end, on small mixes."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks import kernel_costs, machine, matching_bench, order_memory
from benchmarks.children import Failed
from benchmarks.engines.port import Engine, Verbs
from benchmarks.matching_bench import Bench
from benchmarks.mixes import FUTURES, STORM, generate

SMALL = FUTURES._replace(live=500)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Two small mixes, no engine from outside, results beside the test."""
    monkeypatch.setattr(matching_bench, "MIXES", (SMALL, STORM._replace(live=500)))
    monkeypatch.setattr(matching_bench, "installed", lambda: ([], ["absent-book"]))
    monkeypatch.setattr(machine, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(kernel_costs, "CALLS", 500)
    monkeypatch.setattr(order_memory, "ORDERS", 10_000)


def test_a_run_prints_and_keeps_every_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    given = ["matching", "--quick", "--messages", "25000", "--rounds", "1", "--budget", "0.05"]
    assert command.main(given) == 0
    printed = capsys.readouterr().out
    assert "kernel, batches of 1,000" in printed
    assert "not installed: absent-book" in printed
    assert "futures: ≥ 0.9 × the C++ book" in printed
    kept = json.loads((tmp_path / "results" / "matching.json").read_text())
    assert set(kept["mixes"]) == {"futures", "storm"}
    for mix in kept["mixes"].values():
        lines = [line for line in mix["lines"] if "failure" not in line]
        assert len(lines) >= 3
        assert {line["stream"] for line in lines} == {"same"}
    assert set(kept["machine"]) >= {"cpu", "python", "numba", "time"}


def test_an_engine_that_hung_is_not_run_again(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []

    def never() -> Verbs:
        opened.append(1)
        time.sleep(30)
        raise AssertionError

    monkeypatch.setattr(matching_bench, "TIMEOUT_S", 0.2)
    flow = generate(SMALL, 500, seed=1)
    arguments = argparse.Namespace(messages=500, rounds=1, budget=0.1, seed=1, quick=False)
    bench = Bench(arguments, [])
    first = bench.peer(Engine("slow", never), flow, SMALL)
    again = bench.peer(Engine("slow", never), flow, STORM)
    assert isinstance(first, Failed)
    assert first.startswith("hangs")
    assert again == Failed("not run: hung on futures")


def test_an_unknown_benchmark_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["no-such"]) == 2
    assert "matching" in capsys.readouterr().err
    assert command.main(["--help"]) == 0
