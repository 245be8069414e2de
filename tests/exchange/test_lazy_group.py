"""A group imports the command that is typed, and nothing for its list of commands."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from exchange.lazy_group import Deferred, lazy_group

ONE = """
import typer

def greet(name: str, loud: bool = False) -> None:
    '''Greet somebody.'''
    typer.echo(f"hello {name}{'!' if loud else ''}")
"""
MANY = """
import typer

app = typer.Typer(no_args_is_help=True, help="Count things.")

@app.command()
def up(to: int = 3) -> None:
    '''Count up.'''
    typer.echo(" ".join(map(str, range(1, to + 1))))

@app.command()
def down() -> None:
    '''Count down.'''
    typer.echo("3 2 1")
"""


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    """An app of two modules that nothing has imported."""
    monkeypatch.syspath_prepend(tmp_path)
    for name, text in {"lazily_one": ONE, "lazily_many": MANY}.items():
        (tmp_path / f"{name}.py").write_text(text)
        monkeypatch.delitem(sys.modules, name, raising=False)
    commands = {
        "count": Deferred("lazily_many:app", "Count things."),
        "greet": Deferred("lazily_one:greet", "Greet somebody."),
    }
    made = typer.Typer(no_args_is_help=True, cls=lazy_group(commands))

    @made.callback()
    def root() -> None:
        """Two commands."""

    return made


def read() -> set[str]:
    return {name for name in sys.modules if name.startswith("lazily_")}


@pytest.mark.parametrize("words", [[], ["--help"], ["nothing"], ["--nothing"]])
def test_a_list_of_commands_imports_none(app: typer.Typer, words: list[str]) -> None:
    shown = CliRunner().invoke(app, words)
    assert read() == set()
    if words == ["--help"]:
        assert shown.output.index("Count things.") < shown.output.index("Greet somebody.")


def test_what_is_typed_runs_and_is_all_that_is_imported(app: typer.Typer) -> None:
    assert CliRunner().invoke(app, ["greet", "bob", "--loud"]).output == "hello bob!\n"
    assert read() == {"lazily_one"}
    assert CliRunner().invoke(app, ["count", "up", "--to", "2"]).output == "1 2\n"
    assert CliRunner().invoke(app, ["count", "down"]).output == "3 2 1\n"


def test_help_of_one_is_its_own(app: typer.Typer) -> None:
    shown = CliRunner().invoke(app, ["count", "--help"])
    assert shown.exit_code == 0
    assert "Count down." in shown.output
    assert "Usage: root count " in shown.output
    of_one = CliRunner().invoke(app, ["greet", "--help"]).output
    assert "--loud" in of_one
    assert "--install-completion" not in of_one


def test_a_wrong_name_is_met_with_the_nearest(app: typer.Typer) -> None:
    refused = CliRunner().invoke(app, ["cuont"])
    assert refused.exit_code == 2
    assert "Did you mean 'count'?" in refused.output.replace("\n", " ")


@pytest.mark.parametrize(("typed", "offered"), [("", "count"), ("count ", "down")])
def test_a_shell_completes_names(app: typer.Typer, typed: str, offered: str) -> None:
    environment = {
        "_ROOT_COMPLETE": "complete_bash",
        "COMP_WORDS": f"root {typed}",
        "COMP_CWORD": str(1 + typed.count(" ")),
    }
    shown = CliRunner().invoke(app, [], env=environment, prog_name="root")
    assert offered in shown.output.split()
    assert read() == ({"lazily_many"} if typed else set())
