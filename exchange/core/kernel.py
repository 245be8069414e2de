"""The compiled batch: each command is checked, matched, cleared and reported before the next."""

from __future__ import annotations

from typing import Any

from exchange.core.activation import run_queue
from exchange.core.ahead import fetch_first, fetch_next, is_spread
from exchange.core.amending import amend
from exchange.core.calls import write_calls
from exchange.core.cancels import cancel, cancel_all
from exchange.core.clearing import compiler
from exchange.core.control import NO_VERB, advance, control, expire
from exchange.core.entry import NO_CONDITION, submit, trade_plain
from exchange.core.layout import (
    COMMAND_ACCOUNT,
    COMMAND_INSTRUMENT,
    COMMAND_KIND,
    COMMAND_QTY_LOTS,
    COMMAND_SEQ,
    COMMAND_TS_NS,
    CONDITIONS_OF_FLOOR,
    CONDITIONS_SEQ,
    EVENT_INSTRUMENT,
    EVENT_KIND,
    VENUE_LEGS_BOOKED,
    VENUE_MOST_LEGS,
    VENUE_NEW_CALLS,
    CommandKind,
    EventKind,
    Reason,
)
from exchange.core.ledger import Ledger
from exchange.core.leg_orders import shrink_in_legs
from exchange.core.plain import NOT_PLAIN, PLAIN_EVENTS, TRADES, apply_plain
from exchange.core.quoting import mass_quote
from exchange.core.rows import write_refusal
from exchange.core.settling_cycles import settle_cycles
from matching.arrays import Arrays
from matching.compiled import called, inlined, shared
from matching.kernel import has_slots, most_rows
from matching.layout import (
    BOOK_QUEUED,
    CONDITION_LINKED,
    DETAIL_EXPIRY_NS,
    MAX_LINKED,
    MAX_QUOTES,
    NO_SLOT,
    POOL_APPLIED,
    POOL_EXPIRY_ROOT,
    POOL_NOW_NS,
    POOL_STIRRED,
)
from matching.terms import condition

Array = Any

_SUBMIT = int(CommandKind.SUBMIT)
_CANCEL = int(CommandKind.CANCEL)
_AMEND = int(CommandKind.AMEND)
_CANCEL_ALL = int(CommandKind.CANCEL_ALL)
_LINKED = int(CommandKind.LINKED)
_ADVANCE = int(CommandKind.ADVANCE)
_MASS_QUOTE = int(CommandKind.MASS_QUOTE)
_REJECTED = int(EventKind.REJECTED)
_UNKNOWN_COMMAND = int(Reason.UNKNOWN_COMMAND)
ROWS_OF_A_ROW = 3
"""What a row of the floor may become: a trade, after which both of its accounts are called."""
ROWS_OF_LEGS = 1
"""Of a combo's trade besides its legs: what becomes of reduce-only orders in the legs."""
ROWS_OF_A_BOOK = 4
"""What an ADVANCE may say of a book itself: its state, limit lock and indicative price."""


@called
def apply_row(
    arrays: Arrays, ledger: Ledger, command: int, row: int, behind: int, linked: int, count: int
) -> int:
    """Apply one command row with the ``linked`` LINKED rows behind it, and run its instrument's queue.

    row: that of its conditions, or NO_CONDITION. behind: the first condition row of the commands behind it.
    """
    commands, events = ledger.commands, ledger.events
    kind = commands[command, COMMAND_KIND]
    seq = commands[command, COMMAND_SEQ]
    ts_ns = commands[command, COMMAND_TS_NS]
    first = count
    if kind == _SUBMIT:
        count = submit(arrays, ledger, command, row, linked, count)
    elif kind == _CANCEL:
        count = cancel(arrays, ledger, command, count)
    elif kind == _AMEND:
        count = amend(arrays, ledger, command, row, count)
    elif kind == _CANCEL_ALL:
        count = cancel_all(arrays, ledger, command, count)
    elif kind == _MASS_QUOTE:
        count = mass_quote(arrays, ledger, command, behind, linked, count)
    elif kind == _ADVANCE:
        count = advance(arrays, ledger, count, seq, ts_ns)
    else:
        account = commands[command, COMMAND_ACCOUNT]
        count = write_refusal(ledger, count, seq, ts_ns, -1, account, 0, 0, 0, 0, _UNKNOWN_COMMAND)
    if kind in (_SUBMIT, _AMEND) and events[first, EVENT_KIND] != _REJECTED:
        instrument = events[first, EVENT_INSTRUMENT]
        if arrays.books[instrument, BOOK_QUEUED] > 0:
            count = run_queue(arrays, ledger, count, seq, ts_ns, instrument)
    return count


@called
def trade_through(arrays: Arrays, ledger: Ledger, command: int, count: int) -> int:
    """Apply a submit that trades and that nothing speaks against, and run its instrument's queue."""
    commands = ledger.commands
    instrument = commands[command, COMMAND_INSTRUMENT]
    count = trade_plain(arrays, ledger, command, count)
    if arrays.books[instrument, BOOK_QUEUED] > 0:
        seq = commands[command, COMMAND_SEQ]
        ts_ns = commands[command, COMMAND_TS_NS]
        count = run_queue(arrays, ledger, count, seq, ts_ns, instrument)
    return count


