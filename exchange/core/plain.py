"""The short way: most commands enter an order that rests, amend or cancel one, and nothing speaks against it.

What is asked here only decides whether a command is one of these. All others, those that will be refused
among them, take the general way (``entry``, ``cancels``), which alone knows the reasons: nothing is
changed before it is certain that nothing speaks against a command. An order that trades is only checked
here: its trades are ``entry``'s, which need not check it again. Both ways leave the same state and the
same event rows behind.
"""

from __future__ import annotations

from typing import Any

from exchange.core.clearing import add_in_legs, count_orders
from exchange.core.layout import (
    ACCOUNT_MAX_ORDERS,
    ACCOUNT_OPEN,
    ACCOUNT_ORDERS,
    ACCOUNT_STATUS,
    COMMAND_ACCOUNT,
    COMMAND_INSTRUCTIONS,
    COMMAND_INSTRUMENT,
    COMMAND_KIND,
    COMMAND_ORDER_ID,
    COMMAND_PRICE_TICKS,
    COMMAND_QTY_LOTS,
    COMMAND_SEQ,
    COMMAND_SIDE,
    COMMAND_TIF,
    COMMAND_TS_NS,
    EVENT_RESTING_FEE_MICROS,
    EVENT_RESTING_LEAVES_LOTS,
    INSTRUMENT_BAND_HIGH_TICKS,
    INSTRUMENT_BAND_LOW_TICKS,
    INSTRUMENT_CHANGE_SEQ,
    INSTRUMENT_EXPIRY_NS,
    INSTRUMENT_LEGS,
    INSTRUMENT_MAX_ORDER_LOTS,
    INSTRUMENT_MAX_ORDER_MICROS,
    INSTRUMENT_MAX_POSITION_LOTS,
    INSTRUMENT_STATE,
    INSTRUMENT_TICK_VALUE_MICROS,
    POSITION_BUY_LOTS,
    POSITION_COMBO_BUY_LOTS,
    POSITION_LOTS,
    VENUE_MOST_LEGS,
    AccountStatus,
    CommandKind,
    EventKind,
    Instruction,
    Permission,
    Reason,
    State,
)
from exchange.core.ledger import Ledger
from exchange.core.margin import follow_orders, is_covered, loss_ticks, working_addon_change
from exchange.core.rows import write_event
from matching.algorithm import gathers
from matching.amending import EXTRAORDINARY_BITS, move_plain
from matching.arrays import Arrays
from matching.compiled import inlined
from matching.cycles import betters
from matching.entry import take_plain
from matching.fillable import would_trade
from matching.layout import (
    BOOK_BAND_HIGH,
    BOOK_BAND_LOW,
    BOOK_BASE_TICKS,
    BOOK_LINKED,
    BOOK_QUEUED,
    BOOK_STATE,
    INSTRUCTION_SHIFT,
    MARK_DETAIL,
    NO_SLOT,
    ORDER_BOOK_SHIFT,
    ORDER_ID,
    ORDER_LEAVES_LOTS,
    ORDER_OWNER,
    ORDER_TERMS,
    POOL_NOW_NS,
)
from matching.queue import dequeue, enqueue, find_slot, free_slot, has_slot
from matching.removal import resting_ticks

Array = Any

_SUBMIT = int(CommandKind.SUBMIT)
_CANCEL = int(CommandKind.CANCEL)
_AMEND = int(CommandKind.AMEND)
_ACCEPTED = int(EventKind.ACCEPTED)
_AMENDED = int(EventKind.AMENDED)
_CANCELLED = int(EventKind.CANCELLED)
_REQUESTED = int(Reason.REQUESTED)
_POST_ONLY = int(Instruction.POST_ONLY)
_PERMITTED = int(Permission.OPEN)
_SOUND = int(AccountStatus.SOUND)
_OPEN = int(State.OPEN)

NOT_PLAIN = -1
TRADES = -2
"""Nothing speaks against an order, but it trades at once (see ``entry.trade_plain``)."""
PLAIN_EVENTS = 1
"""Event rows of a command that takes the short way."""


