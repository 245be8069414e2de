"""The benchmark of starting: the first start says why it takes long and leaves a cache, the next finds it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import machine, processes, startup_bench


def test_the_first_start_tells_and_a_warm_one_follows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(machine, "RESULTS", tmp_path)
    monkeypatch.setattr(startup_bench, "IMPORTS", ("exchange.core.layout",))
    compiled: list[int] = []
    measured = startup_bench.start

    def counting(folder: Path, environment: dict[str, str]) -> tuple[float, str]:
        outcome = measured(folder, environment)
        compiled.append(len(list(Path(environment["XDG_CACHE_HOME"]).rglob("*.nbc"))))
        return outcome

    monkeypatch.setattr(startup_bench, "start", counting)
    startup_bench.main(["--warm", "1"])
    kept = json.loads((tmp_path / "startup.json").read_text())
    assert kept["told"]
    assert kept["first_s"] > 0
    assert len(kept["warm_s"]) == 1
    assert set(kept["imports_s"]) == {"exchange.core.layout"}
    assert "told what it waits for" in capsys.readouterr().out
    assert compiled[0] > 0, "the first start kept no kernel in the cache that it was given"
    assert compiled[1] == compiled[0], "the warm start compiled again"


def test_an_exchange_that_cannot_start_says_why(tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError, match=r"(?s)did not start.*--account"),
        processes.exchange(tmp_path, ["--account", "no:deposit"]),
    ):
        pass
