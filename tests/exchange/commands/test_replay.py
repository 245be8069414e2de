"""`cfx replay` as it is typed."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from exchange.cli import app
from exchange.log.store import CommandLog

runner = CliRunner()


def test_a_directory_without_a_log_says_what_to_do(tmp_path: Path) -> None:
    refused = runner.invoke(app, ["replay", "--data-dir", str(tmp_path)])
    assert refused.exit_code == 1
    assert "cfx serve" in refused.output


def test_replay_prints_the_same_digest_each_time(tmp_path: Path) -> None:
    CommandLog(tmp_path, writable=True).close()
    outputs = {runner.invoke(app, ["replay", "--data-dir", str(tmp_path)]).stdout for _ in range(2)}
    assert len(outputs) == 1
    assert "commands 0" in outputs.pop()
