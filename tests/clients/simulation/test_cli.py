from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from clients.simulation.cli import app


def test_a_study_prints_every_algorithm() -> None:
    done = CliRunner().invoke(
        app, ["matching", "--seeds", "1", "--seconds", "3"], env={"COLUMNS": "140"}
    )
    assert done.exit_code == 0, done.output
    for word in ("price-time", "pro-rata", "fifo-top", "batch-auction", "spread, ticks"):
        assert word in done.output


def test_a_picture_that_cannot_be_written_is_refused_before_anything_runs(tmp_path: Path) -> None:
    for path in (tmp_path / "a.txt", tmp_path / "none" / "a.svg"):
        done = CliRunner().invoke(app, ["matching", "--plot", str(path)])
        assert done.exit_code == 2
