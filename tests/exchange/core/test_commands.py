"""Commands, their rows and batches, and what no log can hold."""

from __future__ import annotations

import numpy as np
import pytest

from exchange.core import layout as at
from exchange.core.commands import Command, Conditions, batch_of
from exchange.core.layout import CommandKind
from matching import layout as book_at


def test_a_row_has_each_field_in_its_column() -> None:
    command = Command(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, "label", Conditions(*range(11, 22)))
    batch = batch_of([command, command], 100, 55)
    assert batch.rows.dtype == np.int64
    assert batch.rows.tolist() == [
        [100, 55, *range(1, 22)],
        [101, 55, *range(1, 22)],
    ]
    assert batch.texts == {0: "label", 1: "label"}
    row = batch.rows[0]
    assert row[at.COMMAND_PRICE_TICKS] == command.price_ticks
    assert row[at.COMMAND_QTY_LOTS] == command.qty_lots
    assert row[at.COMMAND_AMOUNT_MICROS] == command.amount_micros
    assert row[at.COMMAND_ORDER_ID] == command.order_id
    assert command.conditions is not None
    floor = row[at.COMMAND_CONDITIONS :]
    assert floor[book_at.CONDITION_LINKED] == command.conditions.linked
    assert floor[book_at.CONDITION_QTY_LOTS] == command.conditions.qty_lots
    assert len(floor) == book_at.CONDITION_COLUMNS


def test_no_conditions_are_zeros() -> None:
    batch = batch_of([Command(1, *[-1] * 9)], 1, 1)
    assert not batch.rows[0, at.COMMAND_CONDITIONS :].any()


def test_no_commands_make_an_empty_batch() -> None:
    assert batch_of([], 1, 1).rows.shape == (0, at.COMMAND_COLUMNS)


@pytest.mark.parametrize("number", [1 << 63, -(1 << 63) - 1, 1 << 64, 10**400])
def test_integers_beyond_64_bits_are_a_fault(number: int) -> None:
    fault = Command(CommandKind.SUBMIT, price_ticks=number, qty_lots=number).fault()
    assert fault == "not a 64-bit integer: price_ticks, qty_lots"
    fault = Command(CommandKind.SUBMIT, conditions=Conditions(trail_ticks=number)).fault()
    assert fault == "not a 64-bit integer: conditions.trail_ticks"


def test_a_lone_surrogate_is_a_fault() -> None:
    assert Command(1, text="a\ud800").fault() == "not Unicode: text holds a lone surrogate"


@pytest.mark.parametrize(
    "command",
    [
        Command(1, qty_lots=1 << 63),
        Command(1, conditions=Conditions(linked=1 << 63)),
        Command(1, text="\udfff"),
    ],
)
def test_a_command_with_a_fault_is_not_packed(command: Command) -> None:
    fault = command.fault()
    assert fault is not None
    with pytest.raises(ValueError, match=fault):
        command.packed()


@pytest.mark.parametrize("number", [0, -1, (1 << 63) - 1, -(1 << 63)])
def test_every_64_bit_integer_and_text_is_sound(number: int) -> None:
    command = Command(1, *[number] * 9, text="ü𝄞\0")
    assert command.fault() is None
    assert batch_of([command], 1, 1).rows[0, 3] == number
