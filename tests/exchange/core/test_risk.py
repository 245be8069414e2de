"""Which orders are refused, why, and which reason comes first."""

from __future__ import annotations

import pytest

from exchange.core import layout as at
from exchange.core.commands import Command
from exchange.core.layout import CommandKind, EventKind, Instruction, Reason, State
from tests.exchange.core.lab import BUY, FOK, GTC, IOC, SELL, USD, Lab, spec, submit

MARKET = Instruction.MARKET
REDUCE_ONLY = Instruction.REDUCE_ONLY
POST_ONLY = Instruction.POST_ONLY
TICK = 7_300_000
LOT = 438 * USD


def refused(lab: Lab, command: Command) -> Reason:
    """The reason of a command that must be refused and change nothing."""
    digest = lab.timeless_digest
    reason = lab.reason(command)
    assert reason != Reason.NONE
    assert lab.timeless_digest == digest
    return reason


def test_the_reasons_of_a_submit_come_in_their_published_order() -> None:
    terms = spec(max_position_lots=600, max_order_micros=1_000_000 * USD)
    lab = Lab(terms, deposits=(90_000 * USD, 10**6 * USD), max_orders=1)
    lab.trade(0, 1, 300, 200)
    lab.order(submit(0, SELL, 310, 1, label="used"))
    stopped = lab.do(Command(CommandKind.STOP_TRADING, 0, qty_lots=1))
    assert [row[at.EVENT_KIND] for row in stopped] == [
        EventKind.TRADING_STOPPED,
        EventKind.CANCELLED,
    ]
    lab.do(Command(CommandKind.RESTRICT, 0, 0, qty_lots=1))
    lab.do(Command(CommandKind.SET_STATE, instrument=0, qty_lots=State.HALTED))
    # This command breaks every rule; each step mends the one that was told.
    command = Command(
        CommandKind.SUBMIT,
        account=99,
        instrument=99,
        side=7,
        tif=9,
        instructions=64,
        price_ticks=-5,
        qty_lots=0,
        text="used",
    )
    told = []
    mended: list[dict[str, object]] = [
        {"account": 0},
        {"instrument": 0},
        {"side": BUY},
        {"tif": GTC},
        {"instructions": 0},
        {"qty_lots": 501},
        {"price_ticks": 331},
        {"stopped": False},
        {"restricted": False},
        {"state": State.OPEN},
        {"text": "fresh"},
        {"price_ticks": 330},
        {"qty_lots": 450},
        {"qty_lots": 401},
        {"cancel": True},
        {"qty_lots": 400, "tif": FOK, "instructions": REDUCE_ONLY},
        {"instructions": 0},
        {"deposit": 300_000 * USD},
    ]
    for change in mended:
        told.append(refused(lab, command))
        if "state" in change:
            lab.do(Command(CommandKind.SET_STATE, instrument=0, qty_lots=State.OPEN))
            lab.order(submit(0, SELL, 310, 1))
        elif "stopped" in change:
            lab.do(Command(CommandKind.STOP_TRADING, -1))
        elif "restricted" in change:
            lab.do(Command(CommandKind.RESTRICT, 0, 0))
        elif "cancel" in change:
            lab.do(Command(CommandKind.CANCEL_ALL, 0, 0))
        elif "deposit" in change:
            lab.do(Command(CommandKind.TRANSFER, 0, amount_micros=300_000 * USD))
        else:
            command = command._replace(**change)
    told.append(refused(lab, command))
    assert told == [
        Reason.UNKNOWN_ACCOUNT,
        Reason.UNKNOWN_INSTRUMENT,
        Reason.INVALID_SIDE,
        Reason.INVALID_TIME_IN_FORCE,
        Reason.INVALID_INSTRUCTION,
        Reason.INVALID_QTY,
        Reason.INVALID_PRICE,
        Reason.TRADING_STOPPED,
        Reason.RESTRICTED,
        Reason.INSTRUMENT_NOT_OPEN,
        Reason.DUPLICATE_LABEL,
        Reason.PRICE_ABOVE_BAND,
        Reason.QTY_ABOVE_MAXIMUM,
        Reason.VALUE_ABOVE_MAXIMUM,
        Reason.TOO_MANY_ORDERS,
        Reason.POSITION_LIMIT,
        Reason.REDUCE_ONLY_WOULD_INCREASE,
        Reason.INSUFFICIENT_MARGIN,
        Reason.FOK_NOT_FILLABLE,
    ]
    assert told == sorted(told)
    assert lab.reason(command._replace(tif=GTC)) == Reason.NONE


