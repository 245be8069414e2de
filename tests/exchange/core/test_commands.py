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
    assert batch.rows.tolist() == [[100, 55, *range(1, 11)], [101, 55, *range(1, 11)]]
    assert batch.conditions.dtype == np.int64
    assert batch.conditions.tolist() == [[100, *range(11, 22)], [101, *range(11, 22)]]
    assert batch.texts == {0: "label", 1: "label"}
    row = batch.rows[0]
    assert row[at.COMMAND_PRICE_TICKS] == command.price_ticks
    assert row[at.COMMAND_QTY_LOTS] == command.qty_lots
    assert row[at.COMMAND_AMOUNT_MICROS] == command.amount_micros
    assert row[at.COMMAND_ORDER_ID] == command.order_id
    assert command.conditions is not None
    floor = batch.conditions[0, at.CONDITIONS_OF_FLOOR :]
    assert floor[book_at.CONDITION_LINKED] == command.conditions.linked
    assert floor[book_at.CONDITION_QTY_LOTS] == command.conditions.qty_lots
    assert len(floor) == book_at.CONDITION_COLUMNS


def test_only_commands_that_have_conditions_have_a_row_of_them() -> None:
    plain = Command(1, *[-1] * 9)
    assert batch_of([plain], 1, 1).conditions.shape == (0, at.CONDITIONS_COLUMNS)
    linked, empty = (plain._replace(conditions=said) for said in (Conditions(link=5), Conditions()))
    batch = batch_of([plain, linked, plain, empty], 7, 1)
    assert batch.rows.tolist() == [[seq, 1, 1, *[-1] * 9] for seq in (7, 8, 9, 10)]
    assert batch.conditions.tolist() == [[8, 0, 0, 0, 0, 0, 5, *[0] * 5], [10, *[0] * 11]]


def test_a_part_keeps_the_texts_and_conditions_of_its_commands() -> None:
    conditions = [None, Conditions(link=1), None, Conditions(link=3), Conditions(link=4)]
    commands = [Command(1, text=f"t{i}", conditions=said) for i, said in enumerate(conditions)]
    whole = batch_of(commands, 20, 5)
    part = whole.part(1, 4)
    assert part.rows.tolist() == whole.rows[1:4].tolist()
    assert part.texts == {0: "t1", 1: "t2", 2: "t3"}
    assert part.conditions.tolist() == whole.conditions[:2].tolist()
    assert part.conditions[:, at.CONDITIONS_SEQ].tolist() == [21, 23]


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
