"""The benchmark of implied depth on a small family: what it builds, and that it runs as called."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import implied_depth_bench, machine


def test_the_family_is_linked_and_implies_on_both_sides() -> None:
    market, names = implied_depth_bench.linked(4, 5, 3)
    assert names == ["M0", "M1", "M2", "M3", "M0-M1", "M1-M2", "M2-M3", "M0-M2", "M1-M3"]
    assert all(market.implied_levels(number, side, 1) for number in range(9) for side in (0, 1))


def test_it_measures_answers_and_windows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(machine, "save", lambda name, record: tmp_path / name)
    sizes = ["--months", "3", "--spreads", "2", "--levels", "2", "--windows", "2", "--rounds", "1"]
    implied_depth_bench.main(sizes)
    shown = capsys.readouterr().out
    assert "window, all books, ms" in shown
    assert "3 months and 2 spreads" in shown
