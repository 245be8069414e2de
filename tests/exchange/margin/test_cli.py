"""``cfx margin`` as typed: tables, written parameters that are used again, and errors that say what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from exchange.cli import app
from exchange.indices import default
from exchange.margin import parameters

runner = CliRunner()
AT = ("--at", "2026-10-03T12:00")


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    """A file of 170 to 183 daily prices of three chips."""
    path = tmp_path / "prices.csv"
    default.write_csv(default.generate(), path)
    return path


def margin(*words: object) -> Result:
    return runner.invoke(app, ["margin", *map(str, words)], env={"COLUMNS": "160"})


@pytest.mark.parametrize("command", ["calibrate", "scenarios"])
def test_every_command_explains_itself(command: str) -> None:
    shown = margin(command, "--help")
    assert shown.exit_code == 0
    assert len(shown.output) > 300


def test_a_calibration_is_printed_tested_and_written(prices: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    done = margin("calibrate", prices, "--out", mine)
    assert done.exit_code == 0, done.output
    for word in ("Scan ranges", "Kupiec LR", "passed", "generation.move", "H100", "365"):
        assert word in done.output
    found, shipped = parameters.load(mine), parameters.shipped()
    assert 0.02 < found.scan["H100"].at(0) < 0.20
    assert found.scan["H100"] != shipped.scan["H100"]
    assert found.scan["H200"] == shipped.scan["H200"]
    assert f"{found.scan['H100'].at(0):.2%}" in done.output
    assert f"-> {found.generation.move:.2%}" in done.output
    assert found.calibration == shipped.calibration
    rate = f"+{found.scan['H100'].at(0):.2%}".rstrip("%")
    assert rate in margin("scenarios", "H100", "--parameters", mine, *AT).output


def test_options_are_taken_and_kept_in_what_is_written(prices: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    options = (
        "--confidence 0.95 --horizon-days 5 --horizon-rule overlapping --measure value_at_risk"
    )
    done = margin("calibrate", prices, *options.split(), "--product", "B200=B200", "--out", mine)
    assert "Value at risk at 95.00% over 5 days (overlapping)" in done.output
    terms = parameters.load(mine).calibration
    assert (terms.confidence, terms.horizon_days, terms.horizon_rule, terms.measure) == (
        0.95,
        5.0,
        "overlapping",
        "value_at_risk",
    )
    assert parameters.load(mine).scan["H100"] == parameters.shipped().scan["H100"]
    assert "generation.move stays 10.00%" in done.output


def test_a_second_index_calibrates_the_basis(prices: Path, tmp_path: Path) -> None:
    other, mine = tmp_path / "other.csv", tmp_path / "mine.toml"
    default.write_csv(default.generate(seed=2), other)
    done = margin("calibrate", prices, "--transaction", other, "--out", mine)
    assert done.exit_code == 0, done.output
    assert f"basis.move  8.00% -> {parameters.load(mine).basis.move:.2%}" in done.output


def test_the_shared_panel_is_read_by_its_own_columns(shared_data: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    panel = shared_data / "gpu_prices.csv.gz"
    done = margin("calibrate", panel, "--product", "H100-SXM=H100", "--out", mine)
    assert done.exit_code == 0, done.output
    assert "Kupiec LR" in done.output
    assert parameters.load(mine).scan["H100"] != parameters.shipped().scan["H100"]
    noisy = margin("calibrate", panel)
    assert "left out: A100-80GB" in noisy.output
    assert "--where" in noisy.output


def test_all_listed_contracts_are_shown() -> None:
    done = margin("scenarios", "--all", *AT)
    assert done.exit_code == 0, done.output
    names = [f"GPU1-{day}" for day in ("30OCT26", "30NOV26", "31DEC26", "29JAN27", "26FEB27")]
    for word in (*names, "H100-PERPETUAL", "generation: newer up", "squeeze", "-6.91", "+20.00"):
        assert word in done.output
    one = margin("scenarios", "GPU1-31DEC26", *AT)
    assert "GPU1-31DEC26" in one.output
    assert "GPU1-30OCT26" not in one.output


def test_spreads_and_binaries_have_no_scenarios_of_their_own() -> None:
    every = margin("scenarios", "--all", *AT)
    for family in ("GPU1-FS", "H100MEAN"):
        assert family not in every.output
        one = margin("scenarios", family, *AT)
        assert one.exit_code == 1
        assert "moves as its legs do" in one.output


def test_a_users_own_family_is_shown_at_its_own_margin(tmp_path: Path) -> None:
    path = tmp_path / "mi.toml"
    shipped = Path(parameters.__file__).parent.parent / "contracts" / "specs" / "gpu1.toml"
    text = shipped.read_text(encoding="utf-8").replace("GPU1", "MI3").replace('"H100"', '"MI300"')
    path.write_text(text.replace("initial = 0.20", "initial = 0.31"), encoding="utf-8")
    done = margin("scenarios", "MI3", "--contract", path, *AT)
    assert done.exit_code == 0, done.output
    assert "+31.00" in done.output


@pytest.mark.parametrize(
    ("words", "status", "reason"),
    [
        (("calibrate", "no.csv"), 1, "No such file"),
        (("calibrate", "PRICES", "--confidence", "1.2"), 2, "--confidence"),
        (("calibrate", "PRICES", "--horizon-rule", "cube"), 2, "--horizon-rule"),
        (("calibrate", "PRICES", "--column", "cost=x"), 2, "time|price|provider|underlying=..."),
        (("calibrate", "PRICES", "--where", "kind"), 2, "COLUMN=..."),
        (("calibrate", "PRICES", "--where", "kind=spot"), 1, "no column kind"),
        (("calibrate", "PRICES", "--product", "H300=H100"), 1, "no index H300"),
        (("calibrate", "PRICES", "--confidence", "0.999"), 1, "at least 1000"),
        (("calibrate", "PRICES", "--parameters", "no.toml"), 1, "No such file"),
        (
            ("calibrate", "PRICES", "--product", "H100=X", "--product", "B200=X"),
            1,
            "two indices are to calibrate X",
        ),
        (("calibrate", "PRICES", "--out", "/no/where.toml"), 1, "No such file"),
        (("scenarios",), 2, "--all"),
        (("scenarios", "GPU1", "--all"), 2, "--all"),
        (("scenarios", "GPU9"), 1, "listed are B200-PERPETUAL"),
        (("scenarios", "GPU1", "--at", "soon"), 2, "ISO 8601"),
        (("scenarios", "GPU1", "--contract", "no.toml"), 1, "No such file"),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_reason(
    words: tuple[str, ...], status: int, reason: str, prices: Path
) -> None:
    done = margin(*(prices if word == "PRICES" else word for word in words))
    assert done.exit_code == status
    assert reason in done.output
    assert "Traceback" not in done.output


def test_a_refused_calibration_leaves_the_file_as_it_was(prices: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text("former", encoding="utf-8")
    assert margin("calibrate", prices, "--confidence", "0.999", "--out", mine).exit_code == 1
    assert mine.read_text(encoding="utf-8") == "former"
