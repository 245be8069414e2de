"""The kernels of trades that no order made, beside those of trades that orders made."""

from __future__ import annotations

import numpy as np

from exchange.core import booking, invariants
from exchange.core import layout as at
from exchange.core.commands import Command
from exchange.core.layout import CommandKind
from tests.exchange.core.lab import BUY, USD, Lab, spec, submit

NO_COMMANDS = np.zeros((0, at.COMMAND_COLUMNS), np.int64)
NO_EVENTS = np.zeros((0, at.EVENT_COLUMNS), np.int64)


def market() -> Lab:
    """Two accounts and one future at a mark that is not the price of the trades."""
    lab = Lab(spec(), deposits=(10**6 * USD, 10**6 * USD))
    lab.do(Command(CommandKind.MARK, instrument=0, price_ticks=310))
    return lab


def test_a_fill_is_booked_as_one_of_the_book_is() -> None:
    by_order, by_hand = market(), market()
    by_order.trade(0, 1, 302, 10)
    arrays = by_hand.core.ledger()
    for account, side, fee in ((0, 0, 50), (1, 1, 20)):
        booking.book_side(*arrays, NO_COMMANDS, NO_EVENTS, account, 0, side, 302, 10, fee * USD, 0)
        booking.follow(*arrays, NO_COMMANDS, NO_EVENTS, account, 0)
    for account in (0, 1):
        one, other = by_order.core, by_hand.core
        assert one.position(account, 0).tolist() == other.position(account, 0).tolist()
        assert one.account(account).tolist() == other.account(account).tolist()
    assert by_order.core.losses.tolist() == by_hand.core.losses.tolist()


def test_margin_after_is_the_margin_that_then_is() -> None:
    lab = market()
    lab.order(submit(0, BUY, 320, 3))
    arrays = lab.core.ledger()
    for lots in (5, -40, 0):
        expected = booking.margin_after(*arrays, NO_COMMANDS, NO_EVENTS, 0, 0, lots)
        trial = market()
        trial.order(submit(0, BUY, 320, 3))
        side = int(lots < 0)
        command = Command(
            CommandKind.BLOCK_TRADE,
            *((0, 0, 1) if side == 0 else (1, 0, 0)),
            price_ticks=310,
            qty_lots=abs(lots),
        )
        trial.do(*([command] if lots else []))
        assert trial.initial(0) == invariants.margins(trial.core, 0)[0] == expected
