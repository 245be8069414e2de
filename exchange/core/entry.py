"""Entering an order: its checks, its match, and what stays working of it."""

from __future__ import annotations

from exchange.core import risk
from exchange.core.ahead import fetch_met, is_spread
from exchange.core.clearing import add_working, count_orders
from exchange.core.layout import (
    COMMAND_ACCOUNT,
    COMMAND_INSTRUCTIONS,
    COMMAND_INSTRUMENT,
    COMMAND_ORDER_ID,
    COMMAND_PRICE_TICKS,
    COMMAND_QTY_LOTS,
    COMMAND_SEQ,
    COMMAND_SIDE,
    COMMAND_TIF,
    COMMAND_TS_NS,
    EVENT_RESTING_FEE_MICROS,
    EVENT_RESTING_LEAVES_LOTS,
    EVENT_RESTING_ORDER_ID,
    EVENT_SEQ,
    INSTRUMENT_STATE,
    EventKind,
    Instruction,
    Reason,
    State,
)
from exchange.core.layout import EVENT_KIND as CORE_EVENT_KIND
from exchange.core.layout import EVENT_ORDER_ID as CORE_EVENT_ORDER_ID
from exchange.core.ledger import Ledger
from exchange.core.margin import loss_ticks, refresh
from exchange.core.reasons import REASONS
from exchange.core.rows import write_refusal
from exchange.core.translate import clear_rows
from matching import entry as book
from matching.admission import check_state, limit_index
from matching.arrays import Arrays
from matching.compiled import called, inlined
from matching.layout import (
    BOOK_BASE_TICKS,
    CONDITION_COMPLETE,
    CONDITION_EXPIRY_NS,
    CONDITION_LINK,
    CONDITION_LINKED,
    CONDITION_MINIMUM_LOTS,
    CONDITION_TERMS,
    EVENT_KIND,
    EVENT_ORDER_ID,
    EVENT_OTHER,
    INSTRUCTION_SHIFT,
    MAX_LEVELS,
    ORDER_ID,
    ORDER_LEVEL,
    ORDER_TERMS,
    SLOT_MASK,
    SOURCE_MASK,
    SOURCE_SHIFT,
    TIF_SHIFT,
    TimeInForce,
)
from matching.placing import never_rests
from matching.removal import open_lots, order_ticks
from matching.terms import (
    check_linked,
    check_linked_order,
    check_order,
    condition,
    linked_at_fault,
)

_REJECTED = int(EventKind.REJECTED)
_ACCEPTED = int(EventKind.ACCEPTED)
_CONDITIONED = int(EventKind.CONDITIONED)
_NONE = int(Reason.NONE)
_INVALID_PRICE = int(Reason.INVALID_PRICE)
_DUPLICATE_LABEL = int(Reason.DUPLICATE_LABEL)
_INVALID_LINK = int(Reason.INVALID_LINK)
_INSTRUMENT_NOT_OPEN = int(Reason.INSTRUMENT_NOT_OPEN)
_MARKET = int(Instruction.MARKET)
_MARKET_TO_LIMIT = int(Instruction.MARKET_TO_LIMIT)
_REDUCE_ONLY = int(Instruction.REDUCE_ONLY)
_IOC = int(TimeInForce.IOC)
_FOK = int(TimeInForce.FOK)
_OPEN = int(State.OPEN)

NO_CONDITION = -1
"""The condition row of a command that has none."""


@inlined
def has_conditions(arrays: Arrays, row: int) -> bool:
    """Say whether an order has a condition row (row -1: it has none) that says anything."""
    conditions = arrays.conditions
    said = 0
    if row >= 0:
        for column in range(CONDITION_TERMS):
            said |= conditions[row, column]
    return said != 0


@called
def add_resting(arrays: Arrays, ledger: Ledger, account: int, instrument: int, slot: int) -> None:
    """Let an acting order that rests in the end work at its price with all that is open of it."""
    if arrays.orders[slot, ORDER_LEVEL] >= 0:
        add_working(
            ledger.instruments,
            ledger.positions,
            account,
            instrument,
            arrays.orders[slot, ORDER_TERMS] & 1,
            order_ticks(arrays, slot),
            open_lots(arrays, slot),
        )


