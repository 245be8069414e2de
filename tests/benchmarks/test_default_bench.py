"""The benchmark of defaults: all who should default do, nobody stays in default, the laws hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import default_bench, machine


def test_three_in_ten_default_and_all_of_them_end() -> None:
    found = default_bench.liquidate(100, seed=2)
    assert (found.accounts, found.defaulted, found.sound) == (100, 30, True)
    assert found.fills > 0
    assert found.deleveraged > 0
    assert 0 < found.slowest_seconds <= found.seconds


def test_every_holder_of_the_side_is_ranked() -> None:
    assert default_bench.rank(40, seed=2).holders == 40


def test_the_figures_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(machine, "save", lambda name, found: write(tmp_path / name, found))
    default_bench.main(["--accounts", "40", "--holders", "20"])
    written = json.loads((tmp_path / "default").read_text(encoding="utf-8"))
    assert written["liquidated"]["defaulted"] == 12
    assert "ranking 20 holders" in capsys.readouterr().out


def write(path: Path, found: object) -> Path:
    path.write_text(json.dumps(found), encoding="utf-8")
    return path
