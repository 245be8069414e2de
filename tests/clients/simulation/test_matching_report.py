from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from clients.simulation.matching_report import ROWS, by_matching, picture, table
from clients.simulation.matching_study import Outcome

FIGURES = {field: 1.0 for field in Outcome.__struct_fields__ if field not in ("matching", "seed")}


def outcomes() -> list[Outcome]:
    return [
        msgspec.convert(
            FIGURES
            | {"matching": name, "seed": seed, "trades": 5, "lots": 9, "spread_ticks": float(seed)},
            Outcome,
        )
        for seed in (1, 2)
        for name in ("price_time", "pro_rata")
    ]


def test_a_table_has_a_column_an_algorithm_and_a_row_a_measure() -> None:
    made = table(outcomes())
    assert [column.header for column in made.columns] == ["", "price-time", "pro-rata"]
    assert made.row_count == len(ROWS)
    assert next(iter(made.columns[1].cells)) == "1.50 (1.00 to 2.00)"


def test_groups_keep_their_order() -> None:
    assert {name: [o.seed for o in group] for name, group in by_matching(outcomes()).items()} == {
        "price_time": [1, 2],
        "pro_rata": [1, 2],
    }


def test_a_picture_is_written(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    path = tmp_path / "study.svg"
    picture(outcomes(), path)
    assert path.read_text().startswith("<?xml")
