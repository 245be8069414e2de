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
    """How long an order stays. DAY ends with the book's day, GTD at the order's own time."""

    GTC = 0
    IOC = 1
    FOK = 2
    DAY = 3
    GTD = 4


class Instruction(IntEnum):
    """Bits that may be joined with ``|`` beside the time in force.

    MARKET_TO_LIMIT goes with MARKET, REPRICE with POST_ONLY. QUOTE is set by a mass quote alone.
    """

    NONE = 0
    POST_ONLY = 1
    MARKET = 2
    MARKET_TO_LIMIT = 4
    REPRICE = 8
    REDUCE_ONLY = 16
    PROTECTED = 32
    QUOTE = 64


class Prevention(IntEnum):
    """What an aggressor asks for when it meets a resting order of its own group."""

    NONE = 0
    CANCEL_AGGRESSOR = 1
    CANCEL_RESTING = 2
    CANCEL_BOTH = 3
    DECREMENT = 4


class TriggerSource(IntEnum):
    """The price that wakes a stop."""

    NONE = 0
    LAST = 1
    MARK = 2
    INDEX = 3


class TriggerWhen(IntEnum):
    """The direction in which that price must reach the trigger."""

    RISES = 0
    FALLS = 1


class Link(IntEnum):
    """How an order and the linked ones behind it depend on one another."""

    NONE = 0
    OCO = 1
    OTO = 2
    OTOCO = 3


class State(IntEnum):
    """Trading state of a book."""

    PRE_OPEN = 0
    OPEN = 1
    HALTED = 2
    CLOSED = 3
    EXPIRED = 4


class CommandKind(IntEnum):
    """Verb of a command row."""

    SUBMIT = 1
    CANCEL = 2
    AMEND = 3
    CANCEL_ALL = 4
    MASS_QUOTE = 5


class Control(IntEnum):
    """Verb of a call beside the batch, for whoever runs the venue."""

    SET_STATE = 1
    SET_PRICE = 2
    SET_BAND = 3
    SET_BREAKER = 4
    SET_HOLDING = 5
    ADVANCE = 6
    SET_REFERENCE = 7


class EventKind(IntEnum):
    """What an event row reports."""

    ACCEPTED = 1
    EXECUTED = 2
    CANCELLED = 3
    AMENDED = 4
    REJECTED = 5
    REDUCED = 6
    REFILLED = 7
    ACTIVATED = 8
    PARKED = 9
    UNCROSSED = 10
    INDICATED = 11
    STATE_CHANGED = 12
    LIMIT_LOCKED = 13
    PROTECTION_TRIPPED = 14
    IMPLIED = 15
    IMPLIED_LEG = 16


class Reason(IntEnum):
    """Why a command was rejected or an order cancelled; where several apply, the lowest number is given."""

    NONE = 0
    UNKNOWN_COMMAND = 1
    UNKNOWN_BOOK = 2
    UNKNOWN_OWNER = 3
    INVALID_TERMS = 4
    INVALID_QTY = 5
    INVALID_PRICE = 6
    INVALID_DISPLAY = 7
    INVALID_MINIMUM = 8
    INVALID_EXPIRY = 9
    INVALID_TRIGGER = 10
    INVALID_LINK = 11
    UNKNOWN_ORDER = 12
    NOT_OPEN = 13
    PRICE_BELOW_BAND = 14
    PRICE_ABOVE_BAND = 15
    REDUCE_ONLY_WOULD_INCREASE = 16
    UNPROTECTED = 17
    FROZEN = 18
    NO_OPPOSITE = 19
    POST_ONLY_WOULD_TRADE = 20
    FOK_NOT_FILLABLE = 21
    MINIMUM_NOT_FILLABLE = 22
    TRIGGER_REACHED = 23
    BOOK_FULL = 24
    REQUESTED = 40
    UNFILLED_REMAINDER = 41
    ORDER_EXPIRED = 42
    SELF_TRADE = 43
    POSITION_REDUCED = 44
    LINKED_ORDER = 45
    PROTECTION = 46
    OUTSIDE_BAND = 47
    BOOK_EXPIRED = 48
    REFUSED = 49


# Command row: one verb. TERMS packs side, time in force, instructions, self-trade prevention and the trigger
# (see pack_terms). PRICE_TICKS of a MARKET order is its collar: how far from the best price of the other side
# it may trade (0: as far as the domain goes). CONDITIONS is 0, or 1 + the row of the condition table that
# comes with the batch. CANCEL_ALL cancels what OWNER has in BOOK. AMEND: TERMS is 0 or AMEND_WHOLE; a
# condition row gives the order its TRIGGER_TICKS and TRAIL_TICKS. MASS_QUOTE replaces OWNER's quotes in BOOK
# by the QTY_LOTS rows of the condition table from CONDITIONS.
COMMAND_KIND = 0
COMMAND_BOOK = 1
COMMAND_ORDER_ID = 2
COMMAND_OWNER = 3
COMMAND_TERMS = 4
COMMAND_PRICE_TICKS = 5
COMMAND_QTY_LOTS = 6
COMMAND_CONDITIONS = 7
COMMAND_COLUMNS = 8