@inlined
def is_free(accounts: Array, account: int) -> bool:
    """Say whether an account may trade whatever it likes, and has the margin that it needs."""
    return bool(
        0 <= account < accounts.shape[0]
        and accounts[account, ACCOUNT_OPEN] == _PERMITTED
        and accounts[account, ACCOUNT_STATUS] == _SOUND
    )


@inlined
def is_quiet(arrays: Arrays, ledger: Ledger, instrument: int, ts_ns: int) -> bool:
    """Say whether an instrument is open, no combo, and nothing waits for its turn in it."""
    instruments, books = ledger.instruments, arrays.books
    expiry_ns = instruments[instrument, INSTRUMENT_EXPIRY_NS]
    return bool(
        instruments[instrument, INSTRUMENT_STATE] == _OPEN
        and instruments[instrument, INSTRUMENT_LEGS] == 0
        and books[instrument, BOOK_STATE] == _OPEN
        and books[instrument, BOOK_QUEUED] == 0
        and not gathers(arrays, instrument)
        and (expiry_ns == 0 or ts_ns < expiry_ns)
    )


@inlined
def is_plain(arrays: Arrays, ledger: Ledger, command: int) -> bool:
    """Say whether a submit without conditions is GTC, POST_ONLY at most, and nothing restricts it."""
    commands, accounts, instruments = ledger.commands, ledger.accounts, ledger.instruments
    account = commands[command, COMMAND_ACCOUNT]
    instrument = commands[command, COMMAND_INSTRUMENT]
    side = commands[command, COMMAND_SIDE]
    said = commands[command, COMMAND_INSTRUCTIONS] & ~_POST_ONLY
    said |= commands[command, COMMAND_TIF] | commands[command, COMMAND_ORDER_ID]
    if said != 0 or (side != 0 and side != 1):
        return False
    if not is_free(accounts, account):
        return False
    if instrument < 0 or instrument >= instruments.shape[0]:
        return False
    return is_quiet(arrays, ledger, instrument, commands[command, COMMAND_TS_NS])


@inlined
def is_within_limits(
    arrays: Arrays,
    ledger: Ledger,
    account: int,
    instrument: int,
    side: int,
    price_ticks: int,
    qty_lots: int,
    working_lots: int,
) -> bool:
    """Say whether an order's price and size are inside every band and limit.

    working_lots: what it adds to what works. One more order than there are must be within the limit of
    orders, also where an order is amended: at the limit the general way decides.
    """
    accounts, positions = ledger.accounts, ledger.positions
    instruments, books = ledger.instruments, arrays.books
    most_micros = instruments[instrument, INSTRUMENT_MAX_ORDER_MICROS]
    lot_micros = price_ticks * instruments[instrument, INSTRUMENT_TICK_VALUE_MICROS]
    limit = price_ticks - books[instrument, BOOK_BASE_TICKS]
    exposed_lots = (
        working_lots
        + positions[account, instrument, POSITION_LOTS] * (1 - 2 * side)
        + positions[account, instrument, POSITION_BUY_LOTS + 2 * side]
    )
    if ledger.venue[VENUE_MOST_LEGS] > 0:
        exposed_lots += positions[account, instrument, POSITION_COMBO_BUY_LOTS + side]
    return bool(
        0 < qty_lots <= instruments[instrument, INSTRUMENT_MAX_ORDER_LOTS]
        and price_ticks >= instruments[instrument, INSTRUMENT_BAND_LOW_TICKS]
        and price_ticks <= instruments[instrument, INSTRUMENT_BAND_HIGH_TICKS]
        and books[instrument, BOOK_BAND_LOW] <= limit <= books[instrument, BOOK_BAND_HIGH]
        and (most_micros == 0 or qty_lots * lot_micros <= most_micros)
        and accounts[account, ACCOUNT_ORDERS] < accounts[account, ACCOUNT_MAX_ORDERS]
        and exposed_lots <= instruments[instrument, INSTRUMENT_MAX_POSITION_LOTS]
    )


@inlined
def would_rest(arrays: Arrays, instrument: int, side: int, price_ticks: int) -> bool:
    """Say whether an order inside the band would rest, and complete no cycle."""
    limit = price_ticks - arrays.books[instrument, BOOK_BASE_TICKS]
    return bool(
        not would_trade(arrays, instrument, side, limit)
        and not betters(arrays, instrument, side, limit)
    )


