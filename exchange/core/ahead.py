"""Fetching ahead: of the next commands what they will touch is asked for at once, as matching.ahead does it.

With many accounts a command waits for memory in half a dozen places, each of which names the next; asked
for in one go the rows of 64 commands come side by side. Nothing is decided here, and nothing depends on
it. Figures: docs/decisions/0013-core-speed.md.
"""

from __future__ import annotations

from exchange.core.layout import (
    COMMAND_ACCOUNT,
    COMMAND_INSTRUMENT,
    COMMAND_KIND,
    COMMAND_ORDER_ID,
    COMMAND_PRICE_TICKS,
    COMMAND_SIDE,
    SCENARIOS,
    CommandKind,
)
from exchange.core.ledger import Ledger
from matching.ahead import fetch_level, fetch_order
from matching.arrays import Arrays
from matching.compiled import called, inlined, prefetch, prefetch_item
from matching.layout import NO_SLOT, ORDER_BOOK_SHIFT, ORDER_TERMS, SLOT_MASK
from matching.queue import find_slot

_SUBMIT = int(CommandKind.SUBMIT)
_CANCEL = int(CommandKind.CANCEL)
_AMEND = int(CommandKind.AMEND)
_LINE_ITEMS = 8
"""Items of a cache line."""
_CACHED_POSITIONS = 1 << 10
"""Up to this many positions are surely in the cache of a core."""
LOOK_COMMANDS = 64
"""How far ahead is fetched."""


@inlined
def is_spread(arrays: Arrays, ledger: Ledger) -> bool:
    """Say whether there are more positions than a cache holds."""
    return bool(ledger.accounts.shape[0] * arrays.books.shape[0] > _CACHED_POSITIONS)


@inlined
def fetch_account(ledger: Ledger, account: int) -> None:
    """Ask for an account's row and its initial losses."""
    if 0 <= account < ledger.accounts.shape[0]:
        prefetch(ledger.accounts, account)
        for first in range(0, SCENARIOS, _LINE_ITEMS):
            prefetch_item(ledger.losses, (account, first))


@inlined
def fetch_position(ledger: Ledger, account: int, instrument: int) -> None:
    """Ask for what an account has in an instrument."""
    if 0 <= account < ledger.positions.shape[0] and 0 <= instrument < ledger.positions.shape[1]:
        prefetch_item(ledger.positions, (account, instrument, 0))


@called
def fetch_ahead(arrays: Arrays, ledger: Ledger, first: int, last: int) -> None:
    """Ask for the rows that commands ``first`` up to ``last`` name, then for those that these name."""
    commands = ledger.commands
    for command in range(first, last):
        kind = commands[command, COMMAND_KIND]
        account = commands[command, COMMAND_ACCOUNT]
        fetch_account(ledger, account)
        if kind in (_CANCEL, _AMEND):
            prefetch(arrays.orders, commands[command, COMMAND_ORDER_ID] & SLOT_MASK)
        elif kind == _SUBMIT:
            instrument = commands[command, COMMAND_INSTRUMENT]
            side = commands[command, COMMAND_SIDE] & 1
            fetch_level(arrays, instrument, side, commands[command, COMMAND_PRICE_TICKS])
            fetch_position(ledger, account, instrument)
    for command in range(first, last):
        kind = commands[command, COMMAND_KIND]
        if kind in (_CANCEL, _AMEND):
            slot = find_slot(arrays, commands[command, COMMAND_ORDER_ID])
            if slot != NO_SLOT:
                fetch_order(arrays, slot)
                fetch_position(
                    ledger,
                    commands[command, COMMAND_ACCOUNT],
                    arrays.orders[slot, ORDER_TERMS] >> ORDER_BOOK_SHIFT,
                )
