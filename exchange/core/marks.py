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

PPM = 1_000_000
_NO_CONDITIONS = np.zeros((0, CONDITION_COLUMNS), np.int64)
WIDEST_SPREAD_PPM = 50_000
"""Quotes further apart than this share of the former mark do not make a mark. Ours, not published."""
PERPETUAL_BAND_PPM = 25_000
"""A perpetual's mark stays this near to its index. Ours, not published."""


def rule_ticks(core: Core, instrument: int) -> int:
    """Return the mark by rule: the mid of narrow quotes, else the anchor moved with the index.

    The anchor is the last mark that quotes or a command gave, with the index at that time: moving it
    anew each time loses nothing to rounding, as moving the former mark would. A perpetual's mark is held
    within PERPETUAL_BAND_PPM of its index.
    """
    spec = core.specs[instrument]
    index_micros = core.index_prices.get(spec.index, 0)
    quoted = quoted_ticks(core, instrument)
    marked_index = core.marked_index[instrument]
    if quoted is not None:
        mark = quoted
    elif index_micros and marked_index:
        mark = (2 * core.marked_ticks[instrument] * index_micros + marked_index) // (
            2 * marked_index
        )
    else:
        mark = int(core.instruments[instrument, INSTRUMENT_MARK_TICKS])
    if spec.perpetual and index_micros:
        index_ticks = index_micros // spec.tick_micros
        reach = index_ticks * PERPETUAL_BAND_PPM // PPM
        mark = min(max(mark, index_ticks - reach), index_ticks + reach)
    return min(max(mark, lowest_ticks(core, instrument)), highest_ticks(core, instrument))


def quoted_ticks(core: Core, instrument: int) -> int | None:
    """Return the mid of narrow quotes, an odd one rounded towards the mark; None without such quotes."""
    former = int(core.instruments[instrument, INSTRUMENT_MARK_TICKS])
    bid, ask = core.books.best_bid(instrument), core.books.best_ask(instrument)
    if bid is None or ask is None or (ask - bid) * PPM > former * WIDEST_SPREAD_PPM:
        return None
    return (bid + ask) // 2 if bid + ask > 2 * former else (bid + ask + 1) // 2


def is_due_for_anchor(core: Core, instrument: int) -> bool:
    """Say whether the mark by rule is an anchor: quotes gave it, or there was no index before."""
    unanchored = core.marked_index[instrument] == 0
    return unanchored or quoted_ticks(core, instrument) is not None


def anchor(core: Core, instrument: int, mark_ticks: int) -> None:
    """Let later marks move from this one as the index moves from its present price."""
    core.marked_ticks[instrument] = mark_ticks
    core.marked_index[instrument] = core.index_prices.get(core.specs[instrument].index, 0)


def lowest_ticks(core: Core, instrument: int) -> int:
    """Return the lowest price of an instrument's domain, at least one tick."""
    return max(core.specs[instrument].base_ticks, 1)


def highest_ticks(core: Core, instrument: int) -> int:
    """Return the highest price of an instrument's domain."""
    spec = core.specs[instrument]
    return spec.base_ticks + spec.levels - 1


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
    reach = mark_ticks * spec.band_ppm // PPM
    rates[INSTRUMENT_BAND_LOW_TICKS] = max(mark_ticks - reach, lowest_ticks(core, instrument))
    rates[INSTRUMENT_BAND_HIGH_TICKS] = min(mark_ticks + reach, highest_ticks(core, instrument))
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
