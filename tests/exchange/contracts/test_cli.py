"""`cfx contracts` as its user meets it."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from exchange.contracts.cli import app

SPECS = resources.files("exchange.contracts.specs")


def run(*arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, list(arguments))


def test_list_names_every_family() -> None:
    result = run("list")
    assert result.exit_code == 0
    for family in ("GPU1", "GPU2", "HPR", "BKL", "H100Q", "B200Q", "GPU1-HPR", "H100MEAN"):
        assert family in result.output


def test_show_lists_what_a_date_has() -> None:
    result = run("show", "GPU1", "--at", "2028-02-15", "--months", "2", "--price", "3.00")
    assert result.exit_code == 0
    assert "GPU1-29FEB28" in result.output
    assert "GPU1-31MAR28" in result.output
    assert "GPU1-28APR28" not in result.output
    assert "2028-02-21 Washington's Birthday" in result.output


def test_show_has_the_rule_book_s_months_at_most() -> None:
    result = run("show", "H100Q", "--at", "2026-11-21", "--months", "100")
    assert result.output.count("H100Q-3") == 3


def test_show_explains_a_family_that_there_is_not() -> None:
    result = run("show", "GPUX")
    assert result.exit_code == 1
    assert "did you mean GPU" in result.output


def test_check_says_sound_or_all_that_is_wrong(tmp_path: Path) -> None:
    text = (SPECS / "gpu1-fs.toml").read_text(encoding="utf-8")
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    sound = run("check", str(path))
    assert (sound.exit_code, "sound" in sound.output) == (0, True)
    path.write_text(
        text.replace("band_usd = 0.20", "band_usd = 0.123").replace('["GPU1"]', '["GPU1", "GPU2"]'),
        encoding="utf-8",
    )
    wrong = run("check", str(path))
    assert wrong.exit_code == 1
    for part in (
        "limits.band_usd: 0.123 is not a multiple of the tick",
        "spread.legs",
        "2 problems",
    ):
        assert part in wrong.output


@pytest.mark.parametrize("option", [(), ("--at", "2027-03-01")])
def test_a_family_of_one_s_own_is_shown(tmp_path: Path, option: tuple[str, ...]) -> None:
    path = tmp_path / "mine.toml"
    text = (SPECS / "hpr.toml").read_text(encoding="utf-8")
    path.write_text(text.replace('family = "HPR"', 'family = "MINE"'), encoding="utf-8")
    result = run("show", "MINE", "--contract", str(path), *option)
    assert result.exit_code == 0
    assert "MINE-" in result.output