@called
def check_form(
    arrays: Arrays, ledger: Ledger, command: int, terms: int, linked: int, row: int
) -> int:
    """Return the first reason against what a submit says, whatever the market and the account are like."""
    commands = ledger.commands
    account = commands[command, COMMAND_ACCOUNT]
    instrument = commands[command, COMMAND_INSTRUMENT]
    price_ticks = commands[command, COMMAND_PRICE_TICKS]
    qty_lots = commands[command, COMMAND_QTY_LOTS]
    reason = REASONS[check_order(arrays, instrument, account, terms, price_ticks, qty_lots, row)]
    if reason == _NONE and row >= 0:
        # Rows that are no linked ones are not looked at: they belong to others, or to another batch.
        reason = _INVALID_LINK
        if arrays.conditions[row, CONDITION_LINKED] == linked:
            reason = REASONS[check_linked(arrays, instrument, account, row)]
    return reason


@called
def may_await_auction(arrays: Arrays, instrument: int, terms: int, row: int) -> bool:
    """Say whether an order may be collected for an auction.

    A market order may not: it would stand at the domain's edge, which no account can pay.
    """
    minimum_lots = condition(arrays, row, CONDITION_MINIMUM_LOTS)
    collected: bool = check_state(arrays, instrument, terms, minimum_lots) == 0
    return collected and terms >> INSTRUCTION_SHIFT & _MARKET == 0


@called
def check_submit(
    arrays: Arrays,
    ledger: Ledger,
    command: int,
    terms: int,
    price_ticks: int,
    linked: int,
    row: int,
) -> int:
    """Return the first reason against a submit whose instrument exists; ``row`` is its condition row or -1.

    price_ticks: the worst price at which it may trade. linked: how many LINKED rows came with it.
    """
    commands = ledger.commands
    account = commands[command, COMMAND_ACCOUNT]
    instrument = commands[command, COMMAND_INSTRUMENT]
    side = terms & 1
    qty_lots = commands[command, COMMAND_QTY_LOTS]
    instructions = terms >> INSTRUCTION_SHIFT
    waits = instructions >> (SOURCE_SHIFT - INSTRUCTION_SHIFT) & SOURCE_MASK != 0
    form = check_form(arrays, ledger, command, terms, linked, row)
    reason = form
    if form > _INVALID_PRICE:
        # What has a higher number than the checks that follow is told after them.
        reason = _NONE
    new_orders = linked + int(waits or not never_rests(terms))
    if reason == _NONE:
        reason = risk.check_limits(
            ledger,
            account,
            instrument,
            side,
            price_ticks,
            qty_lots,
            qty_lots * (1 - int(waits)),
            # An order that cannot rest takes no place among the live ones.
            new_orders,
            commands[command, COMMAND_TS_NS],
            waits,
        )
        open_now = ledger.instruments[instrument, INSTRUMENT_STATE] == _OPEN
        if (
            (reason == _NONE or reason > _INSTRUMENT_NOT_OPEN)
            and not open_now
            and not waits
            and not may_await_auction(arrays, instrument, terms, row)
        ):
            reason = _INSTRUMENT_NOT_OPEN
        if commands[command, COMMAND_ORDER_ID] != 0 and (
            reason == _NONE or reason > _DUPLICATE_LABEL
        ):
            reason = _DUPLICATE_LABEL
    if not waits and reason == _NONE and instructions & _REDUCE_ONLY != 0:
        reason = risk.check_reduces(ledger.positions, account, instrument, side, qty_lots)
    if not waits and reason == _NONE:
        reason = risk.check_margin(
            ledger,
            account,
            instrument,
            side,
            qty_lots,
            qty_lots * loss_ticks(ledger.instruments, instrument, side, price_ticks),
        )
    if reason == _NONE:
        reason = form
    return reason