@inlined
def trades_plainly(arrays: Arrays, instrument: int, instructions: int) -> int:
    """Return what becomes of a sound order that would not rest: TRADES, where it is all there is to it."""
    if instructions != 0 or arrays.books[instrument, BOOK_LINKED] != 0:
        return NOT_PLAIN
    return TRADES


@inlined
def submit_plain(arrays: Arrays, ledger: Ledger, command: int, count: int) -> int:
    """Enter an order that rests at once; or return TRADES or NOT_PLAIN, with nothing changed."""
    commands = ledger.commands
    if not is_plain(arrays, ledger, command):
        return NOT_PLAIN
    account = commands[command, COMMAND_ACCOUNT]
    instrument = commands[command, COMMAND_INSTRUMENT]
    side = commands[command, COMMAND_SIDE]
    instructions = commands[command, COMMAND_INSTRUCTIONS]
    price_ticks = commands[command, COMMAND_PRICE_TICKS]
    qty_lots = commands[command, COMMAND_QTY_LOTS]
    if not has_slot(arrays) or not is_within_limits(
        arrays, ledger, account, instrument, side, price_ticks, qty_lots, qty_lots
    ):
        return NOT_PLAIN
    lost_ticklots = qty_lots * loss_ticks(ledger.instruments, instrument, side, price_ticks)
    addon = working_addon_change(ledger, account, instrument, side, qty_lots, lost_ticklots)
    if not is_covered(ledger, account, instrument, side, qty_lots, addon):
        return NOT_PLAIN
    if not would_rest(arrays, instrument, side, price_ticks):
        return trades_plainly(arrays, instrument, instructions)
    seq = commands[command, COMMAND_SEQ]
    ts_ns = commands[command, COMMAND_TS_NS]
    arrays.pool[POOL_NOW_NS] = ts_ns
    terms = side | instructions << INSTRUCTION_SHIFT
    slot = take_plain(arrays, instrument, account, terms, qty_lots)
    index = price_ticks - arrays.books[instrument, BOOK_BASE_TICKS]
    enqueue(arrays, instrument, side, index, slot)
    count_orders(ledger.accounts, ledger.positions, account, instrument, 1)
    follow_orders(ledger, account, instrument, side, qty_lots, lost_ticklots, addon)
    ledger.instruments[instrument, INSTRUMENT_CHANGE_SEQ] = seq
    after = write_event(
        ledger,
        count,
        _ACCEPTED,
        seq,
        ts_ns,
        instrument,
        account,
        arrays.orders[slot, ORDER_ID],
        side,
        price_ticks,
        qty_lots,
        qty_lots,
        0,
    )
    ledger.events[count, EVENT_RESTING_FEE_MICROS] = instructions
    return after


@inlined
def cancel_plain(arrays: Arrays, ledger: Ledger, command: int, count: int) -> int:
    """Cancel a resting order without a detail row, or return NOT_PLAIN with nothing changed."""
    commands, accounts, orders = ledger.commands, ledger.accounts, arrays.orders
    account = commands[command, COMMAND_ACCOUNT]
    order_id = commands[command, COMMAND_ORDER_ID]
    slot = find_slot(arrays, order_id)
    if slot == NO_SLOT or not is_free(accounts, account):
        return NOT_PLAIN
    terms = orders[slot, ORDER_TERMS]
    if orders[slot, ORDER_OWNER] != account or terms & MARK_DETAIL != 0:
        return NOT_PLAIN
    seq = commands[command, COMMAND_SEQ]
    ts_ns = commands[command, COMMAND_TS_NS]
    arrays.pool[POOL_NOW_NS] = ts_ns
    instrument = terms >> ORDER_BOOK_SHIFT
    side = terms & 1
    qty_lots = orders[slot, ORDER_LEAVES_LOTS]
    price_ticks = resting_ticks(arrays, slot)
    lost_ticklots = qty_lots * loss_ticks(ledger.instruments, instrument, side, price_ticks)
    dequeue(arrays, instrument, slot)
    free_slot(arrays, slot)
    count_orders(accounts, ledger.positions, account, instrument, -1)
    addon = working_addon_change(ledger, account, instrument, side, -qty_lots, -lost_ticklots)
    follow_orders(ledger, account, instrument, side, -qty_lots, -lost_ticklots, addon)
    if ledger.instruments[instrument, INSTRUMENT_LEGS] != 0:
        add_in_legs(ledger.instruments, ledger.positions, account, instrument, side, -qty_lots)
    ledger.instruments[instrument, INSTRUMENT_CHANGE_SEQ] = seq
    return write_event(
        ledger,
        count,
        _CANCELLED,
        seq,
        ts_ns,
        instrument,
        account,
        order_id,
        side,
        price_ticks,
        qty_lots,
        0,
        _REQUESTED,
    )