@inlined
def linked_rows(
    arrays: Arrays, commands: Array, conditions: Array, command: int, row: int, behind: int
) -> int:
    """Return how many LINKED rows belong to the one before them: as many as it says, if they are there.

    row, behind: see ``apply_row``. Each must have conditions, which then stand in their order, too.
    """
    wanted = 0
    linked = 0
    if commands[command, COMMAND_KIND] == _SUBMIT:
        wanted = min(condition(arrays, row, CONDITION_LINKED), MAX_LINKED)
    elif commands[command, COMMAND_KIND] == _MASS_QUOTE:
        wanted = min(commands[command, COMMAND_QTY_LOTS], MAX_QUOTES)
    while (
        linked < wanted
        and command + linked + 1 < commands.shape[0]
        and commands[command + linked + 1, COMMAND_KIND] == _LINKED
        and behind + linked < conditions.shape[0]
        and conditions[behind + linked, CONDITIONS_SEQ]
        == commands[command + linked + 1, COMMAND_SEQ]
    ):
        linked += 1
    return linked


@inlined
def row_from(conditions: Array, row: int, seq: int) -> int:
    """Return the first condition row from ``row`` on that belongs to command ``seq`` or one behind it."""
    while row < conditions.shape[0] and conditions[row, CONDITIONS_SEQ] < seq:
        row += 1
    return row


def rows_of_a_row(venue: Array) -> int:
    """Return how many rows one of the floor's may become with the combos that are listed."""
    legs = venue[VENUE_MOST_LEGS]
    rows: int = ROWS_OF_A_ROW + legs + ROWS_OF_LEGS * min(legs, 1)
    return rows


most_rows_of_a_row = inlined(rows_of_a_row)


@inlined
def most_events(books: Array, pool: Array) -> int:
    """Return the most event rows of one command: of the orders, and of each book for itself."""
    return int(most_rows(pool) + ROWS_OF_A_BOOK * books.shape[0])


@compiler.kernel
def apply_batch(
    books: Array,
    levels: Array,
    bitmap: Array,
    orders: Array,
    details: Array,
    owners: Array,
    protections: Array,
    pool: Array,
    matched: Array,
    instruments: Array,
    accounts: Array,
    positions: Array,
    venue: Array,
    moves: Array,
    losses: Array,
    commands: Array,
    events: Array,
    conditions: Array,
    start: int,
    count: int,
    verb: int,
) -> int:
    """Apply hot command rows from ``start`` on, behind ``count`` event rows; return the new number of rows.

    conditions: of the batch; those of commands before ``start`` are passed over. matched: scratch rows of
    the matching floor. verb: 0, or what the venue itself does with the only row (see ``control``).
    POOL_APPLIED tells how many commands are done: fewer than all when the pool, the scratch or the event
    rows must grow before the next.
    """
    arrays = shared(
        Arrays(
            books,
            levels,
            bitmap,
            orders,
            details,
            owners,
            protections,
            pool,
            conditions[:, CONDITIONS_OF_FLOOR:],
            matched,
        )
    )
    ledger = shared(
        Ledger(instruments, accounts, positions, venue, moves, losses, commands, events)
    )
    number = commands.shape[0]
    pool[POOL_APPLIED] = start
    if not has_slots(orders, pool, number - start):
        return count
    command = start
    behind = 0
    spread = is_spread(arrays, ledger)
    if spread:
        fetch_first(arrays, ledger, start, number)
    while command < number:
        if spread:
            fetch_next(arrays, ledger, command)
        seq = ledger.commands[command, COMMAND_SEQ]
        ts_ns = ledger.commands[command, COMMAND_TS_NS]
        behind = row_from(conditions, behind, seq)
        row = NO_CONDITION
        if behind < conditions.shape[0] and conditions[behind, CONDITIONS_SEQ] == seq:
            row = behind
            behind += 1
        ending = pool[POOL_EXPIRY_ROOT]
        due = ending != NO_SLOT and details[ending, DETAIL_EXPIRY_NS] <= ts_ns
        linked = 0
        after = NOT_PLAIN
        if (
            row == NO_CONDITION
            and verb == NO_VERB
            and not due
            and pool[POOL_STIRRED] == 0
            and events.shape[0] - count >= PLAIN_EVENTS
        ):
            after = apply_plain(arrays, ledger, command, count)
        if after < 0:
            trades = after == TRADES
            most = most_events(books, pool)
            if (
                matched.shape[0] < most
                or events.shape[0] - count < most_rows_of_a_row(venue) * most
            ):
                break
            arrays.pool[POOL_NOW_NS] = ts_ns
            after = count
            if due:
                after = expire(arrays, ledger, after, seq, ts_ns)
            if verb != NO_VERB:
                after = control(arrays, ledger, command, verb, after)
            elif trades:
                after = trade_through(arrays, ledger, command, after)
            else:
                linked = linked_rows(arrays, commands, conditions, command, row, behind)
                after = apply_row(arrays, ledger, command, row, behind, linked, after)
            if venue[VENUE_LEGS_BOOKED] != 0:
                after = shrink_in_legs(arrays, ledger, count, after, seq, ts_ns)
            if pool[POOL_STIRRED] != 0:
                after = settle_cycles(arrays, ledger, after, seq, ts_ns)
        count = after
        if ledger.venue[VENUE_NEW_CALLS] != 0:
            count = write_calls(ledger, count, seq, ts_ns)
        command += 1 + linked
    pool[POOL_APPLIED] = command
    return count