# Condition row: what only few orders say (0: nothing). LINKED rows that follow are the orders linked to this
# one; TERMS, PRICE_TICKS and QTY_LOTS are theirs, and those of a quote, and 0 in a first row. COMPLETE: 1
# when only a whole fill counts for the link, 0 when the first execution does.
CONDITION_DISPLAY_LOTS = 0
CONDITION_MINIMUM_LOTS = 1
CONDITION_EXPIRY_NS = 2
CONDITION_TRIGGER_TICKS = 3
CONDITION_TRAIL_TICKS = 4
CONDITION_LINK = 5
CONDITION_LINKED = 6
CONDITION_COMPLETE = 7
CONDITION_TERMS = 8
CONDITION_PRICE_TICKS = 9
CONDITION_QTY_LOTS = 10
CONDITION_COLUMNS = 11

# Event row: one fact. ORDER_ID is the order acted on (the aggressor in EXECUTED, the buy order in UNCROSSED,
# 0 in a rejected SUBMIT and in what concerns a whole book). OTHER is the resting order's id in EXECUTED, the
# sell order's in UNCROSSED, the reason in REJECTED, CANCELLED and REDUCED, the packed terms in ACCEPTED, the
# former price in AMENDED, the trigger price in ACTIVATED (0 where there was none), the new state in
# STATE_CHANGED, 1 + side (0: unlocked) in LIMIT_LOCKED, the owner in PROTECTION_TRIPPED, the book in
# INDICATED. QTY_LOTS is the executed size, the size taken away (CANCELLED, REDUCED), the size now shown
# (REFILLED), the volume of an auction (INDICATED) or the order's open size. LEAVES_LOTS is what stays open of
# ORDER_ID, what an iceberg hides included; in INDICATED the surplus, positive where buyers are left.
# RESTING_LEAVES_LOTS is that of the other order in EXECUTED and UNCROSSED, in AMENDED 1 when the order kept
# its priority and else 0, in ACCEPTED and CANCELLED 1 when the order waits or waited beside the book, in
# REDUCED what a resting order still shows; the book in STATE_CHANGED, LIMIT_LOCKED; the family in
# PROTECTION_TRIPPED; elsewhere 0. IMPLIED is a combo's order in a cycle: OTHER is the aggressor,
# RESTING_LEAVES_LOTS the number of IMPLIED_LEG rows that follow, of the orders in the legs: OTHER is the
# combo's order, RESTING_LEAVES_LOTS what it leaves.
EVENT_KIND = 0
EVENT_COMMAND = 1
EVENT_ORDER_ID = 2
EVENT_OTHER = 3
EVENT_PRICE_TICKS = 4
EVENT_QTY_LOTS = 5
EVENT_LEAVES_LOTS = 6
EVENT_RESTING_LEAVES_LOTS = 7
EVENT_COLUMNS = 8

# Order row: one slot of the pool, one cache line. LEVEL is the ladder row the order rests on, or one of the
# negative codes below; a free slot's NEXT is the next free slot. LEAVES_LOTS is the size shown. Above the
# terms of TERMS stand the marks and, from ORDER_BOOK_SHIFT on, the book.
ORDER_ID = 0
ORDER_NEXT = 1
ORDER_PREVIOUS = 2
ORDER_LEVEL = 3
ORDER_LEAVES_LOTS = 4
ORDER_OWNER = 5
ORDER_TERMS = 6
ORDER_FILLED_LOTS = 7
ORDER_COLUMNS = 8

# LEVEL of an order that waits beside the book: for its trigger, for the order it is linked to, or for its
# turn after either (all three are in the book's list of waiting orders); of an aggressor in its match, whose
# PREVIOUS is its price then; and of one that was cancelled in it.
LEVEL_PENDING = -1
LEVEL_DORMANT = -2
LEVEL_QUEUED = -3
LEVEL_MATCHING = -4
LEVEL_ENDED = -5

