"""`cfx migrate` as it is typed."""

from __future__ import annotations

import shutil
from pathlib import Path

from typer.testing import CliRunner

from exchange.cli import app
from exchange.log.terms import LOG_NAME
from tests.golden.make import COMMANDS, HERE


def cfx(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "300"})
    return done.exit_code, done.output


def test_migrate(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir()
    shutil.copy(HERE / "rules-2" / LOG_NAME, old)
    status, text = cfx("replay", "--data-dir", str(old))
    assert (status, "cfx migrate" in text) == (1, True)
    status, text = cfx("migrate", str(old), str(tmp_path / "new"))
    assert (status, f"{COMMANDS} commands" in text) == (0, True), text
    status, text = cfx("replay", "--data-dir", str(tmp_path / "new"))
    assert (status, f"commands {COMMANDS}" in text) == (0, True)
    status, text = cfx("migrate", str(tmp_path / "new"), str(tmp_path / "newer"))
    assert (status, "serve it as it is" in text) == (1, True)
