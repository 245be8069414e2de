"""What a fill, a new working order or a new mark does to positions, cash and open interest."""

from __future__ import annotations

from typing import Any

from exchange.core.layout import (
    ACCOUNT_CASH_MICROS,
    ACCOUNT_FEES_MICROS,
    ACCOUNT_ORDERS,
    ACCOUNT_STATUS,
    INSTRUMENT_LAST_TICKS,
    INSTRUMENT_LEG,
    INSTRUMENT_LEGS,
    INSTRUMENT_MARK_TICKS,
    INSTRUMENT_OPEN_INTEREST_LOTS,
    INSTRUMENT_RATIO,
    INSTRUMENT_TICK_VALUE_MICROS,
    INSTRUMENT_TRADES,
    INSTRUMENT_TURNOVER_TICKLOTS,
    INSTRUMENT_VOLUME_LOTS,
    POSITION_BUY_LOSS_TICKLOTS,
    POSITION_BUY_LOTS,
    POSITION_COMBO_BUY_LOTS,
    POSITION_COST_TICKLOTS,
    POSITION_FEES_MICROS,
    POSITION_HELD_LOTS,
    POSITION_LONGEST_LOTS,
    POSITION_LOTS,
    POSITION_ORDERS,
    POSITION_REALISED_MICROS,
    POSITION_SELL_LOSS_TICKLOTS,
    POSITION_SELL_LOTS,
    POSITION_SHORTEST_LOTS,
    POSITION_VARIATION_MICROS,
    SCENARIOS,
    VENUE_FEES_MICROS,
    VENUE_TRADES,
)
from exchange.core.ledger import Ledger
from exchange.core.margin import (
    assess,
    follow_position,
    loss_ticks,
    replace_moves,
    set_held_addon,
)
from matching.arrays import Arrays
from matching.compiled import KernelCompiler, called, inlined, shared
from matching.layout import (
    BOOK_BASE_TICKS,
    LEVEL_HEAD,
    LEVEL_ORDERS,
    ORDER_NEXT,
    ORDER_OWNER,
    ORDER_TERMS,
)
from matching.queue import best_index, is_level, ladder_start, next_level
from matching.removal import open_lots

Array = Any

compiler = KernelCompiler("exchange.core.clearing", "exchange.core.kernel")


@called
def add_in_legs(
    instruments: Array, positions: Array, account: int, combo: int, side: int, lots: int
) -> None:
    """Let the legs of a combo know what more, or (negative) less, of it works on one side."""
    for place in range(instruments[combo, INSTRUMENT_LEGS]):
        leg = instruments[combo, INSTRUMENT_LEG + place]
        ratio = instruments[combo, INSTRUMENT_RATIO + place]
        column = POSITION_COMBO_BUY_LOTS + side
        if ratio < 0:
            column = POSITION_COMBO_BUY_LOTS + 1 - side
        positions[account, leg, column] += lots * abs(ratio)


@inlined
def add_working(
    instruments: Array,
    positions: Array,
    account: int,
    instrument: int,
    side: int,
    price_ticks: int,
    lots: int,
) -> None:
    """Add to (or, negative, take from) what works on one side of a position."""
    lost_ticklots = lots * loss_ticks(instruments, instrument, side, price_ticks)
    if side == 0:
        positions[account, instrument, POSITION_BUY_LOTS] += lots
        positions[account, instrument, POSITION_BUY_LOSS_TICKLOTS] += lost_ticklots
    else:
        positions[account, instrument, POSITION_SELL_LOTS] += lots
        positions[account, instrument, POSITION_SELL_LOSS_TICKLOTS] += lost_ticklots
    if instruments[instrument, INSTRUMENT_LEGS] != 0:
        add_in_legs(instruments, positions, account, instrument, side, lots)


@inlined
def count_orders(
    accounts: Array, positions: Array, account: int, instrument: int, change: int
) -> None:
    """Change the number of an account's live orders."""
    accounts[account, ACCOUNT_ORDERS] += change
    positions[account, instrument, POSITION_ORDERS] += change


@inlined
def count_trade(ledger: Ledger, instrument: int, price_ticks: int, lots: int) -> int:
    """Count a trade on an instrument's tape; return its id."""
    instruments, venue = ledger.instruments, ledger.venue
    venue[VENUE_TRADES] += 1
    instruments[instrument, INSTRUMENT_LAST_TICKS] = price_ticks
    instruments[instrument, INSTRUMENT_TRADES] += 1
    instruments[instrument, INSTRUMENT_VOLUME_LOTS] += lots
    instruments[instrument, INSTRUMENT_TURNOVER_TICKLOTS] += price_ticks * lots
    return int(venue[VENUE_TRADES])