def test_the_reasons_of_an_amend_come_in_their_published_order() -> None:
    lab = Lab(spec(max_position_lots=600), deposits=(95_000 * USD, 10**6 * USD))
    lab.trade(0, 1, 300, 200)
    order_id = lab.order(submit(0, BUY, 290, 2, instructions=POST_ONLY))
    lab.order(submit(1, SELL, 300, 1))
    lab.do(Command(CommandKind.SET_STATE, instrument=0, qty_lots=State.HALTED))
    command = Command(CommandKind.AMEND, 99, order_id=7, price_ticks=-5, qty_lots=0)
    told = []
    for change in (
        {"account": 0},
        {"qty_lots": 501},
        {"order_id": order_id},
        {"price_ticks": 331},
        {"state": 1},
        {"price_ticks": 330},
        {"qty_lots": 500},
        {"qty_lots": 400},
        {"qty_lots": 2},
    ):
        told.append(refused(lab, command))
        if "state" in change:
            lab.do(Command(CommandKind.SET_STATE, instrument=0, qty_lots=State.OPEN))
        else:
            command = command._replace(**change)
    told.append(refused(lab, command))
    # The price of an unknown order cannot be judged: its book is unknown.
    assert told == [
        Reason.UNKNOWN_ACCOUNT,
        Reason.INVALID_QTY,
        Reason.UNKNOWN_ORDER,
        Reason.INVALID_PRICE,
        Reason.INSTRUMENT_NOT_OPEN,
        Reason.PRICE_ABOVE_BAND,
        Reason.QTY_ABOVE_MAXIMUM,
        Reason.POSITION_LIMIT,
        Reason.INSUFFICIENT_MARGIN,
        Reason.POST_ONLY_WOULD_TRADE,
    ]


@pytest.mark.parametrize(
    ("tif", "instructions"),
    [
        (IOC, POST_ONLY),
        (FOK, POST_ONLY),
        (GTC, POST_ONLY | MARKET),
        (GTC, Instruction.REPRICE),
        (GTC, Instruction.MARKET_TO_LIMIT),
        (IOC, MARKET | Instruction.MARKET_TO_LIMIT),
        (GTC, Instruction.QUOTE),
        (GTC, 1 << 7),
        (GTC, 5 << 8),
        (GTC, 1 << 11),
        (GTC, 1 << 14),
        (GTC, 1 << 15),
        (GTC, -1),
        (IOC, 1 << 40),
    ],
)
def test_instructions_that_contradict(tif: int, instructions: int) -> None:
    lab = Lab(spec(), deposits=(10**6 * USD,))
    command = submit(0, BUY, 300, 1, tif=tif, instructions=instructions)
    assert refused(lab, command) == Reason.INVALID_INSTRUCTION


@pytest.mark.parametrize(
    ("side", "price", "reason"),
    [
        (BUY, 331, Reason.PRICE_ABOVE_BAND),
        (BUY, 330, Reason.NONE),
        (BUY, 1, Reason.NONE),
        (SELL, 269, Reason.PRICE_BELOW_BAND),
        (SELL, 270, Reason.NONE),
        (SELL, 4_096, Reason.NONE),
        (BUY, 0, Reason.INVALID_PRICE),
        (SELL, 4_097, Reason.INVALID_PRICE),
        (SELL, (1 << 63) - 1, Reason.INVALID_PRICE),
        (BUY, -(1 << 63), Reason.INVALID_PRICE),
    ],
)
def test_the_band_holds_the_side_that_would_overpay(side: int, price: int, reason: Reason) -> None:
    lab = Lab(spec(), deposits=(10**6 * USD,))
    assert lab.reason(submit(0, side, price, 1)) == reason