@inlined
def amend_plain(arrays: Arrays, ledger: Ledger, command: int, count: int) -> int:
    """Amend a resting order that rests on, or return NOT_PLAIN with nothing changed."""
    commands, orders = ledger.commands, arrays.orders
    account = commands[command, COMMAND_ACCOUNT]
    order_id = commands[command, COMMAND_ORDER_ID]
    price_ticks = commands[command, COMMAND_PRICE_TICKS]
    qty_lots = commands[command, COMMAND_QTY_LOTS]
    seq = commands[command, COMMAND_SEQ]
    ts_ns = commands[command, COMMAND_TS_NS]
    slot = find_slot(arrays, order_id)
    if slot == NO_SLOT or not is_free(ledger.accounts, account):
        return NOT_PLAIN
    terms = orders[slot, ORDER_TERMS]
    ordinary = terms & EXTRAORDINARY_BITS == 0 and commands[command, COMMAND_INSTRUCTIONS] == 0
    instrument = terms >> ORDER_BOOK_SHIFT
    if (
        not ordinary
        or orders[slot, ORDER_OWNER] != account
        or not is_quiet(arrays, ledger, instrument, ts_ns)
    ):
        return NOT_PLAIN
    side = terms & 1
    former_lots = orders[slot, ORDER_LEAVES_LOTS]
    former_ticks = resting_ticks(arrays, slot)
    working_lots = qty_lots - former_lots
    if not is_within_limits(
        arrays, ledger, account, instrument, side, price_ticks, qty_lots, working_lots
    ) or not would_rest(arrays, instrument, side, price_ticks):
        return NOT_PLAIN
    lost_ticklots = qty_lots * loss_ticks(ledger.instruments, instrument, side, price_ticks)
    lost_ticklots -= former_lots * loss_ticks(ledger.instruments, instrument, side, former_ticks)
    addon = working_addon_change(ledger, account, instrument, side, working_lots, lost_ticklots)
    if not is_covered(ledger, account, instrument, side, working_lots, addon):
        return NOT_PLAIN
    arrays.pool[POOL_NOW_NS] = ts_ns
    kept = price_ticks == former_ticks and qty_lots <= former_lots
    index = price_ticks - arrays.books[instrument, BOOK_BASE_TICKS]
    move_plain(arrays, instrument, side, index, slot, qty_lots, kept)
    follow_orders(ledger, account, instrument, side, working_lots, lost_ticklots, addon)
    ledger.instruments[instrument, INSTRUMENT_CHANGE_SEQ] = seq
    after = write_event(
        ledger,
        count,
        _AMENDED,
        seq,
        ts_ns,
        instrument,
        account,
        order_id,
        side,
        price_ticks,
        qty_lots,
        qty_lots,
        former_ticks,
    )
    ledger.events[count, EVENT_RESTING_LEAVES_LOTS] = int(kept)
    return after


@inlined
def apply_plain(arrays: Arrays, ledger: Ledger, command: int, count: int) -> int:
    """Let a command without conditions take the short way; return the new number of events.

    Or, with nothing changed, TRADES or NOT_PLAIN.
    """
    kind = ledger.commands[command, COMMAND_KIND]
    after = NOT_PLAIN
    if kind == _SUBMIT:
        after = submit_plain(arrays, ledger, command, count)
    elif kind == _CANCEL:
        after = cancel_plain(arrays, ledger, command, count)
    elif kind == _AMEND:
        after = amend_plain(arrays, ledger, command, count)
    return after
