"""`cfx keys` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from exchange.cli import app
from exchange.log.store import CommandLog

runner = CliRunner()


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
