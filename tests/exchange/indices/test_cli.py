"""`cfx index`, as a user runs it."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from exchange.indices.cli import app
from exchange.indices.observations import Line
from tests.exchange.indices.rental_market import market


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})


@pytest.fixture(scope="module")
def prices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of lists and deals of October 2025, with some dirt."""
    path = tmp_path_factory.mktemp("prices") / "prices.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["time", "price", "gpu_hours", *Line._fields])
        for row in market(31, 8, 1):
            moment = datetime.fromtimestamp(row.ts_ns / 1e9, UTC).isoformat()
            hours = row.gpu_hours or ""
            terms = [value or "" for value in Line.of(row)]
            writer.writerow([moment, row.price_micros / 1e6, hours, *terms])
        writer.writerow(["2025-10-05", "cheap", "", "H100", "p01", *[""] * 10])
        writer.writerow(["2199-10-05", "2.5", "", "H100", "p01", *[""] * 10])
    return path


def test_computes_prints_gap_providers_and_coefficients(prices: Path, tmp_path: Path) -> None:
    audit, picture = tmp_path / "a.zip", tmp_path / "p.svg"
    done = run("compute", str(prices), "--audit", str(audit), "--plot", str(picture))
    assert done.exit_code == 0, done.output
    for told in (
        "992 observations of H100; 2 rows were not used",
        "'cheap' is not a number",
        "is in the future",
        "h100_usd",
        "h100_tx_usd",
        "Gap: h100_usd over h100_tx_usd",
        "2025-10",
        "the mean without each",
        "deal.listed",
    ):
        assert told in done.output
    checked = run("audit", str(audit))
    assert checked.exit_code == 0
    assert "equal" in checked.output
    assert picture.read_text(encoding="utf-8").count("<svg") == 1


def test_days_and_indices_are_chosen(prices: Path) -> None:
    done = run(
        "compute",
        str(prices),
        "--index",
        "h100_tx_usd",
        "--from",
        "2025-10-10",
        "--to",
        "2025-10-12",
    )
    assert done.exit_code == 0
    assert "2025-10-10" in done.output
    assert "h100_usd" not in done.output


def test_an_index_of_ones_own(prices: Path, tmp_path: Path) -> None:
    from tests.exchange.indices.rental_market import methodology

    path = tmp_path / "mine.toml"
    path.write_text(methodology("h100_usd").text.replace('"h100_usd"', '"mine"'), encoding="utf-8")
    done = run("compute", str(prices), "--index", str(path))
    assert done.exit_code == 0
    assert "mine" in done.output


def test_measures_an_attack_on_each_index(prices: Path) -> None:
    done = run("attack", str(prices), "--provider", "p02")
    assert done.exit_code == 0, done.output
    assert "h100_usd" in done.output
    assert "h100_tx_usd" in done.output
    assert "lists" in done.output
    assert "rentals" in done.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("compute", "no.csv"), "No such file"),
        (("compute", "FILE", "--index", "nope"), "no index nope; there are"),
        (("compute", "FILE", "--index", "h100_usd", "--index", "h100_usd"), "named twice"),
        (("compute", "FILE", "--index", "no.toml"), "No such file"),
        (("compute", "FILE", "--underlying", "Z9"), "no index of Z9"),
        (("compute", "FILE", "--from", "soon"), "is no day"),
        (("compute", "FILE", "--column", "price"), "is not FIELD=COLUMN"),
        (("compute", "FILE", "--column", "price=cost"), "no column cost"),
        (("audit", "FILE"), "not an audit file"),
        (("attack", "FILE", "--provider", "nobody"), "has no observation"),
        (("attack", "FILE", "--provider", "p01", "--move", "0"), "--move is 0"),
        (("attack", "FILE", "--provider", "p01", "--month", "7"), "is no month"),
    ],
)
def test_what_is_wrong_is_said(arguments: tuple[str, ...], told: str, prices: Path) -> None:
    done = run(*(str(prices) if each == "FILE" else each for each in arguments))
    assert done.exit_code != 0
    assert told in " ".join(done.output.split())


def test_a_changed_audit_file_is_told(prices: Path, tmp_path: Path) -> None:
    import zipfile

    audit = tmp_path / "a.zip"
    run("compute", str(prices), "--index", "h100_tx_usd", "--audit", str(audit))
    with zipfile.ZipFile(audit) as old, zipfile.ZipFile(tmp_path / "b.zip", "w") as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(name, text.replace(b"share = 0.05", b"share = 0.25"))
    done = run("audit", str(tmp_path / "b.zip"))
    assert done.exit_code == 1
    assert "step winsor differs" in done.output
