"""`cfx` lists every command, and loads for each only what it needs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from clients.cli import TRADERS, app
from exchange.cli import COMMANDS

KERNELS = {"llvmlite", "numba"}
FILES = {"matplotlib", "polars", "pyarrow"}
SERVERS = {"fastapi", "uvicorn", "uvloop"}
HEAVY = {*KERNELS, *FILES, *SERVERS, "httpx", "holidays", "numpy", "tomlkit", "websockets"}
"""What takes longer to load than all that typing a command needs."""

TELL = """
import json, sys
from clients.cli import app
try:
    app(json.loads(sys.argv[1]))
finally:
    print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def loaded(checkout: Path, *words: str) -> set[str]:
    """The top packages that a process holds after a command."""
    done = subprocess.run(
        [sys.executable, "-c", TELL, json.dumps(words)],
        cwd=checkout,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    ("words", "needed"),
    [
        ("", set()),
        ("keys list", set()),
        ("promote", set()),
        ("serve", set()),
        ("follow", set()),
        ("verify", set()),
        ("statement", set()),
        ("demo", {"websockets"}),
        ("log status", {"numpy"}),
        ("admin mark", {"httpx"}),
        ("bot", {"numpy", "websockets", "holidays"}),
        ("index compute", {"numpy", "holidays"}),
        ("contracts list", {"numpy", "holidays"}),
        ("margin calibrate", {"numpy", "holidays", "tomlkit"}),
        ("economy run", {"numpy", "holidays", "tomlkit"}),
    ],
)
def test_help_loads_only_what_its_command_needs(
    words: str, needed: set[str], checkout: Path
) -> None:
    assert loaded(checkout, *words.split(), "--help") & HEAVY <= needed


def test_commands_that_match_nothing_run_without_kernels(tmp_path: Path, checkout: Path) -> None:
    (tmp_path / "commands.db").touch()
    where = ["--data-dir", str(tmp_path)]
    assert loaded(checkout, "keys", "add", "alice", *where) & HEAVY == set()
    assert loaded(checkout, "keys", "list", *where) & HEAVY == set()
    assert loaded(checkout, "promote", *where) & HEAVY == set()
    (tmp_path / "key.json").write_text('{"client_id": "a", "client_secret": "b"}')
    admin = ["--url", "http://127.0.0.1:9", "--key", str(tmp_path / "key.json")]
    assert loaded(checkout, "admin", *admin, "status") & (KERNELS | FILES | SERVERS) == set()
    assert loaded(checkout, "contracts", "list") & (KERNELS | FILES | SERVERS) == set()


def test_every_command_is_listed_as_it_explains_itself() -> None:
    everything = {**TRADERS, **COMMANDS}
    shown = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200"})
    assert [name for name, each in everything.items() if each.help not in shown.output] == []
    for each in TRADERS.values():
        assert each.resolve().help == each.help
