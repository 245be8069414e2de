"""Columns and codes of the rows that the matching floor reads, writes and keeps; every value is int64.

A *book* is one instrument's order book, named by its index. Prices are ticks inside the book's
domain ``0 <= price_ticks < levels`` shifted by its ``base_ticks``; sizes are lots. Codes and columns
are stored in logs and snapshots, so a number is never given a second meaning: new ones are added at the end.
"""

from __future__ import annotations

from enum import IntEnum


class Side(IntEnum):
    """Side of an order."""

    BUY = 0
    SELL = 1


class TimeInForce(IntEnum):
    """How long an order stays."""

    GTC = 0
    IOC = 1
    FOK = 2


class Instruction(IntEnum):
    """Bits that may be joined with ``|`` beside the time in force."""

    NONE = 0
    POST_ONLY = 1
    MARKET = 2


class CommandKind(IntEnum):
    """Verb of a command row."""

    SUBMIT = 1
    CANCEL = 2
    AMEND = 3
    CANCEL_ALL = 4


class EventKind(IntEnum):
    """What an event row reports."""

    ACCEPTED = 1
    EXECUTED = 2
    CANCELLED = 3
    AMENDED = 4
    REJECTED = 5


class Reason(IntEnum):
    """Why a command was rejected or an order cancelled, lowest number first where several apply."""

    NONE = 0
    UNKNOWN_BOOK = 1
    INVALID_TERMS = 3
    INVALID_QTY = 4
    INVALID_PRICE = 5
    UNKNOWN_ORDER = 6
    POST_ONLY_WOULD_TRADE = 7
    FOK_NOT_FILLABLE = 8
    BOOK_FULL = 9
    UNKNOWN_COMMAND = 10
    REQUESTED = 20
    UNFILLED_REMAINDER = 21


# Command row: one verb. TERMS packs side, time in force and instructions (see pack_terms).
# A CANCEL_ALL row cancels what OWNER has in BOOK.
COMMAND_KIND = 0
COMMAND_BOOK = 1
COMMAND_ORDER_ID = 2
COMMAND_OWNER = 3
COMMAND_TERMS = 4
COMMAND_PRICE_TICKS = 5
COMMAND_QTY_LOTS = 6
COMMAND_SPARE = 7
COMMAND_COLUMNS = 8

# Event row: one fact.
# ORDER_ID is the order acted on (the aggressor in EXECUTED, 0 in a rejected SUBMIT).
# OTHER is the resting order's id in EXECUTED, the reason in REJECTED and CANCELLED, the packed terms
# in ACCEPTED, the former price in AMENDED.
# QTY_LOTS is the executed size, the cancelled size or the order's open size.
# LEAVES_LOTS is what stays open of ORDER_ID; RESTING_LEAVES_LOTS of the resting order in EXECUTED, in
# AMENDED 1 when the order kept its priority and else 0, elsewhere 0.
EVENT_KIND = 0
EVENT_COMMAND = 1
EVENT_ORDER_ID = 2
EVENT_OTHER = 3
EVENT_PRICE_TICKS = 4
EVENT_QTY_LOTS = 5
EVENT_LEAVES_LOTS = 6
EVENT_RESTING_LEAVES_LOTS = 7
EVENT_COLUMNS = 8

# Order row: one slot of the pool, one cache line. LEVEL is the ladder row the order rests on, and a
# free slot's NEXT is the next free slot. BOOK is packed above the terms: TERMS >> ORDER_BOOK_SHIFT.
ORDER_ID = 0
ORDER_NEXT = 1
ORDER_PREVIOUS = 2
ORDER_LEVEL = 3
ORDER_LEAVES_LOTS = 4
ORDER_OWNER = 5
ORDER_TERMS = 6
ORDER_FILLED_LOTS = 7
ORDER_COLUMNS = 8

# Level row: one price of one book, shared by both sides because a book never crosses itself.
LEVEL_HEAD = 0
LEVEL_TAIL = 1
LEVEL_QTY_LOTS = 2
LEVEL_ORDERS = 3
LEVEL_COLUMNS = 4

# Book row: where a book lies in the shared arrays, and its best prices as ladder indices.
# BEST_BID is -1 and BEST_ASK is LEVELS where that side is empty.
BOOK_BASE_TICKS = 0
BOOK_LEVELS = 1
BOOK_LEVEL_START = 2
BOOK_BITMAP_START = 3
BOOK_BITMAP_WORDS = 4
BOOK_BEST_BID = 5
BOOK_BEST_ASK = 6
BOOK_ORDERS = 7
BOOK_COLUMNS = 8

# Pool counters, one int64 vector.
POOL_FREE_HEAD = 0
POOL_FREE_COUNT = 1
POOL_HIGH_WATER = 2
POOL_ARRIVALS = 3
POOL_MAX_ORDERS = 4
POOL_COUNTERS = 8

# An order id is (arrival number << SLOT_BITS) | slot: unique for ever, ordered by arrival, and found
# without hashing.
SLOT_BITS = 24
SLOT_MASK = (1 << SLOT_BITS) - 1
MAX_ORDERS = 1 << SLOT_BITS
NO_SLOT = -1

LEVELS_STEP = 64 * 64
MAX_LEVELS = 64 * 64 * 64
MAX_QTY_LOTS = 1 << 40

ORDER_BOOK_SHIFT = 32
TIF_SHIFT = 1
TIF_MASK = 0xF
INSTRUCTION_SHIFT = 8
# The bits that terms may have: side, time in force, POST_ONLY and MARKET.
TERMS_MASK = 1 | TIF_MASK << TIF_SHIFT | 3 << INSTRUCTION_SHIFT


def pack_terms(side: int, tif: int = TimeInForce.GTC, instructions: int = Instruction.NONE) -> int:
    """Join side, time in force and instruction bits into the TERMS word of a command."""
    return int(side) | int(tif) << TIF_SHIFT | int(instructions) << INSTRUCTION_SHIFT
