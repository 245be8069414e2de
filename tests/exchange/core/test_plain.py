"""The short way says no where anything speaks against a command, and else does what the general way does."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given

from exchange.core import layout as at
from exchange.core import plain, snapshot
from exchange.core.commands import NO_CONDITIONS, Batch, Command, Conditions, batch_of
from exchange.core.core import Core
from exchange.core.layout import COLD_COMMANDS, CommandKind, Instruction, Permission, State
from exchange.core.ledger import Ledger
from matching import layout as book_at
from matching.layout import Prevention, TimeInForce
from tests.exchange.core.intents import bounded, concrete, many
from tests.exchange.core.lab import BUY, SELL, USD, Lab, spec, submit

MARK = 300
ORDINARY = submit(0, BUY, 290, 5)


def market() -> Lab:
    """An open book with an offer at 310, of account 1; account 0 has two orders and little money."""
    lab = Lab(spec(max_order_lots=50), deposits=(100_000 * USD, 10**6 * USD))
    lab.order(submit(1, SELL, 310, 5))
    lab.order(submit(0, BUY, 280, 5))
    lab.order(submit(0, BUY, 280, 5, prevention=Prevention.CANCEL_RESTING))
    return lab


def short_way(lab: Lab, command: Command) -> int:
    """Let a command take the short way alone; return what it returns."""
    core = lab.core
    rows = batch_of([command], core.seq + 1, lab.ts_ns).rows
    arrays = core.books.arrays(NO_CONDITIONS[:, at.CONDITIONS_OF_FLOOR :])
    events = np.zeros((8, at.EVENT_COLUMNS), np.int64)
    return int(plain.apply_plain(arrays, Ledger(*core.ledger(), rows, events), 0, 0))


def cancel_of(lab: Lab, order: int, account: int = 0) -> Command:
    """Return the cancel of the n-th order that was accepted."""
    accepted = [row for row in lab.events if row[at.EVENT_KIND] == at.EventKind.ACCEPTED]
    return Command(CommandKind.CANCEL, account, order_id=accepted[order][at.EVENT_ORDER_ID])


@pytest.mark.parametrize(
    "command",
    [
        ORDINARY,
        submit(0, SELL, 310, 5),
        submit(0, BUY, 309, 1, instructions=Instruction.POST_ONLY),
        submit(0, BUY, 270, 50),
    ],
)
def test_an_order_that_rests_takes_it(command: Command) -> None:
    lab = market()
    live = lab.core.books.live
    assert short_way(lab, command) == 1
    assert lab.core.books.live == live + 1


def test_a_cancel_takes_it() -> None:
    lab = market()
    live = lab.core.books.live
    assert short_way(lab, cancel_of(lab, 1)) == 1
    assert lab.core.books.live == live - 1


def amend_of(lab: Lab, order: int, price_ticks: int, qty_lots: int, account: int = 0) -> Command:
    """Return the amend of the n-th order that was accepted."""
    named = cancel_of(lab, order, account)
    return named._replace(kind=CommandKind.AMEND, price_ticks=price_ticks, qty_lots=qty_lots)


@pytest.mark.parametrize(
    ("price_ticks", "qty_lots", "kept"),
    [(280, 3, 1), (280, 5, 1), (280, 8, 0), (285, 5, 0), (275, 2, 0)],
)
def test_an_amend_of_an_order_that_rests_on_takes_it(
    price_ticks: int, qty_lots: int, kept: int
) -> None:
    lab = market()
    book = lab.core.books
    assert short_way(lab, amend_of(lab, 1, price_ticks, qty_lots)) == 1
    (order, other) = (book.order(row[at.EVENT_ORDER_ID]) for row in orders_of(lab)[1:3])
    assert order is not None
    assert other is not None
    assert (order.price_ticks, order.leaves_lots) == (price_ticks, qty_lots)
    # Of two orders at one price the amended one is still the first where it kept its place.
    queue = [row[0] for row in book.orders(0, BUY) if row[2] == 280]
    ids = [row[at.EVENT_ORDER_ID] for row in orders_of(lab)[1:3]]
    assert queue == (ids if kept else [*ids[1:], *([ids[0]] if price_ticks == 280 else [])])


def orders_of(lab: Lab) -> list[list[int]]:
    return [row for row in lab.events if row[at.EVENT_KIND] == at.EventKind.ACCEPTED]


@pytest.mark.parametrize(
    ("order", "change"),
    [
        (1, {"price_ticks": 310}),
        (1, {"price_ticks": 269}),
        (1, {"price_ticks": 331}),
        (1, {"qty_lots": 0}),
        (1, {"qty_lots": 51}),
        (1, {"qty_lots": 1 << 62}),
        (1, {"instructions": at.AMEND_WHOLE}),
        (1, {"instructions": at.AMEND_TRIGGER}),
        (1, {"account": 1}),
        (0, {}),
        (3, {}),
    ],
)
def test_any_other_amend_leaves_it_with_nothing_changed(order: int, change: dict[str, int]) -> None:
    lab = market()
    lab.order(submit(0, BUY, 290, 5, conditions=Conditions(display_lots=1)))
    digest = lab.digest
    command = amend_of(lab, order, 281, 4)._replace(**change)
    assert short_way(lab, command) == plain.NOT_PLAIN
    assert lab.digest == digest


@pytest.mark.parametrize(
    "command",
    [
        ORDINARY._replace(kind=99),
        ORDINARY._replace(kind=CommandKind.AMEND),
        ORDINARY._replace(account=-1),
        ORDINARY._replace(account=9),
        ORDINARY._replace(account=1 << 40),
        ORDINARY._replace(instrument=-1),
        ORDINARY._replace(instrument=1),
        ORDINARY._replace(side=-1),
        ORDINARY._replace(side=2),
        ORDINARY._replace(tif=TimeInForce.IOC),
        ORDINARY._replace(tif=TimeInForce.FOK),
        ORDINARY._replace(tif=-1),
        ORDINARY._replace(instructions=Instruction.REDUCE_ONLY),
        ORDINARY._replace(instructions=1 << 40),
        submit(0, BUY, 290, 5, prevention=Prevention.DECREMENT),
        ORDINARY._replace(order_id=7),
        ORDINARY._replace(qty_lots=0),
        ORDINARY._replace(qty_lots=-5),
        ORDINARY._replace(qty_lots=51),
        ORDINARY._replace(qty_lots=1 << 62),
        ORDINARY._replace(price_ticks=310, instructions=Instruction.POST_ONLY),
        ORDINARY._replace(price_ticks=310, qty_lots=51),
        ORDINARY._replace(price_ticks=269),
        ORDINARY._replace(price_ticks=331),
        ORDINARY._replace(price_ticks=-(1 << 63)),
        submit(0, SELL, 280, 5, tif=TimeInForce.IOC),
        Command(CommandKind.CANCEL, 0, order_id=12345),
        Command(CommandKind.CANCEL, 0, order_id=-1),
    ],
)
def test_everything_else_leaves_it_with_nothing_changed(command: Command) -> None:
    lab = market()
    digest = lab.digest
    assert short_way(lab, command) == plain.NOT_PLAIN
    assert lab.digest == digest


@pytest.mark.parametrize(
    "command", [submit(0, BUY, 310, 5), submit(0, BUY, 312, 9), submit(0, SELL, 280, 5)]
)
def test_an_order_that_trades_is_known_with_nothing_changed(command: Command) -> None:
    lab = market()
    digest = lab.digest
    assert short_way(lab, command) == plain.TRADES
    assert lab.digest == digest
    lab.core.books.rows[0, book_at.BOOK_LINKED] = 1
    assert short_way(lab, command) == plain.NOT_PLAIN
    poor = market()
    poor.core.accounts[0, at.ACCOUNT_CASH_MICROS] = 0
    assert short_way(poor, command) == plain.NOT_PLAIN


@pytest.mark.parametrize("conditions", [Conditions(display_lots=1), Conditions(complete=1)])
def test_an_order_with_conditions_is_left_to_the_general_way(conditions: Conditions) -> None:
    lab = market()
    order = submit(0, BUY, 290, 5, conditions=conditions)
    alone = market()
    events = lab.do(order)
    alone.core.accounts[0, at.ACCOUNT_OPEN] |= Permission.RESTRICTED
    assert alone.do(order) == events
    assert [row[at.EVENT_KIND] for row in events] != [
        row[at.EVENT_KIND] for row in alone.do(ORDINARY)
    ]


def set_account(column: int, number: int) -> Callable[[Lab], None]:
    """Return what gives account 0 another number in a column."""

    def change(lab: Lab) -> None:
        lab.core.accounts[0, column] = number

    return change


def set_instrument(column: int, number: int) -> Callable[[Lab], None]:
    """Return what gives instrument 0 another number in a column."""

    def change(lab: Lab) -> None:
        lab.core.instruments[0, column] = number

    return change


def set_book(column: int, number: int) -> Callable[[Lab], None]:
    """Return what gives book 0 another number in a column."""

    def change(lab: Lab) -> None:
        lab.core.books.rows[0, column] = number

    return change


@pytest.mark.parametrize(
    "change",
    [
        set_account(at.ACCOUNT_OPEN, 0),
        set_account(at.ACCOUNT_OPEN, Permission.OPEN | Permission.STOPPED),
        set_account(at.ACCOUNT_OPEN, Permission.OPEN | Permission.RESTRICTED),
        set_account(at.ACCOUNT_STATUS, at.AccountStatus.CALLED),
        set_account(at.ACCOUNT_STATUS, at.AccountStatus.CLOSING_OUT),
        set_account(at.ACCOUNT_MAX_ORDERS, 2),
        set_account(at.ACCOUNT_CASH_MICROS, 0),
        set_instrument(at.INSTRUMENT_STATE, State.HALTED),
        set_instrument(at.INSTRUMENT_EXPIRY_NS, 1),
        set_instrument(at.INSTRUMENT_MAX_POSITION_LOTS, 14),
        set_instrument(at.INSTRUMENT_MAX_ORDER_MICROS, 1),
        set_book(book_at.BOOK_STATE, State.PRE_OPEN),
        set_book(book_at.BOOK_QUEUED, 1),
        set_book(book_at.BOOK_BAND_LOW, 1 << 20),
        set_book(book_at.BOOK_BAND_HIGH, 0),
    ],
)
def test_whatever_binds_an_account_an_instrument_or_a_book_leaves_it(
    change: Callable[[Lab], None],
) -> None:
    lab = market()
    assert short_way(market(), ORDINARY) == 1
    change(lab)
    digest = lab.digest
    assert short_way(lab, ORDINARY) == plain.NOT_PLAIN
    assert lab.digest == digest


def test_cancels_of_others_and_of_detailed_orders_leave_it() -> None:
    lab = market()
    lab.order(submit(0, BUY, 290, 5, conditions=Conditions(display_lots=1)))
    digest = lab.digest
    assert short_way(lab, cancel_of(lab, 0)) == plain.NOT_PLAIN
    assert short_way(lab, cancel_of(lab, 3)) == plain.NOT_PLAIN
    lab.core.accounts[0, at.ACCOUNT_STATUS] = at.AccountStatus.CALLED
    assert short_way(lab, cancel_of(lab, 1)) == plain.NOT_PLAIN
    lab.core.accounts[0, at.ACCOUNT_STATUS] = at.AccountStatus.SOUND
    assert lab.digest == digest


def by_the_general_way(core: Core, batch: Batch) -> list[list[int]]:
    """Apply a batch whose accounts are restricted, though in no instrument: the short way is not theirs."""
    permissions = core.accounts[:, at.ACCOUNT_OPEN]
    hot = bool((batch.rows[:, at.COMMAND_KIND] < COLD_COMMANDS).all())
    if hot:
        permissions[permissions != 0] |= Permission.RESTRICTED
    events: list[list[int]] = core.apply(batch).tolist()
    if hot:
        permissions[permissions != 0] &= ~Permission.RESTRICTED
    return events


@bounded
@given(many)
def test_both_ways_give_one_history(intents: list) -> None:
    lab = concrete(intents)
    general = Core()
    events = [row for batch in lab.batches for row in by_the_general_way(general, batch)]
    assert events == lab.events
    assert snapshot.digest(general) == lab.digest
