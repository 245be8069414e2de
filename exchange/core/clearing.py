"""What a fill, a new working order or a new mark does to positions, cash and open interest."""

from __future__ import annotations

from typing import Any

from exchange.core.layout import (
    ACCOUNT_CASH_MICROS,
    ACCOUNT_FEES_MICROS,
    ACCOUNT_ORDERS,
    INSTRUMENT_MARK_TICKS,
    INSTRUMENT_OPEN_INTEREST_LOTS,
    INSTRUMENT_TICK_VALUE_MICROS,
    POSITION_BUY_LOTS,
    POSITION_BUY_LOSS_TICKLOTS,
    POSITION_COST_TICKLOTS,
    POSITION_LOTS,
    POSITION_ORDERS,
    POSITION_REALISED_MICROS,
    POSITION_SELL_LOTS,
    POSITION_SELL_LOSS_TICKLOTS,
    VENUE_FEES_MICROS,
)
from exchange.core.margin import loss_ticks, refresh
from matching.compiled import KernelCompiler, inlined

Array = Any

compiler = KernelCompiler("matching", "exchange.core")


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


@inlined
def count_orders(
    accounts: Array, positions: Array, account: int, instrument: int, change: int
) -> None:
    """Change the number of an account's live orders."""
    accounts[account, ACCOUNT_ORDERS] += change
    positions[account, instrument, POSITION_ORDERS] += change


@inlined
def book_fill(
    instruments: Array,
    accounts: Array,
    positions: Array,
    venue: Array,
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
        closed_cost = cost * closed_lots // abs(former)
        signed_closed = -closed_lots if signed_lots > 0 else closed_lots
        positions[account, instrument, POSITION_REALISED_MICROS] += (
            price_ticks * signed_closed - closed_cost
        ) * tick_value_micros
        cost += price_ticks * (signed_lots + signed_closed) - closed_cost
    positions[account, instrument, POSITION_COST_TICKLOTS] = cost
    positions[account, instrument, POSITION_LOTS] = lots
    instruments[instrument, INSTRUMENT_OPEN_INTEREST_LOTS] += max(lots, 0) - max(former, 0)
    accounts[account, ACCOUNT_CASH_MICROS] += (
        mark_ticks - price_ticks
    ) * signed_lots * tick_value_micros - fee_micros
    accounts[account, ACCOUNT_FEES_MICROS] += fee_micros
    venue[VENUE_FEES_MICROS] += fee_micros


@compiler.kernel
def pay_per_lot(accounts: Array, positions: Array, instrument: int, micros_per_lot: int) -> int:
    """Pay every position ``micros_per_lot`` a lot (shorts pay); return the lots it was paid on."""
    paid_lots = 0
    for account in range(accounts.shape[0]):
        lots = positions[account, instrument, POSITION_LOTS]
        if lots != 0:
            accounts[account, ACCOUNT_CASH_MICROS] += lots * micros_per_lot
            paid_lots += abs(lots)
    return paid_lots


@compiler.kernel
def refresh_all(instruments: Array, accounts: Array, positions: Array, instrument: int) -> int:
    """Recompute every account's margin in one instrument, after its mark or rates changed."""
    for account in range(accounts.shape[0]):
        refresh(instruments, accounts, positions, account, instrument)
    return len(accounts)
