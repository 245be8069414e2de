"""How much of a position one step of a close-out offers to the book."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from exchange.core import layout as at
from exchange.core.default_terms import PPM

if TYPE_CHECKING:
    from exchange.core.core import Core


def slice_lots(core: Core, account: int, instrument: int, best_ticks: int) -> int:
    """Return the size of a step: a share of the position, no more than make the account whole.

    best_ticks: the best price of the other side. At worse ones it takes more to be whole, so that no lot
    is closed which could have stayed. The account has no orders.
    """
    row = core.instruments[instrument].tolist()
    lots = core.positions.item(account, instrument, at.POSITION_LOTS)
    most = max(1, abs(lots) * core.default_terms.slice_ppm // PPM)
    most = min(most, row[at.INSTRUMENT_MAX_ORDER_LOTS])
    return first_whole(_excess_after(core, account, instrument, best_ticks), most)


def _excess_after(
    core: Core, account: int, instrument: int, price_ticks: int
) -> Callable[[int], int]:
    """Return what an account has above its initial margin, as a function of the lots closed at a price."""
    row = core.instruments[instrument].tolist()
    held = core.accounts[account].tolist()
    position = core.positions[account, instrument].tolist()
    losses = core.losses[account, : at.SCENARIOS].tolist()
    moves = core.moves[instrument, : at.SCENARIOS].tolist()
    lots = position[at.POSITION_LOTS]
    sign = 1 if lots > 0 else -1
    lost_ticks = sign * (row[at.INSTRUMENT_MARK_TICKS] - price_ticks)
    lot_loss_micros = lost_ticks * row[at.INSTRUMENT_TICK_VALUE_MICROS]
    lot_loss_micros += row[at.INSTRUMENT_TAKER_FEE_MICROS]
    # Of a binary all may be lost.
    value_micros = row[at.INSTRUMENT_MARK_TICKS] * row[at.INSTRUMENT_TICK_VALUE_MICROS]
    payout_micros = row[at.INSTRUMENT_PAYOUT_MICROS]
    all_micros = 0
    if payout_micros:
        all_micros = value_micros if lots > 0 else payout_micros - value_micros
    others_addon_micros = held[at.ACCOUNT_ADDON_MICROS] - position[at.POSITION_ADDON_MICROS]

    def excess_micros(closed_lots: int) -> int:
        worst = max(
            0,
            *(loss + move * sign * closed_lots for loss, move in zip(losses, moves, strict=True)),
        )
        beyond = max(0, abs(lots) - closed_lots - row[at.INSTRUMENT_CONCENTRATION_LOTS])
        addon = others_addon_micros + beyond * row[at.INSTRUMENT_CONCENTRATION_MICROS]
        addon += (abs(lots) - closed_lots) * all_micros
        cash = held[at.ACCOUNT_CASH_MICROS] - closed_lots * lot_loss_micros
        excess: int = cash - worst - addon
        return excess

    return excess_micros


def first_whole(excess_micros: Callable[[int], int], most: int) -> int:
    """Return the smallest number of lots, from 1 to ``most``, with no negative excess; ``most`` if none has.

    The excess is concave in the lots: cash falls in proportion, and margin is a maximum of linear losses.
    """
    low, peak = 0, most
    while low < peak:
        middle = (low + peak) // 2
        if excess_micros(middle + 1) > excess_micros(middle):
            low = middle + 1
        else:
            peak = middle
    if excess_micros(peak) < 0:
        return most
    low, high = 0, peak
    while low < high:
        middle = (low + high) // 2
        if excess_micros(middle) >= 0:
            high = middle
        else:
            low = middle + 1
    return max(1, low)
