from __future__ import annotations

import pytest

from clients.messages import Side, TimeInForce
from clients.simulation.line import Line, UnsupportedCommandError
from clients.trader import Amend, Cancel, CancelAll, MassQuote, Submit
from exchange.core import layout as at
from exchange.core.layout import CommandKind, Instruction
from tests.clients.simulation.recorder import NAME, Recorder


def line() -> Line:
    return Line(Recorder("a"), 3, {NAME: 0}, 1, 1)


def test_a_submit_becomes_the_core_s_command() -> None:
    command = Submit(
        label="x",
        instrument=NAME,
        side=Side.SELL,
        qty_lots=4,
        price_ticks=10,
        time_in_force=TimeInForce.IOC,
        reduce_only=True,
    )
    found = line().ordered(command)
    assert found is not None
    assert found.kind == CommandKind.SUBMIT
    assert (found.account, found.instrument, found.side, found.tif) == (3, 0, 1, 1)
    assert (found.price_ticks, found.qty_lots) == (10, 4)
    assert found.instructions == Instruction.REDUCE_ONLY


def test_an_order_is_named_by_its_id_once_it_was_accepted() -> None:
    wire = line()
    submit = Submit(label="x", instrument=NAME, side=Side.BUY, qty_lots=4, price_ticks=10)
    assert wire.ordered(Cancel("x")) is None
    row = [0] * at.EVENT_COLUMNS
    row[at.EVENT_KIND], row[at.EVENT_ORDER_ID], row[at.EVENT_QTY_LOTS] = 1, 77, 4
    wire.accepted(submit, [row])
    cancel, amend = (
        wire.ordered(Cancel("x")),
        wire.ordered(Amend(label="x", qty_lots=5, price_ticks=9)),
    )
    assert cancel is not None
    assert amend is not None
    assert (cancel.order_id, amend.order_id) == (77, 77)
    assert amend.instructions == at.AMEND_WHOLE


def test_cancel_all_names_one_instrument_or_all() -> None:
    everywhere, here = line().ordered(CancelAll()), line().ordered(CancelAll(NAME))
    assert everywhere is not None
    assert here is not None
    assert (everywhere.instrument, here.instrument) == (-1, 0)


@pytest.mark.parametrize(
    "command",
    [MassQuote(()), Submit(label="x", instrument=NAME, side=Side.BUY, qty_lots=1)],
)
def test_what_a_line_does_not_carry_is_refused(command: MassQuote | Submit) -> None:
    with pytest.raises(UnsupportedCommandError, match="with a price"):
        line().ordered(command)