@called
def worst_ticks(arrays: Arrays, instrument: int, terms: int, price_ticks: int) -> int:
    """Return the worst price at which an order may trade now: a MARKET order's follows from its collar."""
    if terms >> INSTRUCTION_SHIFT & _MARKET == 0:
        return price_ticks
    base_ticks: int = arrays.books[instrument, BOOK_BASE_TICKS]
    return base_ticks + limit_index(arrays, instrument, terms, price_ticks)


@called
def stamp_linked(
    arrays: Arrays, ledger: Ledger, row: int, first: int, count: int, seq: int
) -> None:
    """Give the acceptances of linked orders, and what is said of them, the numbers of their own rows.

    What is said of each names the first order, and how they are linked to it by its condition row.
    """
    events = ledger.events
    own_seq = seq - 1
    first_id = events[first, CORE_EVENT_ORDER_ID]
    link = arrays.conditions[row, CONDITION_LINK]
    complete = arrays.conditions[row, CONDITION_COMPLETE]
    for event in range(first, count):
        kind = events[event, CORE_EVENT_KIND]
        if kind == _ACCEPTED:
            own_seq += 1
        if kind in (_ACCEPTED, _CONDITIONED):
            events[event, EVENT_SEQ] = own_seq
        if kind == _CONDITIONED:
            events[event, EVENT_RESTING_ORDER_ID] = first_id
            events[event, EVENT_RESTING_LEAVES_LOTS] = link
            events[event, EVENT_RESTING_FEE_MICROS] = complete


@called
def find_fault(
    arrays: Arrays, ledger: Ledger, command: int, terms: int, linked: int, row: int, reason: int
) -> int:
    """Return the number of the linked order whose form was the reason, 0 where the first order gave it."""
    account = ledger.commands[command, COMMAND_ACCOUNT]
    instrument = ledger.commands[command, COMMAND_INSTRUMENT]
    if row < 0 or check_form(arrays, ledger, command, terms, linked, row) != reason:
        return 0
    price_ticks = ledger.commands[command, COMMAND_PRICE_TICKS]
    qty_lots = ledger.commands[command, COMMAND_QTY_LOTS]
    first = check_order(arrays, instrument, account, terms, price_ticks, qty_lots, row)
    if first != 0 or arrays.conditions[row, CONDITION_LINKED] != linked:
        return 0
    place: int = linked_at_fault(arrays, instrument, account, row)
    if REASONS[check_linked_order(arrays, instrument, account, row + place)] != reason:
        return 0
    return place


@called
def clear_entry(
    arrays: Arrays,
    ledger: Ledger,
    rows: int,
    count: int,
    seq: int,
    ts_ns: int,
    account: int,
    instrument: int,
) -> int:
    """Clear the ``rows`` rows that the floor wrote of an order that it accepted, and what rests of it."""
    order_id = arrays.events[0, EVENT_ORDER_ID]
    slot = order_id & SLOT_MASK
    count = clear_rows(arrays, ledger, rows, count, seq, ts_ns, instrument, order_id)
    if arrays.orders[slot, ORDER_ID] == order_id:
        count_orders(ledger.accounts, ledger.positions, account, instrument, 1)
        add_resting(arrays, ledger, account, instrument, slot)
    refresh(ledger, account, instrument)
    return count


@called
def trade_plain(arrays: Arrays, ledger: Ledger, command: int, count: int) -> int:
    """Enter an order that trades at once, and that nothing speaks against (see ``plain``)."""
    commands = ledger.commands
    account = commands[command, COMMAND_ACCOUNT]
    instrument = commands[command, COMMAND_INSTRUMENT]
    side = commands[command, COMMAND_SIDE]
    price_ticks = commands[command, COMMAND_PRICE_TICKS]
    qty_lots = commands[command, COMMAND_QTY_LOTS]
    if is_spread(arrays, ledger):
        limit = price_ticks - arrays.books[instrument, BOOK_BASE_TICKS]
        fetch_met(arrays, ledger, instrument, side, limit, qty_lots)
    rows = book.enter_plain(arrays, 0, 0, instrument, account, side, price_ticks, qty_lots)
    seq, ts_ns = commands[command, COMMAND_SEQ], commands[command, COMMAND_TS_NS]
    return clear_entry(arrays, ledger, rows, count, seq, ts_ns, account, instrument)


