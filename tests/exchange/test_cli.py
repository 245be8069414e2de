"""The exchange's commands as typed, without a running server; tests/live runs them beside one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from exchange.cli import app
from exchange.log.store import CommandLog

runner = CliRunner()


@pytest.mark.parametrize("command", ["serve", "replay", "verify", "statement", "keys", "admin"])
def test_every_command_explains_itself(command: str) -> None:
    shown = runner.invoke(app, [command, "--help"])
    assert shown.exit_code == 0
    assert len(shown.output) > 100


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A directory in which an exchange has run."""
    CommandLog(tmp_path, writable=True).close()
    return tmp_path


def test_keys_of_no_exchange_are_not_made(tmp_path: Path) -> None:
    refused = runner.invoke(app, ["keys", "add", "alice", "--data-dir", str(tmp_path)])
    assert refused.exit_code == 1
    assert "cfx serve" in refused.output
    assert not list(tmp_path.iterdir())


def test_keys_are_added_shown_once_listed_and_revoked(data_dir: Path) -> None:
    where = ["--data-dir", str(data_dir)]
    words = ["keys", "add", "alice", *where, "--scope", "trade:read", "--label", "[bot] two"]
    made = runner.invoke(app, words)
    key = json.loads(made.stdout)
    assert key["client_id"]
    listed = runner.invoke(app, ["keys", "list", *where]).output
    assert "[bot]" in listed
    assert key["client_id"] in listed
    assert "trade:read" in listed
    assert key["client_secret"] not in listed
    gone = runner.invoke(app, ["keys", "revoke", key["client_id"], *where])
    assert gone.exit_code == 0
    assert "revoked" in runner.invoke(app, ["keys", "list", *where]).output
    again = runner.invoke(app, ["keys", "revoke", key["client_id"], *where])
    assert again.exit_code == 1
    assert "cfx keys list" in again.output


def test_a_scope_that_does_not_exist_is_named(data_dir: Path) -> None:
    refused = runner.invoke(
        app, ["keys", "add", "alice", "--data-dir", str(data_dir), "--scope", "trade:everything"]
    )
    assert refused.exit_code == 1
    assert "trade:everything" in refused.output


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


@pytest.mark.parametrize("command", ["replay", "verify"])
def test_a_directory_without_a_log_says_what_to_do(command: str, tmp_path: Path) -> None:
    refused = runner.invoke(app, [command, "--data-dir", str(tmp_path)])
    assert refused.exit_code == 1
    assert "cfx serve" in refused.output


def test_replay_prints_the_same_digest_each_time(tmp_path: Path) -> None:
    CommandLog(tmp_path, writable=True).close()
    outputs = {runner.invoke(app, ["replay", "--data-dir", str(tmp_path)]).stdout for _ in range(2)}
    assert len(outputs) == 1
    assert "commands 0" in outputs.pop()
