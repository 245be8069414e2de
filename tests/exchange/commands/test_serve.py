"""What `cfx serve` refuses before it makes anything; tests/live runs it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from exchange.cli import app

runner = CliRunner()


def test_an_address_beyond_this_machine_needs_the_flag(tmp_path: Path) -> None:
    refused = runner.invoke(app, ["serve", "--host", "0.0.0.0", "--data-dir", str(tmp_path)])
    assert refused.exit_code == 2
    assert "--allow-remote" in refused.output
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "account", ["", "a b", "alice:", "alice:-5", "alice:1e9", "a" * 33, "alice:10000000000", "é"]
)
def test_a_wrong_account_is_refused_with_its_reason(account: str, tmp_path: Path) -> None:
    refused = runner.invoke(app, ["serve", "--account", account, "--data-dir", str(tmp_path)])
    assert refused.exit_code == 2
    assert "account" in refused.output
    assert not list(tmp_path.iterdir())


def test_an_account_given_twice_is_refused(tmp_path: Path) -> None:
    words = ["serve", "--account", "bob", "--account", "bob:5", "--data-dir", str(tmp_path)]
    refused = runner.invoke(app, words)
    assert refused.exit_code == 2
    assert "twice" in refused.output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--durability", "none"], "fsync"),
        (["--ephemeral", "--log", "nats://127.0.0.1:9/venue"], "leave out --log"),
    ],
)
def test_options_that_do_not_go_together(words: list[str], told: str, tmp_path: Path) -> None:
    refused = runner.invoke(app, ["serve", *words, "--data-dir", str(tmp_path)])
    assert refused.exit_code == 2
    assert told in refused.output
    assert not list(tmp_path.iterdir())
