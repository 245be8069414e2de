"""Fetching ahead: before a command is applied, what a later one will touch is asked for.

With many accounts a command waits for memory in half a dozen places, each of which names the next; asked
for early it comes while others are applied. A few lines with each command: more at once than a core can
wait for would hold it up. Nothing is decided here, and nothing depends on it. Figures:
docs/decisions/0016-core-speed.md.
"""

from __future__ import annotations

from exchange.core.layout import (
    ACCOUNT_COLUMNS,
    COMMAND_ACCOUNT,
    COMMAND_INSTRUMENT,
    COMMAND_KIND,
    COMMAND_ORDER_ID,
    COMMAND_PRICE_TICKS,
    COMMAND_SIDE,
    LOSS_COLUMNS,
    SCENARIOS,
    CommandKind,
)
from exchange.core.ledger import Ledger
from matching.arrays import Arrays
from matching.compiled import called, inlined, prefetch, prefetch_item
from matching.fillable import is_within, would_trade
from matching.layout import (
    BOOK_BASE_TICKS,
    BOOK_LEVELS,
    LEVEL_HEAD,
    NO_SLOT,
    ORDER_BOOK_SHIFT,
    ORDER_ID,
    ORDER_LEAVES_LOTS,
    ORDER_LEVEL,
    ORDER_NEXT,
    ORDER_OWNER,
    ORDER_PREVIOUS,
    ORDER_TERMS,
    OWNER_GROUP,
    POOL_HIGH_WATER,
    SLOT_MASK,
)
from matching.owners import holding_column
from matching.queue import best_index, is_level, ladder_start, next_level

_SUBMIT = int(CommandKind.SUBMIT)
_LINE_ITEMS = 8
"""Items of a cache line."""
_CACHED_POSITIONS = 1 << 10
"""Up to this many positions are surely in the cache of a core."""
NAMED_COMMANDS = 16
"""How far ahead is fetched what a command names: so much stays in the nearest cache until its turn."""
ORDER_COMMANDS = 8
"""How far ahead what the order touches that a command names: its row has come by then."""
MET_ORDERS = 8
"""Of so many that an order meets is asked for what they need: of more, the first would be gone again."""


@inlined
def is_spread(arrays: Arrays, ledger: Ledger) -> bool:
    """Say whether there are more positions than a cache holds."""
    return bool(ledger.accounts.shape[0] * arrays.books.shape[0] > _CACHED_POSITIONS)


@inlined
def fetch_trader(arrays: Arrays, ledger: Ledger, account: int, instrument: int) -> None:
    """Ask for all that a fill touches of an account that there is."""
    prefetch_item(arrays.owners, (account, OWNER_GROUP))
    prefetch_item(arrays.owners, (account, holding_column(instrument)))
    for first in range(0, ACCOUNT_COLUMNS, _LINE_ITEMS):
        prefetch_item(ledger.accounts, (account, first))
    for first in range(0, LOSS_COLUMNS, _LINE_ITEMS):
        prefetch_item(ledger.losses, (account, first))
    prefetch_item(ledger.positions, (account, instrument, 0))
    prefetch_item(ledger.positions, (account, instrument, _LINE_ITEMS))


@called
def fetch_met(
    arrays: Arrays, ledger: Ledger, book: int, side: int, limit: int, qty_lots: int
) -> None:
    """Ask for what trades touch of those whose orders one with this limit will meet.

    book, side: ones that there are. Who is met first was asked for before (see ``fetch_named``), but the
    others only this order's size tells.
    """
    orders = arrays.orders
    index = best_index(arrays, book, 1 - side)
    met = 0
    while (
        qty_lots > 0
        and met < MET_ORDERS
        and is_level(arrays, book, index)
        and is_within(side, index, limit)
    ):
        slot = arrays.levels[ladder_start(arrays, book, 1 - side) + index, LEVEL_HEAD]
        while qty_lots > 0 and met < MET_ORDERS and slot != NO_SLOT:
            fetch_trader(arrays, ledger, orders[slot, ORDER_OWNER], book)
            qty_lots -= orders[slot, ORDER_LEAVES_LOTS]
            slot = orders[slot, ORDER_NEXT]
            met += 1
        index = next_level(arrays, book, 1 - side, index)


