"""`cfx follow` and `cfx promote` refuse what cannot be, and say what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from exchange.cli import app
from exchange.log.store import CommandLog


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["follow", "--role", "marketdata"], "no log here"),
        (["follow", "--role", "standby"], "nothing was served from here yet"),
        (["promote"], "no standby follows"),
    ],
)
def test_a_directory_without_what_is_needed(words: list[str], told: str, tmp_path: Path) -> None:
    outcome = CliRunner().invoke(app, [*words, "--data-dir", str(tmp_path)])
    assert outcome.exit_code == 1
    assert told in outcome.output.replace("\n", " ")


def test_beyond_this_machine_only_if_meant(tmp_path: Path) -> None:
    CommandLog(tmp_path, writable=True).close()
    words = ["follow", "--role", "marketdata", "--host", "0.0.0.0", "--data-dir", str(tmp_path)]
    outcome = CliRunner().invoke(app, words)
    assert outcome.exit_code == 2
    assert "--allow-remote" in outcome.output
