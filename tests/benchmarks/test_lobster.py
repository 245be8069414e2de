"""What a LOBSTER tape says was done, on a few rows by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.lobster import Fill, Message, Step, Touch, read_messages, read_touches, steps
from matching.layout import CommandKind, Side

SUBMIT, CANCEL, AMEND = CommandKind.SUBMIT, CommandKind.CANCEL, CommandKind.AMEND
BUY, SELL = Side


def test_rows_are_read_with_times_in_nanoseconds_and_prices_in_ticks(tmp_path: Path) -> None:
    path = tmp_path / "messages.csv"
    path.write_text("34200.004241176,1,16113575,18,5853300,1\n34200.5,5,0,7,5853350,-1\n")
    assert read_messages(path) == [
        Message(34_200_004_241_176, 1, 16113575, 18, 58533, BUY),
        Message(34_200_500_000_000, 5, 0, 7, 58533, SELL),
    ]


@pytest.mark.parametrize("row", ["1.0,1,2,3,100", "1.0,1,2,3,100,0", "1.0,1,2,3,150,1"])
def test_a_malformed_row_is_refused(tmp_path: Path, row: str) -> None:
    path = tmp_path / "messages.csv"
    path.write_text(row + "\n")
    with pytest.raises(ValueError, match=r"row|tick"):
        read_messages(path)


def test_best_prices_are_read_ask_first(tmp_path: Path) -> None:
    path = tmp_path / "orderbook.csv"
    path.write_text("5859400,200,5853300,18\n")
    assert read_touches(path) == [Touch(58594, 200, 58533, 18)]


def test_a_run_of_executions_is_one_aggressor() -> None:
    tape = [
        Message(1, 1, 10, 5, 100, SELL),
        Message(2, 1, 11, 5, 101, SELL),
        Message(3, 4, 10, 5, 100, SELL),
        Message(3, 5, 0, 9, 100, SELL),
        Message(3, 4, 11, 2, 101, SELL),
        Message(4, 4, 11, 1, 101, SELL),
        Message(5, 2, 11, 1, 101, SELL),
        Message(6, 3, 11, 1, 101, SELL),
    ]
    assert list(steps(tape)) == [
        Step(SUBMIT, 10, SELL, 100, 5),
        Step(SUBMIT, 11, SELL, 101, 5),
        Step(SUBMIT, 0, BUY, 101, 7, (Fill(10, 5, 100), Fill(11, 2, 101))),
        Step(SUBMIT, 0, BUY, 101, 1, (Fill(11, 1, 101),)),
        Step(AMEND, 11, SELL, 101, 1),
        Step(CANCEL, 11, SELL, 101, 0),
    ]


def test_an_order_never_submitted_enters_where_its_id_stands() -> None:
    tape = [
        Message(1, 1, 10, 5, 100, BUY),
        Message(2, 1, 20, 5, 100, BUY),
        Message(3, 2, 15, 3, 99, BUY),
        Message(4, 3, 15, 4, 99, BUY),
        Message(5, 3, 7, 6, 98, BUY),
    ]
    assert [(step.kind, step.tape_id, step.qty_lots) for step in steps(tape)] == [
        (SUBMIT, 7, 6),
        (SUBMIT, 10, 5),
        (SUBMIT, 15, 7),
        (SUBMIT, 20, 5),
        (AMEND, 15, 4),
        (CANCEL, 15, 0),
        (CANCEL, 7, 0),
    ]