@inlined
def within(number: int, end: int) -> int:
    """Return a number from 0 up to ``end``, which is not included, and 0 instead of any other."""
    return number * int(0 <= number < end)


@inlined
def fetch_named(arrays: Arrays, ledger: Ledger, command: int) -> None:
    """Ask for what a command itself names.

    What it does not name is row 0, not a branch: nothing foresees which kind the next command is.
    """
    commands = ledger.commands
    submits = int(commands[command, COMMAND_KIND] == _SUBMIT)
    account = within(commands[command, COMMAND_ACCOUNT], ledger.accounts.shape[0])
    book = within(commands[command, COMMAND_INSTRUMENT], arrays.books.shape[0]) * submits
    side = commands[command, COMMAND_SIDE] & 1
    index = commands[command, COMMAND_PRICE_TICKS] - arrays.books[book, BOOK_BASE_TICKS]
    index = within(index, arrays.books[book, BOOK_LEVELS])
    prefetch(ledger.accounts, account)
    for first in range(0, SCENARIOS, _LINE_ITEMS):
        prefetch_item(ledger.losses, (account, first))
    prefetch_item(ledger.positions, (account * submits, book, 0))
    prefetch(arrays.levels, (ladder_start(arrays, book, side) + index) * submits)
    prefetch(arrays.orders, commands[command, COMMAND_ORDER_ID] & SLOT_MASK)
    if submits == 1 and would_trade(arrays, book, side, index):
        fetch_trader(arrays, ledger, account, book)
        level = ladder_start(arrays, book, 1 - side) + best_index(arrays, book, 1 - side)
        slot = max(0, arrays.levels[level, LEVEL_HEAD])
        fetch_trader(arrays, ledger, arrays.orders[slot, ORDER_OWNER], book)


@inlined
def fetch_order(arrays: Arrays, ledger: Ledger, command: int) -> None:
    """Ask for what the order is next to that a command names, and for its account's position."""
    orders, commands = arrays.orders, ledger.commands
    order_id = commands[command, COMMAND_ORDER_ID]
    slot = within(order_id & SLOT_MASK, arrays.pool[POOL_HIGH_WATER])
    live = int(orders[slot, ORDER_ID] == order_id)
    slot *= live
    account = within(commands[command, COMMAND_ACCOUNT], ledger.accounts.shape[0]) * live
    prefetch_item(ledger.positions, (account, orders[slot, ORDER_TERMS] >> ORDER_BOOK_SHIFT, 0))
    prefetch(arrays.levels, max(0, orders[slot, ORDER_LEVEL]))
    prefetch(orders, max(0, orders[slot, ORDER_NEXT]))
    prefetch(orders, max(0, orders[slot, ORDER_PREVIOUS]))


@called
def fetch_first(arrays: Arrays, ledger: Ledger, first: int, end: int) -> None:
    """Ask for what the first commands of a batch touch, for which there was no time before."""
    for command in range(first, min(end, first + NAMED_COMMANDS)):
        fetch_named(arrays, ledger, command)
    for command in range(first, min(end, first + ORDER_COMMANDS)):
        fetch_order(arrays, ledger, command)


@inlined
def fetch_next(arrays: Arrays, ledger: Ledger, command: int) -> None:
    """Ask for what a command further on names, and for what the order of a nearer one is next to."""
    end = ledger.commands.shape[0]
    if command + NAMED_COMMANDS < end:
        fetch_named(arrays, ledger, command + NAMED_COMMANDS)
    if command + ORDER_COMMANDS < end:
        fetch_order(arrays, ledger, command + ORDER_COMMANDS)
