"""Tables: every figure of a result stands in its table."""

from __future__ import annotations

import io

import numpy as np
import pytest
from rich.console import Console
from rich.table import Table

from exchange.margin import parameters, tables
from exchange.margin.assignment import Place
from exchange.margin.backtest import Backtest
from exchange.margin.calibration import Range, Side
from exchange.margin.history import History
from exchange.margin.parameters import ScanCurve
from exchange.margin.scenarios import NAMES, shocks_ppm
from tests.exchange.margin.portfolio import instrument

HISTORY = History(
    "H100", np.array([20_000, 20_002]), np.array([1, 2]), np.array([0.0, 0.01]), 2_810_000
)


def shown(table: Table, width: int = 160) -> str:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(table)
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def cells(table: Table) -> list[list[str]]:
    columns = [[str(cell) for cell in column.cells] for column in table.columns]
    return [list(row) for row in zip(*columns, strict=True)]


def test_history() -> None:
    text = shown(tables.histories([HISTORY], 1_234))
    for figure in ("2024-10-03", "2024-10-06", "50%", "2.8100", "1,234 rows"):
        assert figure in text
    assert "not usable" not in shown(tables.histories([HISTORY], 0))


def test_ranges() -> None:
    found = Range(HISTORY, 0.26, Side(0.01, 0.02, 0.03), Side(0.04, 0.05, 0.06), 0.0618)
    table = tables.ranges([found], parameters.shipped().calibration)
    assert cells(table) == [
        ["H100", "long", "1.00%", "2.00%", "3.00%", "", ""],
        ["", "short", "4.00%", "5.00%", "6.00%", "6.18%", "26%"],
    ]
    assert "Expected shortfall at 99.00% over 2 days (square root)" in shown(table)


def test_scan_ranges() -> None:
    former = ScanCurve(days=(0, 30), ranges=(0.2, 0.1))
    curve = ScanCurve(days=(0, 15), ranges=(0.3, 0.25))
    found = cells(tables.scan_ranges({"H100": (former, curve), "NEW": (None, curve)}))
    assert found == [
        ["H100", "0", "20.00%", "30.00%"],
        ["", "15", "15.00%", "25.00%"],
        ["NEW", "0", "-", "30.00%"],
        ["", "15", "-", "25.00%"],
    ]


def test_backtests_tell_the_published_verdicts() -> None:
    sides = [
        Backtest(side, 0.99, 250, np.zeros(250), tuple([True] * hits + [False] * (250 - hits)))
        for side, hits in (("long", 2), ("short", 7))
    ]
    table = tables.backtests([("H100", sides)])
    long, short = cells(table)
    assert long[:7] == [
        "H100",
        "long",
        "250",
        "2 of 2.5",
        "0.1084",
        "0.742",
        "[green]passed[/green]",
    ]
    assert short[3:5] == ["7 of 2.5", "5.4970"]
    assert short[6] == "[red]rejected[/red]"
    assert "H100 250" in shown(table)


def test_scenarios_stand_in_their_rows_with_what_a_side_needs() -> None:
    spec = instrument()
    shocks = shocks_ppm(parameters.shipped(), spec, 0.0, 0.5)
    rows = cells(tables.scenarios([(spec, Place(0.0, 0.5), shocks)], 1_791_000_000_000_000_000))
    assert [row[1] for row in rows[:24]] == list(NAMES)
    assert [float(row[2]) for row in rows[:24]] == pytest.approx(
        [shock / 10_000 for shock in shocks], abs=0.0051
    )
    assert [row[1:] for row in rows[24:]] == [
        ["days to the fixings", "0.0"],
        ["fixings unknown", "50.0%"],
        ["long needs", "10.00"],
        ["short needs", "10.00"],
    ]


@pytest.mark.parametrize("width", [60, 80, 140, 250])
def test_as_many_instruments_are_shown_as_fit(width: int) -> None:
    spec = instrument("ABCDEFGH12")
    fit = tables.scenarios_that_fit(width)
    row = (spec, Place(0.0, 1.0), [0] * 24)
    text = shown(tables.scenarios([row] * fit, 0), width)
    assert text.count(spec.name) == fit >= 1
    assert "basis: transaction up" in text


def test_none_is_too_narrow_for_one() -> None:
    assert tables.scenarios_that_fit(5) == 1