def test_margin_and_fee_are_needed_to_the_micro_dollar() -> None:
    needed = 10 * LOT + 10 * 5 * USD
    assert Lab(spec(), deposits=(needed,)).reason(submit(0, BUY, 300, 10)) == Reason.NONE
    short = Lab(spec(), deposits=(needed - 1,))
    assert refused(short, submit(0, BUY, 300, 10)) == Reason.INSUFFICIENT_MARGIN


def test_an_order_that_only_reduces_risk_needs_no_equity() -> None:
    lab = Lab(spec(), deposits=(4_500 * USD, 10**6 * USD))
    lab.trade(0, 1, 300, 10)
    lab.do(Command(CommandKind.MARK, instrument=0, price_ticks=295))
    assert lab.cash(0) < lab.initial(0)
    assert refused(lab, submit(0, BUY, 290, 1)) == Reason.INSUFFICIENT_MARGIN
    assert lab.reason(submit(0, SELL, 300, 10)) == Reason.NONE
    # The ten sells that work leave room for ten more before the position could be larger, sold.
    assert lab.reason(submit(0, SELL, 300, 10)) == Reason.NONE
    assert refused(lab, submit(0, SELL, 300, 1)) == Reason.INSUFFICIENT_MARGIN


def test_a_short_of_margin_can_close_at_the_market() -> None:
    lab = Lab(spec(), deposits=(4_500 * USD, 10**6 * USD))
    lab.trade(0, 1, 300, 10)
    lab.do(Command(CommandKind.MARK, instrument=0, price_ticks=295))
    lab.order(submit(1, BUY, 290, 10))
    assert lab.cash(0) < lab.initial(0)
    # One lot more would open a short: that needs margin.
    assert refused(lab, submit(0, SELL, 0, 11, instructions=MARKET)) == Reason.INSUFFICIENT_MARGIN
    close = submit(0, SELL, 0, 10, tif=IOC, instructions=MARKET | REDUCE_ONLY)
    assert lab.reason(close) == Reason.NONE
    assert lab.lots(0) == 0
    # Bought at 300 and sold at 290, five dollars a lot each time.
    assert lab.cash(0) == (4_500 - 100) * USD - 100 * TICK
    assert lab.initial(0) == 0


def test_closing_must_free_more_margin_than_it_loses() -> None:
    lab = Lab(
        spec(initial_margin_ppm=50_000, maintenance_margin_ppm=40_000),
        deposits=(1_150 * USD, 10**6 * USD),
    )
    lab.trade(0, 1, 300, 10)
    lab.do(Command(CommandKind.MARK, instrument=0, price_ticks=299))
    # 5 % of 299 ticks is freed a lot: 14 ticks below the mark and the fee fit in, 15 do not.
    assert refused(lab, submit(0, SELL, 284, 10, tif=IOC)) == Reason.INSUFFICIENT_MARGIN
    assert lab.reason(submit(0, SELL, 285, 10, tif=IOC)) == Reason.NONE


def test_reduce_only_flattens_at_most() -> None:
    lab = Lab(spec(), deposits=(10**6 * USD, 10**6 * USD))
    lab.trade(0, 1, 300, 5)
    lab.order(submit(1, BUY, 300, 50))
    for command in (
        submit(0, SELL, 300, 6, tif=IOC, instructions=REDUCE_ONLY),
        submit(0, BUY, 300, 1, tif=IOC, instructions=REDUCE_ONLY),
        submit(1, SELL, 300, 1, tif=FOK, instructions=REDUCE_ONLY),
    ):
        assert refused(lab, command) == Reason.REDUCE_ONLY_WOULD_INCREASE
    assert lab.reason(submit(0, SELL, 300, 5, tif=IOC, instructions=REDUCE_ONLY)) == Reason.NONE
    assert lab.lots(0) == 0