# Detail row: the second, cold row of a slot; touched for orders with marks only.
DETAIL_RESERVE_LOTS = 0
DETAIL_DISPLAY_LOTS = 1
DETAIL_MINIMUM_LOTS = 2
DETAIL_PRICE_TICKS = 3
DETAIL_EXPIRY_NS = 4
DETAIL_EXPIRY_CHILD = 5
DETAIL_EXPIRY_NEXT = 6
DETAIL_EXPIRY_PREVIOUS = 7
DETAIL_TRIGGER_TICKS = 8
DETAIL_TRIGGER_KEY = 9
DETAIL_TRIGGER_CHILD = 10
DETAIL_TRIGGER_NEXT = 11
DETAIL_TRIGGER_PREVIOUS = 12
DETAIL_TRAIL_TICKS = 13
DETAIL_RING = 14
DETAIL_PARENT = 15
DETAIL_CHILD = 16
DETAIL_SIBLING = 17
DETAIL_COMPLETE = 18
DETAIL_REDUCER_NEXT = 19
DETAIL_REDUCER_PREVIOUS = 20
DETAIL_BATCH_NS = 21  # end of the batch in which it came to rest, in a book of batch auctions
DETAIL_ALLOTTED_LOTS = 22  # what the batch that is being cleared gives it; 0 between batches
DETAIL_COLUMNS = 23

# Level row: one price of one side of one book.
LEVEL_HEAD = 0
LEVEL_TAIL = 1
LEVEL_QTY_LOTS = 2
LEVEL_ORDERS = 3
LEVEL_COLUMNS = 4

# Book row: where each side of a book lies in the shared arrays, its best prices as ladder indices, and what
# guards it. What there is of each side stands in two columns, that of asks behind that of bids. BEST_BID is
# -1 and BEST_ASK is LEVELS where that side is empty. LAST, MARK and INDEX are the prices that triggers watch,
# NO_PRICE before the first one. BAND is what an order may name, RANGE what an execution may reach (ladder
# indices, both ends included); as long as the last price stays inside WATCH it wakes no stop. REFERENCE
# stands in for LAST in the breaker's range until the next trade, NO_PRICE where it does not. DETAILED counts
# the resting orders with a detail row. The first columns are those that every order needs.
BOOK_BASE_TICKS = 0
BOOK_LEVELS = 1
BOOK_LEVEL_START = 2  # of bids; that of asks follows
BOOK_BITMAP_START = 4  # of bids; that of asks follows
BOOK_BEST_BID = 6
BOOK_BEST_ASK = 7
BOOK_ORDERS = 8
BOOK_STATE = 9
BOOK_BAND_LOW = 10
BOOK_BAND_HIGH = 11
BOOK_QUEUED = 12
BOOK_RANGE_LOW = 13
BOOK_RANGE_HIGH = 14
BOOK_WATCH_LOW_TICKS = 15
BOOK_WATCH_HIGH_TICKS = 16
BOOK_LAST_TICKS = 17
BOOK_MARK_TICKS = 18
BOOK_INDEX_TICKS = 19
BOOK_ICEBERGS = 20
BOOK_REDUCERS = 21
BOOK_DETAILED = 22
BOOK_FAMILY = 23
BOOK_WEIGHT = 24
BOOK_DAY_END_NS = 25
BOOK_REOPEN_NS = 26
BOOK_EXTENSIONS = 27
BOOK_LOCKED = 28
BOOK_WAITING_HEAD = 29
BOOK_WAITING_TAIL = 30
BOOK_QUEUE_HEAD = 31
BOOK_QUEUE_TAIL = 32
BOOK_RISES_ROOT = 33  # of LAST; those of MARK and INDEX follow
BOOK_FALLS_ROOT = 36  # of LAST; those of MARK and INDEX follow
BOOK_TRAILING_HEAD = 39  # of LAST; those of MARK and INDEX follow
BOOK_TRAILING_TAIL = 42  # of LAST; those of MARK and INDEX follow
BOOK_INDICATED_TICKS = 45
BOOK_INDICATED_LOTS = 46
BOOK_INDICATED_SURPLUS_LOTS = 47
BOOK_MOVE = 48  # parts per million of the price; negative: so many ticks
BOOK_WINDOW_NS = 49
BOOK_PAUSE_NS = 50
BOOK_MAX_EXTENSIONS = 51
BOOK_BUCKET = 52
BOOK_BUCKET_LOW_TICKS = 53  # WINDOW_BUCKETS of them
BOOK_BUCKET_HIGH_TICKS = 61  # WINDOW_BUCKETS of them
BOOK_REFERENCE_TICKS = 69
BOOK_ALGORITHM = 70
BOOK_MINIMUM_LOTS = 71  # least that pro-rata allocates
BOOK_TOP_PPM = 72  # share of an aggressor that the top order gets at most
BOOK_TOP_LOTS = 73  # lots that it gets at most; 0: no top order has priority
BOOK_TOP_ORDER = 74  # id of that of bids, 0 for none; that of asks follows
BOOK_BATCH_NS = 76  # interval of batches; 0 in a book that trades continuously
BOOK_BATCH_END_NS = 77
BOOK_FLEETING = 78  # 1 once an order came that the end of the batch cancels
BOOK_LINKED = 79  # cycles (a combo with its legs) that the book is part of
BOOK_CYCLE = 80  # of a leg: the combo linked first, NO_SLOT if none
BOOK_LEGS = 81  # of a combo: how many legs it is linked with
BOOK_LEG = 82  # MAX_LEGS of them
BOOK_RATIO = 86  # MAX_LEGS of them
BOOK_NEXT_CYCLE = 90  # for each of MAX_LEGS legs: the combo linked next, NO_SLOT at the end
BOOK_CYCLE_END_NS = 94  # of a combo: from when on its cycle does not trade, 0: never
BOOK_TRIED_LOTS = 95  # of a combo: taken by its cycle while fillable lots are counted
BOOK_COLUMNS = 96  # whole cache lines
MAX_LEGS = 4
WINDOW_BUCKETS = 8
NO_PRICE = -(1 << 62)

