"""What an account must hold: the margin of one position with its working orders at their worst."""

from __future__ import annotations

from typing import Any

from exchange.core.layout import (
    ACCOUNT_INITIAL_MICROS,
    ACCOUNT_MAINTENANCE_MICROS,
    INSTRUMENT_INITIAL_MICROS,
    INSTRUMENT_MAINTENANCE_MICROS,
    INSTRUMENT_MARK_TICKS,
    INSTRUMENT_TICK_VALUE_MICROS,
    POSITION_BUY_LOSS_TICKLOTS,
    POSITION_BUY_LOTS,
    POSITION_INITIAL_MICROS,
    POSITION_LOTS,
    POSITION_MAINTENANCE_MICROS,
    POSITION_SELL_LOSS_TICKLOTS,
    POSITION_SELL_LOTS,
)
from matching.compiled import inlined

Array = Any


@inlined
def loss_ticks(instruments: Array, instrument: int, side: int, price_ticks: int) -> int:
    """Return what a lot bought (0) or sold (1) at a price loses against the mark; 0 for a gain."""
    mark_ticks: int = instruments[instrument, INSTRUMENT_MARK_TICKS]
    return max(0, (price_ticks - mark_ticks) * (1 - 2 * side))


@inlined
def initial_micros(
    instruments: Array,
    instrument: int,
    lots: int,
    buy_lots: int,
    buy_loss_ticklots: int,
    sell_lots: int,
    sell_loss_ticklots: int,
) -> int:
    """Return the initial margin of a position if the worse side of its working orders filled.

    Flat rate per lot on the larger of |position + buys| and |position - sells|, plus what the fills
    would lose against the mark (a bid above it, an ask below it). No order's gain covers another's
    loss, because the losing one may fill alone.
    """
    exposed_lots = max(lots + buy_lots, sell_lots - lots)
    lost_ticklots = buy_loss_ticklots + sell_loss_ticklots
    lot_micros: int = instruments[instrument, INSTRUMENT_INITIAL_MICROS]
    tick_micros: int = instruments[instrument, INSTRUMENT_TICK_VALUE_MICROS]
    return exposed_lots * lot_micros + lost_ticklots * tick_micros


@inlined
def refresh(
    instruments: Array, accounts: Array, positions: Array, account: int, instrument: int
) -> None:
    """Recompute one position's margins and replace them in the account's sums."""
    initial = initial_micros(
        instruments,
        instrument,
        positions[account, instrument, POSITION_LOTS],
        positions[account, instrument, POSITION_BUY_LOTS],
        positions[account, instrument, POSITION_BUY_LOSS_TICKLOTS],
        positions[account, instrument, POSITION_SELL_LOTS],
        positions[account, instrument, POSITION_SELL_LOSS_TICKLOTS],
    )
    maintenance = (
        abs(positions[account, instrument, POSITION_LOTS])
        * instruments[instrument, INSTRUMENT_MAINTENANCE_MICROS]
    )
    accounts[account, ACCOUNT_INITIAL_MICROS] += (
        initial - positions[account, instrument, POSITION_INITIAL_MICROS]
    )
    accounts[account, ACCOUNT_MAINTENANCE_MICROS] += (
        maintenance - positions[account, instrument, POSITION_MAINTENANCE_MICROS]
    )
    positions[account, instrument, POSITION_INITIAL_MICROS] = initial
    positions[account, instrument, POSITION_MAINTENANCE_MICROS] = maintenance
