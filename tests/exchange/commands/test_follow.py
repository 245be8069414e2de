"""`cfx follow` refuses what cannot be, and says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from exchange.cli import app
from exchange.following import standby_role
from exchange.log.store import CommandLog


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["follow", "--role", "marketdata"], "no log here"),
        (["follow", "--role", "standby"], "nothing was served from here yet"),
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


def test_what_a_standby_would_serve_with_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "served.json").write_text('{"data_dir": 5}')
    outcome = CliRunner().invoke(app, ["follow", "--role", "standby", "--data-dir", str(tmp_path)])
    assert outcome.exit_code == 1
    assert "`cfx serve` writes it anew" in outcome.output.replace("\n", " ")


def test_a_fault_of_the_software_is_not_told_as_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(*_: object, **__: object) -> None:
        raise ValueError("no user can mend this")

    monkeypatch.setattr(standby_role.served, "read", wrong)
    outcome = CliRunner().invoke(app, ["follow", "--role", "standby", "--data-dir", str(tmp_path)])
    assert isinstance(outcome.exception, ValueError)


def test_a_standby_elsewhere_takes_over_only_when_told(tmp_path: Path) -> None:
    words = ["follow", "--role", "standby", "--automatic", "--log", "nats://127.0.0.1:9/venue"]
    outcome = CliRunner().invoke(app, [*words, "--data-dir", str(tmp_path)])
    assert outcome.exit_code == 1
    assert "cfx promote" in outcome.output
