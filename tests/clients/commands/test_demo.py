"""What `cfx demo` refuses before it starts anything; tests/clients/test_demo.py runs it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from clients.cli import app


@pytest.mark.parametrize(
    "words", [["--bots", "0"], ["--bots", "201"], ["--port", "70000"], ["--days-per-minute", "-1"]]
)
def test_an_option_out_of_bounds_starts_nothing(words: list[str], tmp_path: Path) -> None:
    refused = CliRunner().invoke(app, ["demo", *words, "--data-dir", str(tmp_path)])
    assert refused.exit_code == 2
    assert not list(tmp_path.iterdir())
