"""The mark: what positions are valued at, and what follows from a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from exchange.core import clearing, scenarios
from exchange.core.layout import (
    INSTRUMENT_BAND_HIGH_TICKS,
    INSTRUMENT_BAND_LOW_TICKS,
    INSTRUMENT_MARK_TICKS,
    INSTRUMENT_TICK_VALUE_MICROS,
    POSITION_VARIATION_MICROS,
)
from matching.layout import CONDITION_COLUMNS, Control, TriggerSource

if TYPE_CHECKING:
    from exchange.core.core import Core

_NO_CONDITIONS = np.zeros((0, CONDITION_COLUMNS), np.int64)


def set_mark(core: Core, row: list[int], instrument: int, mark_ticks: int) -> list[list[int]]:
    """Value every position at a new mark: variation, margin rates, price band and requirements.

    row: the command behind it. Returns the event rows of what follows in the book: orders that the
    new band leaves outside are cancelled, stops on the mark may wake.
    """
    spec = core.specs[instrument]
    rates = core.instruments[instrument]
    move_micros = (mark_ticks - int(rates[INSTRUMENT_MARK_TICKS])) * int(
        rates[INSTRUMENT_TICK_VALUE_MICROS]
    )
    rates[INSTRUMENT_MARK_TICKS] = mark_ticks
    reach = spec.reach_ticks(mark_ticks)
    rates[INSTRUMENT_BAND_LOW_TICKS] = max(mark_ticks - reach, spec.lowest_ticks)
    rates[INSTRUMENT_BAND_HIGH_TICKS] = min(mark_ticks + reach, spec.highest_ticks)
    if move_micros:
        clearing.pay_per_lot(
            core.accounts, core.positions, instrument, move_micros, POSITION_VARIATION_MICROS
        )
    clearing.revalue_working(
        *core.books.arrays(_NO_CONDITIONS), core.instruments, core.positions, instrument
    )
    scenarios.reprice(core, instrument)
    base_ticks = spec.base_ticks
    low = int(rates[INSTRUMENT_BAND_LOW_TICKS]) - base_ticks
    high = int(rates[INSTRUMENT_BAND_HIGH_TICKS]) - base_ticks
    return [
        *core.control(row, Control.SET_BAND, instrument, low, high),
        *core.control(row, Control.SET_PRICE, instrument, TriggerSource.MARK, mark_ticks),
    ]
