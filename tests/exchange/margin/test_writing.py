"""Written parameters: calibrated values in, everything else as it was, sound and whole."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec

from exchange.margin import parameters, writing
from exchange.margin.parameters import ScanCurve

TEXT = parameters.shipped_text()
SHIPPED = parameters.shipped()
CURVE = ScanCurve(days=(0, 45.5), ranges=(0.1234, 0.1))


def written(**options: object) -> str:
    given = {
        "calibration": SHIPPED.calibration,
        "scan": {},
        "generation_move": None,
        "basis_move": None,
        "source": "prices.csv, 2026-10-05",
    } | options
    return writing.calibrated_text(TEXT, **given)  # type: ignore[arg-type]


def test_nothing_calibrated_is_nothing_changed() -> None:
    assert written() == TEXT


def test_calibrated_values_are_read_back_and_the_rest_stays() -> None:
    terms = msgspec.structs.replace(SHIPPED.calibration, confidence=0.995, measure="value_at_risk")
    text = written(
        calibration=terms,
        scan={"H100": CURVE, "NEW-X": CURVE},
        generation_move=0.07,
        basis_move=0.03,
    )
    found = parameters.parse(text, "x")
    assert found == msgspec.structs.replace(
        SHIPPED,
        calibration=terms,
        scan=SHIPPED.scan | {"H100": CURVE, "NEW-X": CURVE},
        generation=msgspec.structs.replace(SHIPPED.generation, move=0.07),
        basis=msgspec.structs.replace(SHIPPED.basis, move=0.03),
    )


def test_each_calibrated_line_says_what_it_comes_from_and_is_no_default_any_more() -> None:
    lines = written(scan={"H100": CURVE}, generation_move=0.07, source="a\nb = 1").splitlines()
    changed = [line for line in lines if line not in TEXT.splitlines()]
    assert [line.split(" = ")[0] for line in changed] == ["move", "days", "ranges"]
    assert all("# calibrated: a b = 1" in line for line in changed if "days" not in line)
    assert not any("default" in line for line in changed)
    kept = [line for line in TEXT.splitlines() if "#" in line and "two products" not in line]
    assert set(kept) <= set(lines)


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("old", encoding="utf-8")
    writing.write(path, written(scan={"H100": CURVE}))
    assert tomllib.loads(path.read_text(encoding="utf-8"))["scan"]["H100"]["days"] == [0, 45.5]
    assert list(tmp_path.iterdir()) == [path]