@called
def submit(arrays: Arrays, ledger: Ledger, command: int, row: int, linked: int, count: int) -> int:
    """Apply a SUBMIT row and the ``linked`` LINKED rows behind it; ``row``: that of its conditions, or -1.

    ORDER_ID other than 0 says that its label is in use (see core.Core).
    """
    commands = ledger.commands
    account = commands[command, COMMAND_ACCOUNT]
    instrument = commands[command, COMMAND_INSTRUMENT]
    side = commands[command, COMMAND_SIDE]
    tif = commands[command, COMMAND_TIF]
    instructions = commands[command, COMMAND_INSTRUCTIONS]
    asked_ticks = commands[command, COMMAND_PRICE_TICKS]
    qty_lots = commands[command, COMMAND_QTY_LOTS]
    seq = commands[command, COMMAND_SEQ]
    ts_ns = commands[command, COMMAND_TS_NS]
    if not has_conditions(arrays, row):
        row = NO_CONDITION
    expiry_ns = 0
    price_ticks = asked_ticks
    terms = 0
    fault = 0
    reason = risk.check_account(ledger.accounts, account)
    if reason == _NONE:
        reason = risk.check_codes(arrays, instrument, side, tif, instructions)
    if reason == _NONE:
        terms = side | tif << TIF_SHIFT | instructions << INSTRUCTION_SHIFT
        if instructions & _MARKET != 0 and 0 <= asked_ticks < MAX_LEVELS:
            price_ticks = worst_ticks(arrays, instrument, terms, asked_ticks)
        if is_spread(arrays, ledger):
            limit = price_ticks - arrays.books[instrument, BOOK_BASE_TICKS]
            fetch_met(arrays, ledger, instrument, side, limit, qty_lots)
        reason = check_submit(arrays, ledger, command, terms, price_ticks, linked, row)
        if reason != _NONE and linked > 0:
            fault = find_fault(arrays, ledger, command, terms, linked, row, reason)
    if reason != _NONE:
        count = write_refusal(
            ledger,
            count,
            seq,
            ts_ns,
            instrument,
            account,
            0,
            side,
            asked_ticks,
            qty_lots,
            reason,
        )
        ledger.events[count - 1, EVENT_RESTING_LEAVES_LOTS] = fault
        return count
    waits = terms >> SOURCE_SHIFT & SOURCE_MASK != 0
    if instructions & (_MARKET | _MARKET_TO_LIMIT) == _MARKET and not waits:
        # It is an order at its worst price that never rests: the floor's way of those is shorter.
        if tif != _FOK:
            tif = _IOC
        terms = side | tif << TIF_SHIFT | (instructions & ~_MARKET) << INSTRUCTION_SHIFT
        asked_ticks = price_ticks
        if row >= 0:
            expiry_ns = arrays.conditions[row, CONDITION_EXPIRY_NS]
            arrays.conditions[row, CONDITION_EXPIRY_NS] = 0
    rows = book.submit(arrays, 0, 0, instrument, account, terms, asked_ticks, qty_lots, row + 1)
    if row >= 0 and expiry_ns != 0:
        arrays.conditions[row, CONDITION_EXPIRY_NS] = expiry_ns
    matched = arrays.events
    if matched[0, EVENT_KIND] == _REJECTED:
        return write_refusal(
            ledger,
            count,
            seq,
            ts_ns,
            instrument,
            account,
            0,
            side,
            commands[command, COMMAND_PRICE_TICKS],
            qty_lots,
            REASONS[matched[0, EVENT_OTHER]],
        )
    # The row says what was asked for, which the floor may have been told in other terms.
    matched[0, EVENT_OTHER] = side | tif << TIF_SHIFT | instructions << INSTRUCTION_SHIFT
    first = count
    count = clear_entry(arrays, ledger, rows, count, seq, ts_ns, account, instrument)
    if linked > 0:
        stamp_linked(arrays, ledger, row, first, count, seq)
    return count
