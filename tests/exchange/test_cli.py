"""What the catalogue says of the exchange's commands is what they say themselves."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from exchange.cli import COMMANDS, app


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_as_it_is_listed(name: str) -> None:
    assert COMMANDS[name].resolve().help == COMMANDS[name].help
    shown = CliRunner().invoke(app, [name, "--help"])
    assert shown.exit_code == 0
    assert len(shown.output) > 100


def test_all_are_listed() -> None:
    shown = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200"})
    assert [name for name in COMMANDS if COMMANDS[name].help not in shown.output] == []
