"""`cfx economy` as a user types it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from clients.economy.cli import SCENARIOS, app, scenario
from clients.economy.parameters import DEFAULT
from clients.economy.shocks import ShockError
from exchange.indices.reading import read

RUN = CliRunner()


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """Parameters with few agents."""
    text = DEFAULT.read_text(encoding="utf-8")
    for before, after in (
        ("customers = 2000", "customers = 200"),
        ("warm_up_days = 120", "warm_up_days = 10"),
        ("providers = 134", "providers = 20"),
        ("providers = 60", "providers = 10"),
    ):
        assert before in text
        text = text.replace(before, after)
    path = tmp_path / "tiny.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_run_shows_the_market_and_writes_what_was_observed(tiny: Path, tmp_path: Path) -> None:
    written = tmp_path / "days.csv"
    done = RUN.invoke(
        app,
        ["run", "--days", "5", "--parameters", str(tiny), "--out", str(written)],
        env={"COLUMNS": "120"},
    )
    assert done.exit_code == 0, done.output
    for word in ("H100", "broad", "executed", "gap", "months ahead"):
        assert word in done.output
    assert len({row.ts_ns // (86_400 * 10**9) for row in read(written).rows}) == 5


@pytest.mark.parametrize("name", sorted(path.stem for path in SCENARIOS.glob("*.toml")))
def test_every_shipped_scenario_can_be_lived_through(tiny: Path, name: str) -> None:
    done = RUN.invoke(app, ["run", "--days", "62", "--parameters", str(tiny), "--shocks", name])
    assert done.exit_code == 0, done.output
    assert "Shocks" in done.output
    assert len(scenario(name)) >= 1


def test_calibrate_writes_parameters_and_page(tiny: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- calibration: begin -->\n<!-- calibration: end -->\n")
    written = tmp_path / "found.toml"
    arguments = ["--rounds", "1", "--days", "30", "--seeds", "1", "--parameters", str(tiny)]
    done = RUN.invoke(app, ["calibrate", *arguments, "--write", str(written), "--page", str(page)])
    assert done.exit_code == 0, done.output
    assert written.read_text() != tiny.read_text()
    assert "| level, $/GPU-h | H100 | 2.60 |" in page.read_text()
    again = RUN.invoke(app, ["run", "--days", "2", "--parameters", str(written)])
    assert again.exit_code == 0, again.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--underlying", "Z1"], "there are A100"),
        (["--shocks", "nothing"], "no shipped scenario; there are cancellation"),
        (["--out", "days.xlsx"], "ends in .csv or .parquet"),
        (["--parameters", "missing.toml"], "missing.toml: No such file"),
        (["--out", "no/such/folder/days.csv"], "name a file that can be read or written"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(arguments: list[str], said: str) -> None:
    done = RUN.invoke(app, ["run", "--days", "2", *arguments], env={"COLUMNS": "200"})
    assert done.exit_code == 1
    assert said in done.stderr
    assert done.stdout == ""


def test_an_unknown_scenario_raises() -> None:
    with pytest.raises(ShockError):
        scenario("no-such")