def test_the_position_limit_counts_what_works() -> None:
    lab = Lab(spec(max_position_lots=100, max_order_lots=100), deposits=(10**6 * USD, 10**6 * USD))
    lab.trade(0, 1, 300, 60)
    lab.order(submit(0, BUY, 299, 30))
    assert refused(lab, submit(0, BUY, 298, 11)) == Reason.POSITION_LIMIT
    assert lab.reason(submit(0, BUY, 298, 10)) == Reason.NONE
    assert lab.reason(submit(0, SELL, 301, 100)) == Reason.NONE
    assert refused(lab, submit(0, SELL, 302, 61)) == Reason.POSITION_LIMIT
    assert lab.reason(submit(0, SELL, 302, 60)) == Reason.NONE


def test_too_many_orders_and_amends_add_none() -> None:
    lab = Lab(spec(), deposits=(10**6 * USD,), max_orders=2)
    order_id = lab.order(submit(0, BUY, 290, 1))
    lab.order(submit(0, BUY, 291, 1))
    assert refused(lab, submit(0, BUY, 292, 1)) == Reason.TOO_MANY_ORDERS
    amend = Command(CommandKind.AMEND, 0, order_id=order_id, price_ticks=292, qty_lots=5)
    assert lab.reason(amend) == Reason.NONE
    lab.do(Command(CommandKind.CANCEL, 0, order_id=order_id))
    assert lab.reason(submit(0, BUY, 292, 1)) == Reason.NONE
    assert lab.core.account(0)[at.ACCOUNT_ORDERS] == 2


@pytest.mark.parametrize("state", [State.HALTED, State.CLOSED])
def test_a_closed_instrument_takes_cancels_only(state: State) -> None:
    lab = Lab(spec(), deposits=(10**6 * USD,))
    order_id = lab.order(submit(0, BUY, 290, 2))
    lab.do(Command(CommandKind.SET_STATE, instrument=0, qty_lots=state))
    assert refused(lab, submit(0, BUY, 290, 1)) == Reason.INSTRUMENT_NOT_OPEN
    amend = Command(CommandKind.AMEND, 0, order_id=order_id, price_ticks=290, qty_lots=1)
    assert refused(lab, amend) == Reason.INSTRUMENT_NOT_OPEN
    assert lab.reason(Command(CommandKind.CANCEL, 0, order_id=order_id)) == Reason.NONE
    assert lab.core.books.live == 0


def test_at_the_limit_of_orders_a_position_can_still_be_closed_at_once() -> None:
    lab = Lab(spec(), deposits=(10**6 * USD, 10**6 * USD), max_orders=2)
    lab.trade(0, 1, 300, 3)
    lab.order(submit(1, BUY, 298, 3))
    lab.order(submit(0, BUY, 290, 1))
    lab.order(submit(0, BUY, 291, 1))
    assert refused(lab, submit(0, SELL, 298, 1)) == Reason.TOO_MANY_ORDERS
    assert lab.reason(submit(0, SELL, 298, 1, tif=IOC)) == Reason.NONE
    assert lab.reason(submit(0, SELL, 298, 1, tif=FOK)) == Reason.NONE
    assert lab.reason(submit(0, SELL, 0, 1, instructions=MARKET)) == Reason.NONE
    assert lab.core.position(0, 0)[at.POSITION_LOTS] == 0


def test_nothing_trades_at_or_after_expiry_even_before_the_settlement_comes() -> None:
    lab = Lab(spec(expiry_ns=1_000_000), deposits=(10**6 * USD,))
    order_id = lab.order(submit(0, BUY, 290, 2))
    amend = Command(CommandKind.AMEND, 0, order_id=order_id, price_ticks=291, qty_lots=2)
    # Each command comes 1,000 ns after the one before.
    lab.ts_ns = 998_000
    assert lab.reason(submit(0, BUY, 289, 1)) == Reason.NONE
    assert refused(lab, submit(0, BUY, 288, 1)) == Reason.INSTRUMENT_NOT_OPEN
    assert refused(lab, amend) == Reason.INSTRUMENT_NOT_OPEN
    assert lab.reason(Command(CommandKind.CANCEL, 0, order_id=order_id)) == Reason.NONE
