"""`cfx verify` as it is typed; what it finds is tests/exchange/test_audit.py."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from exchange.cli import app
from exchange.log.store import CommandLog

runner = CliRunner()


def test_a_directory_without_a_log_says_what_to_do(tmp_path: Path) -> None:
    refused = runner.invoke(app, ["verify", "--data-dir", str(tmp_path)])
    assert refused.exit_code == 1
    assert "cfx serve" in refused.output


def test_a_sound_log_passes(tmp_path: Path) -> None:
    CommandLog(tmp_path, writable=True).close()
    done = runner.invoke(app, ["verify", "--data-dir", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "yes" in done.output
    assert "no " not in done.output.split()
