"""Writing calibrated parameters: the text of a parameter file with other values and why they are these."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import tomlkit
from tomlkit.items import Table

from exchange.margin.parameters import Calibration, ScanCurve, parse


def calibrated_text(
    former: str,
    calibration: Calibration,
    scan: Mapping[str, ScanCurve],
    generation_move: float | None,
    basis_move: float | None,
    source: str,
) -> str:
    """Return a parameter file's text with calibrated values; what was not calibrated stays as it was.

    former: text of a sound parameter file, whose comments are kept. source: what the values come from,
    one line, said beside each. None leaves a move alone. The text returned is sound, too.
    """
    document = tomlkit.parse(former)
    said = f"calibrated: {' '.join(source.split())}"
    for name, value in _fields(calibration):
        table = document["calibration"]
        assert isinstance(table, Table)
        # What stays keeps its comment, which tells where it comes from.
        if table[name] != value:
            table[name] = value
            table[name].comment("as asked of `cfx margin calibrate`")
    for section, move in (("generation", generation_move), ("basis", basis_move)):
        if move is not None:
            table = document[section]
            assert isinstance(table, Table)
            table["move"] = move
            table["move"].comment(said)
    curves = document["scan"]
    assert isinstance(curves, Table)
    for name, curve in scan.items():
        table = tomlkit.table()
        table["days"] = [_short(day) for day in curve.days]
        table["ranges"] = list(curve.ranges)
        table["ranges"].comment(said)
        curves[name] = table
    text = tomlkit.dumps(document)
    parse(text, "calibrated parameters")
    return text


def write(path: Path, text: str) -> None:
    """Write a parameter file whole or not at all; raises OSError."""
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def _fields(calibration: Calibration) -> list[tuple[str, object]]:
    return [(name, getattr(calibration, name)) for name in calibration.__struct_fields__]


def _short(number: float) -> float | int:
    return int(number) if number == int(number) else number
