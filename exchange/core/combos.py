"""Combos: marks and moves that follow from those of their legs, and an end with the nearest of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from exchange.core import layout as at
from exchange.core import marks, scenarios
from exchange.core.layout import EventKind, State
from exchange.core.mark_rule import MarkRule
from exchange.core.novation import Fill
from exchange.core.replies import Row, event
from matching.layout import Control

if TYPE_CHECKING:
    from exchange.core.core import Core


class NumberedLeg(NamedTuple):
    """A leg by the number of its instrument."""

    instrument: int
    ratio: int


def legs_of(core: Core, combo: int) -> list[NumberedLeg]:
    """Return a combo's legs in order; none of what is no combo."""
    numbers = core.instrument_numbers
    return [NumberedLeg(numbers[leg.instrument], leg.ratio) for leg in core.specs[combo].legs]


def mark_ticks(core: Core, combo: int) -> int:
    """Return a combo's mark: the sum of its legs' marks by their ratios, exact in its ticks."""
    micros = sum(leg.ratio * _mark_micros(core, leg.instrument) for leg in legs_of(core, combo))
    return micros // core.specs[combo].tick_micros


def fills_of_legs(core: Core, fill: Fill) -> list[Fill]:
    """Return what one side of a combo's trade is in its legs at the present marks, as ``legs`` books it."""
    legs, spec = legs_of(core, fill.instrument), core.specs[fill.instrument]
    others = [leg.ratio * _mark_micros(core, leg.instrument) for leg in legs[1:]]
    left_micros = fill.price_ticks * spec.tick_micros - sum(others)
    found: list[Fill] = []
    for place, leg in enumerate(legs):
        own = core.specs[leg.instrument]
        micros = _mark_micros(core, leg.instrument) if place else left_micros
        price_ticks, odd = divmod(micros, own.tick_micros)
        found.append(
            Fill(
                fill.account,
                leg.instrument,
                fill.side if leg.ratio > 0 else 1 - fill.side,
                price_ticks,
                fill.qty_lots * abs(leg.ratio),
                0,
                odd * own.contract_hours,
            )
        )
    return found


def _mark_micros(core: Core, instrument: int) -> int:
    ticks = int(core.instruments[instrument, at.INSTRUMENT_MARK_TICKS])
    return ticks * core.specs[instrument].tick_micros


def of_legs(core: Core, instruments: Iterable[int]) -> list[int]:
    """Return the combos, not yet expired, that have one of the instruments as a leg, in their order."""
    found = {combo for instrument in instruments for combo in core.combos.get(instrument, ())}
    states = core.instruments[:, at.INSTRUMENT_STATE]
    return [combo for combo in sorted(found) if states[combo] != State.EXPIRED]


def follow(core: Core, row: Row, instruments: Iterable[int]) -> list[Row]:
    """Let combos follow the new marks or moves of their legs; return the event rows of new marks."""
    rows: list[Row] = []
    for combo in of_legs(core, instruments):
        ticks = mark_ticks(core, combo)
        if ticks == core.instruments[combo, at.INSTRUMENT_MARK_TICKS]:
            scenarios.reprice(core, combo)
            continue
        marked = event(
            row, EventKind.MARKED, instrument=combo, price_ticks=ticks, tag=int(MarkRule.LEGS)
        )
        rows += [marked, *marks.set_mark(core, row, combo, ticks)]
    return rows


def expire(core: Core, row: Row, instrument: int) -> list[Row]:
    """End the combos of an instrument that settles; their orders go."""
    rows: list[Row] = []
    for combo in of_legs(core, [instrument]):
        rows += core.control(row, Control.SET_STATE, combo, State.EXPIRED)
        scenarios.reprice(core, combo)
    return rows
