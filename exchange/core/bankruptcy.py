"""The bankruptcy price: where the share of an account's equity that stands behind a position is used up.

Equity is shared among positions in proportion to what each would need as maintenance margin if it stood
alone. Closing part of a position at its bankruptcy price leaves those of the rest where they were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from exchange.core import layout as at

if TYPE_CHECKING:
    from exchange.core.core import Core


class Share(NamedTuple):
    """Of an account's equity, ``weight / total`` stands behind one lot of a position."""

    weight: int
    total: int


def held_lots(core: Core, account: int) -> dict[int, int]:
    """Return an account's positions that are not flat: instrument -> signed lots."""
    lots = core.positions[account, :, at.POSITION_LOTS]
    return {number: int(lots[number]) for number in np.flatnonzero(lots).tolist()}


def lot_weights(core: Core, instruments: list[int]) -> list[int]:
    """Return the standalone maintenance margin of a lot of each; its value if no scenario moves any."""
    rows = core.instruments[instruments].tolist()
    weights = [row[at.INSTRUMENT_MAINTENANCE_MICROS] for row in rows]
    if not any(weights):
        weights = [
            row[at.INSTRUMENT_MARK_TICKS] * row[at.INSTRUMENT_TICK_VALUE_MICROS] for row in rows
        ]
    return weights


def share(core: Core, account: int, instrument: int) -> Share:
    """Return the share of one lot of a position that is not flat."""
    held = held_lots(core, account)
    weights = dict(zip(held, lot_weights(core, list(held)), strict=True))
    total = sum(abs(lots) * weights[number] for number, lots in held.items())
    return Share(weights[instrument], total)


def allowed_micros(core: Core, account: int, instrument: int, qty_lots: int) -> int:
    """Return what lots of a position may lose against the mark, fees included: their share of the equity.

    Rounded down; negative where equity is, so that they would have to gain.
    """
    weight, total = share(core, account, instrument)
    equity_micros = core.accounts.item(account, at.ACCOUNT_CASH_MICROS)
    return qty_lots * equity_micros * weight // total


def price_ticks(
    core: Core, account: int, instrument: int, *, cover_micros: int = 0, fee_micros: int = 0
) -> int:
    """Return the worst price at which closing a position, fees included, leaves no loss behind.

    cover_micros: what others would pay besides for the whole account. fee_micros: of a lot. Rounded in
    the account's favour; not bounded by the book's prices.
    """
    weight, total = share(core, account, instrument)
    row = core.instruments[instrument].tolist()
    tick_value_micros = row[at.INSTRUMENT_TICK_VALUE_MICROS]
    covered_micros = core.accounts.item(account, at.ACCOUNT_CASH_MICROS) + cover_micros
    ticks = (covered_micros * weight - fee_micros * total) // (total * tick_value_micros)
    is_long = core.positions.item(account, instrument, at.POSITION_LOTS) > 0
    price: int = row[at.INSTRUMENT_MARK_TICKS] - (ticks if is_long else -ticks)
    return price
