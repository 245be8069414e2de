"""What a calibration writes."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from clients.economy.calibration import Fit
from clients.economy.parameters import DEFAULT, ParameterError, load, parse
from clients.economy.targets import TARGETS
from clients.economy.writing import BEGIN, END, markdown, put_table, with_calibrated


def test_calibrated_parameters_are_read_back_and_the_rest_of_the_file_stays() -> None:
    params = load()
    changed = msgspec.structs.replace(
        params,
        generations=params.generations
        | {"H100": msgspec.structs.replace(params.generations["H100"], value_usd=9.75)},
        clouds=params.clouds
        | {"neocloud": msgspec.structs.replace(params.clouds["neocloud"], cut_at=0.123)},
    )
    text = DEFAULT.read_text(encoding="utf-8")
    written = with_calibrated(text, changed)
    assert parse(written) == changed
    differing = [
        (former, latter)
        for former, latter in zip(text.splitlines(), written.splitlines(), strict=True)
        if former != latter
    ]
    assert [latter for _, latter in differing] == ["value_usd = 9.75", "cut_at = 0.123"]


def test_a_page_gets_the_table_between_its_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    table = markdown([Fit(TARGETS[1], 9.0, 0.01)], "cfx economy calibrate")
    put_table(page, table)
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    assert "| H100 | 2.60 | 9.00 | 0.01 | 0.13, missed |" in text


def test_a_page_without_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing")
    with pytest.raises(ParameterError, match="add these two lines"):
        put_table(page, "table")
    assert page.read_text() == "nothing"