@called
def book_fill(
    ledger: Ledger,
    account: int,
    instrument: int,
    side: int,
    price_ticks: int,
    qty_lots: int,
    fee_micros: int,
) -> None:
    """Book one side of a trade at the mark: cash moves by (mark - price), the position by the lots.

    The entry cost of closed lots leaves in proportion, rounded down; it only serves reports.
    """
    instruments, accounts = ledger.instruments, ledger.accounts
    positions, venue = ledger.positions, ledger.venue
    tick_value_micros = instruments[instrument, INSTRUMENT_TICK_VALUE_MICROS]
    mark_ticks = instruments[instrument, INSTRUMENT_MARK_TICKS]
    signed_lots = qty_lots - 2 * qty_lots * side
    former = positions[account, instrument, POSITION_LOTS]
    lots = former + signed_lots
    cost = positions[account, instrument, POSITION_COST_TICKLOTS]
    if former * signed_lots >= 0:
        cost += price_ticks * signed_lots
    else:
        closed_lots = min(qty_lots, abs(former))
        # cost * closed // former in two steps, because the product alone could pass 2**63.
        held_lots = abs(former)
        closed_cost = cost // held_lots * closed_lots + cost % held_lots * closed_lots // held_lots
        signed_closed = -closed_lots if signed_lots > 0 else closed_lots
        positions[account, instrument, POSITION_REALISED_MICROS] += (
            price_ticks * signed_closed - closed_cost
        ) * tick_value_micros
        cost += price_ticks * (signed_lots + signed_closed) - closed_cost
    positions[account, instrument, POSITION_COST_TICKLOTS] = cost
    positions[account, instrument, POSITION_LOTS] = lots
    instruments[instrument, INSTRUMENT_OPEN_INTEREST_LOTS] += max(lots, 0) - max(former, 0)
    variation_micros = (mark_ticks - price_ticks) * signed_lots * tick_value_micros
    accounts[account, ACCOUNT_CASH_MICROS] += variation_micros - fee_micros
    accounts[account, ACCOUNT_FEES_MICROS] += fee_micros
    positions[account, instrument, POSITION_VARIATION_MICROS] += variation_micros
    positions[account, instrument, POSITION_FEES_MICROS] += fee_micros
    venue[VENUE_FEES_MICROS] += fee_micros


@compiler.kernel
def pay_per_lot(
    accounts: Array, positions: Array, instrument: int, micros_per_lot: int, column: int
) -> int:
    """Pay every position ``micros_per_lot`` a lot (shorts pay); return the lots it was paid on.

    column: of the position row that sums such payments up.
    """
    paid_lots = 0
    for account in range(accounts.shape[0]):
        lots = positions[account, instrument, POSITION_LOTS]
        if lots != 0:
            accounts[account, ACCOUNT_CASH_MICROS] += lots * micros_per_lot
            positions[account, instrument, column] += lots * micros_per_lot
            paid_lots += abs(lots)
    return paid_lots


@called
def add_level_losses(
    arrays: Arrays, positions: Array, instrument: int, level: int, lost_ticks: int
) -> None:
    """Add what the orders of one price level would lose to the losses of their owners."""
    orders = arrays.orders
    slot = arrays.levels[level, LEVEL_HEAD]
    for _ in range(arrays.levels[level, LEVEL_ORDERS]):
        lost_ticklots = open_lots(arrays, slot) * lost_ticks
        owner = orders[slot, ORDER_OWNER]
        if orders[slot, ORDER_TERMS] & 1 == 0:
            positions[owner, instrument, POSITION_BUY_LOSS_TICKLOTS] += lost_ticklots
        else:
            positions[owner, instrument, POSITION_SELL_LOSS_TICKLOTS] += lost_ticklots
        slot = orders[slot, ORDER_NEXT]


@compiler.kernel
def revalue_working(
    books: Array,
    levels: Array,
    bitmap: Array,
    orders: Array,
    details: Array,
    owners: Array,
    protections: Array,
    pool: Array,
    conditions: Array,
    matched: Array,
    instruments: Array,
    positions: Array,
    instrument: int,
) -> int:
    """Recompute what working orders would lose against a new mark; return the levels beyond it."""
    arrays = shared(
        Arrays(
            books, levels, bitmap, orders, details, owners, protections, pool, conditions, matched
        )
    )
    for account in range(positions.shape[0]):
        positions[account, instrument, POSITION_BUY_LOSS_TICKLOTS] = 0
        positions[account, instrument, POSITION_SELL_LOSS_TICKLOTS] = 0
    mark = instruments[instrument, INSTRUMENT_MARK_TICKS] - books[instrument, BOOK_BASE_TICKS]
    beyond = 0
    for side in range(2):
        start = ladder_start(arrays, instrument, side)
        index = best_index(arrays, instrument, side)
        while is_level(arrays, instrument, index) and (index - mark) * (1 - 2 * side) > 0:
            add_level_losses(arrays, positions, instrument, start + index, abs(index - mark))
            index = next_level(arrays, instrument, side, index)
            beyond += 1
    return beyond


@compiler.kernel
def remargin(
    instruments: Array,
    accounts: Array,
    positions: Array,
    venue: Array,
    moves: Array,
    losses: Array,
    commands: Array,
    events: Array,
    former: Array,
    instrument: int,
) -> int:
    """Recompute every account's margin after one instrument's mark, moves or cash; return how many have it.

    former: int64[1, MOVE_COLUMNS], the moves that the losses contain.
    """
    ledger = shared(
        Ledger(instruments, accounts, positions, venue, moves, losses, commands, events)
    )
    margined = 0
    for account in range(accounts.shape[0]):
        longest = positions[account, instrument, POSITION_LONGEST_LOTS]
        shortest = positions[account, instrument, POSITION_SHORTEST_LOTS]
        held = positions[account, instrument, POSITION_HELD_LOTS]
        if longest != 0 or shortest != 0 or held != 0:
            margined += 1
            replace_moves(ledger, former, account, instrument, longest, shortest)
            for scenario in range(SCENARIOS, 2 * SCENARIOS):
                change = former[0, scenario] - moves[instrument, scenario]
                losses[account, scenario] += change * held
            set_held_addon(ledger, account, instrument, held)
            follow_position(ledger, account, instrument)
            assess(ledger, account)
    return margined


@compiler.kernel
def assess_one(
    instruments: Array,
    accounts: Array,
    positions: Array,
    venue: Array,
    moves: Array,
    losses: Array,
    commands: Array,
    events: Array,
    account: int,
) -> int:
    """Set one account's margins and status, after its cash changed; return its status."""
    ledger = shared(
        Ledger(instruments, accounts, positions, venue, moves, losses, commands, events)
    )
    assess(ledger, account)
    return int(accounts[account, ACCOUNT_STATUS])