# Owner row: the self-trade group, then for every book the holding and the newest resting reduce-only order.
OWNER_GROUP = 0
OWNER_HOLDING_LOTS = 1
OWNER_REDUCER = 2  # NO_SLOT where there is none
OWNER_BOOK_COLUMNS = 2

# Protection row: a market maker's limits in one family of books, and what it traded in the interval. START_NS
# is -MAX_TIME_NS before an interval's first execution. FROZEN_UNTIL_NS is 0 while quotes are welcome,
# FROZEN_FOR_GOOD until the protection is set anew.
PROTECTION_OWNER = 0
PROTECTION_FAMILY = 1
PROTECTION_INTERVAL_NS = 2
PROTECTION_FROZEN_NS = 3
PROTECTION_QTY_LIMIT_LOTS = 4
PROTECTION_DELTA_LIMIT = 5
PROTECTION_START_NS = 6
PROTECTION_QTY_LOTS = 7
PROTECTION_DELTA = 8
PROTECTION_FROZEN_UNTIL_NS = 9
PROTECTION_COLUMNS = 10
FROZEN_FOR_GOOD = -1

# Pool counters, one int64 vector.
POOL_FREE_HEAD = 0
POOL_FREE_COUNT = 1
POOL_HIGH_WATER = 2
POOL_ARRIVALS = 3
POOL_MAX_ORDERS = 4
POOL_NOW_NS = 5
POOL_EXPIRY_ROOT = 6
POOL_DETAILED = 7  # live orders whose detail row is in use
POOL_BREACHED = 8  # 1 while a protection is breached
POOL_APPLIED = 9  # commands of the batch applied so far
POOL_STIRRED = 10  # bits of matching.stirring
POOL_CYCLE_ROWS = 11  # event rows an order may cost beyond its own because of linked combos
POOL_COUNTERS = 12

# An order id is (arrival number << SLOT_BITS) | slot: unique for ever, and ordered by arrival.
SLOT_BITS = 24
SLOT_MASK = (1 << SLOT_BITS) - 1
MAX_ORDERS = 1 << SLOT_BITS
NO_SLOT = -1

LEVELS_STEP = 64 * 64
MAX_LEVELS = 64 * 64 * 64
MAX_QTY_LOTS = 1 << 40
MAX_TIME_NS = 1 << 62
MAX_PEAKS = 64  # an iceberg shows at least this part of its size
MAX_LINKED = 8
MAX_QUOTES = 64
AMEND_WHOLE = 1  # TERMS of an AMEND whose size counts what is filled too
CASCADE_ORDERS = 64  # waiting orders that may become active within one command

TIF_SHIFT = 1
TIF_MASK = 0xF
INSTRUCTION_SHIFT = 8
PREVENTION_SHIFT = 16
PREVENTION_MASK = 0x7
SOURCE_SHIFT = 20
SOURCE_MASK = 0x3
WHEN_SHIFT = 22
TRAILING = 1 << 23
TERMS_MASK = (1 << 24) - 1  # the bits that terms may have; what stands above them is ours
# Marks that the book sets: the detail row is in use, and for what.
MARK_DETAIL = 1 << 24
MARK_ICEBERG = 1 << 25
MARK_LINKED = 1 << 26
MARK_TIMED = 1 << 27
MARK_TRIGGERED = 1 << 28
ORDER_BOOK_SHIFT = 32


def pack_terms(
    side: int,
    tif: int = TimeInForce.GTC,
    instructions: int = Instruction.NONE,
    *,
    prevention: int = Prevention.NONE,
    source: int = TriggerSource.NONE,
    when: int = TriggerWhen.RISES,
    trailing: bool = False,
) -> int:
    """Join side, time in force, instruction bits, prevention and trigger into the TERMS word of a command."""
    return (
        int(side)
        | int(tif) << TIF_SHIFT
        | int(instructions) << INSTRUCTION_SHIFT
        | int(prevention) << PREVENTION_SHIFT
        | int(source) << SOURCE_SHIFT
        | int(when) << WHEN_SHIFT
        | (TRAILING if trailing else 0)
    )
