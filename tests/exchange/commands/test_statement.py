"""`cfx statement` on a log of three days."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from exchange.cli import app
from tests.exchange.statements.story import whole
from tests.exchange.statements.test_replaying import logged

runner = CliRunner(env={"COLUMNS": "120"})


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """The directory of an exchange that ran for three days."""
    logged(tmp_path, whole()).close()
    return tmp_path


def test_a_day_is_shown_to_the_last_digit(data_dir: Path) -> None:
    shown = runner.invoke(
        app, ["statement", "alice", "--day", "2026-11-24", "--data-dir", str(data_dir)]
    )
    assert shown.exit_code == 0, shown.output
    rows = [
        [cell.strip() for cell in line.strip("│┃").split("│")] for line in shown.output.splitlines()
    ]
    amounts = {row[0]: row[-1] for row in rows if len(row) == 4}
    assert "alice · 2026-11-24" in shown.output
    cents = {
        name: int(amount.replace(",", "").replace(".", ""))
        for name, amount in amounts.items()
        if "." in amount
    }
    moved = sum(cents[name] for name in ("deposit", "move", "correction", "variation"))
    assert cents["opening balance"] + moved == cents["closing balance"]
    assert amounts["move"] == "-1,000.000000"
    assert amounts["H100-PERPETUAL"] == "-600.000000"


def test_without_a_day_it_is_the_running_one(data_dir: Path) -> None:
    shown = runner.invoke(app, ["statement", "alice", "--data-dir", str(data_dir)])
    assert "2026-11-26" in shown.output
    assert "7.000000" in shown.output


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["mallory"], 1, "mallory"),
        (["alice", "--day", "someday"], 2, "write 2026-12-31"),
        (["alice", "--day", "2026-11-22"], 2, "2026-11-23"),
    ],
)
def test_what_is_not_there_is_said(
    data_dir: Path, arguments: list[str], status: int, said: str
) -> None:
    shown = runner.invoke(app, ["statement", *arguments, "--data-dir", str(data_dir)])
    assert shown.exit_code == status
    assert said in shown.output
