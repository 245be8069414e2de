"""Listing an instrument: what its specification must hold, so that no product in the kernel overflows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from exchange.core import combos, mark_rule, marks
from exchange.core import layout as at
from exchange.core.instrument import PAYOUT_MICROS, InstrumentSpec
from exchange.core.layout import EventKind, Reason, State
from exchange.core.replies import MAX_TIME_NS, Row, event, rejected
from matching.layout import LEVELS_STEP, MAX_LEVELS, WINDOW_BUCKETS, Control

if TYPE_CHECKING:
    from exchange.core.core import Core

MAX_INSTRUMENTS = 4096
MAX_NAME = 64
MAX_EXTENSIONS = 1_000
MAX_EXPOSURE_MICROS = 1 << 60
"""Most that all positions at their limits in all unexpired instruments may be worth."""
MAX_POSITION_LOTS = 1 << 31
MAX_STRIKE_MICROS = 10**12
MAX_RATIO = 16
"""Most lots of a leg that one lot of a combo may stand for."""


def is_sound(spec: InstrumentSpec) -> bool:
    """Say whether a spec's numbers are in bounds, whatever else is listed."""
    names = (spec.name, spec.family, spec.underlying, spec.index)
    return (
        all(1 <= len(name) <= MAX_NAME and name.isprintable() for name in names)
        and 0 <= spec.created_ns <= MAX_TIME_NS
        and 0 <= spec.expiry_ns <= MAX_TIME_NS
        and spec.perpetual == (spec.expiry_ns == 0)
        and spec.tick_micros >= 1
        and spec.contract_hours >= 1
        and spec.base_ticks >= -MAX_LEVELS
        and spec.levels % LEVELS_STEP == 0
        and 0 < spec.levels <= MAX_LEVELS
        and spec.lowest_ticks <= spec.reference_ticks <= spec.highest_ticks
        and 0 < spec.maintenance_margin_ppm <= spec.initial_margin_ppm <= mark_rule.PPM
        and 0 <= spec.max_order_micros <= MAX_EXPOSURE_MICROS
        and all(0 <= lots <= MAX_POSITION_LOTS for lots in reporting_levels(spec))
        and 1 <= spec.max_order_lots <= spec.max_position_lots <= MAX_POSITION_LOTS
        and 0 <= spec.maker_fee_micros <= spec.tick_value_micros * spec.levels
        and 0 <= spec.taker_fee_micros <= spec.tick_value_micros * spec.levels
        and 0 <= spec.settlement_fee_micros <= spec.tick_value_micros * spec.levels
        and 0 <= spec.block_minimum_lots <= MAX_POSITION_LOTS
        and exposure_micros(spec) <= MAX_EXPOSURE_MICROS
        and has_sound_band(spec)
        and has_sound_breaker(spec)
        and has_sound_payoff(spec)
        and has_sound_legs(spec)
        and has_sound_rule(spec)
    )


def reporting_levels(spec: InstrumentSpec) -> tuple[int, int, int]:
    """Return the positions from which an account is reported, or must account for them."""
    return spec.reportable_lots, spec.accountability_lots, spec.family_accountability_lots


def has_sound_band(spec: InstrumentSpec) -> bool:
    """Say whether a spec has a band: a share of the mark, or ticks.

    A combo and a binary need ticks, because their price may be near zero.
    """
    least_ppm = 0 if spec.band_ticks else 1
    return (
        0 <= spec.band_ticks <= spec.levels
        and least_ppm <= spec.band_ppm <= mark_rule.PPM
        and (spec.band_ticks > 0 or not (spec.is_combo or spec.is_binary))
    )


def has_sound_breaker(spec: InstrumentSpec) -> bool:
    """Say whether a spec has no breaker, or one with a window and a pause.

    It moves by a share of the price or by ticks; a combo's and a binary's by ticks.
    """
    moves = (spec.breaker_move_ppm, spec.breaker_move_ticks)
    terms = (
        *moves,
        spec.breaker_window_ns,
        spec.breaker_pause_ns,
        spec.breaker_max_extensions,
    )
    return not any(terms) or (
        0 <= spec.breaker_move_ppm <= mark_rule.PPM
        and 0 <= spec.breaker_move_ticks <= spec.levels
        and 0 in moves
        and (spec.breaker_move_ppm == 0 or not (spec.is_combo or spec.is_binary))
        and WINDOW_BUCKETS <= spec.breaker_window_ns <= MAX_TIME_NS
        and 1 <= spec.breaker_pause_ns <= MAX_TIME_NS
        and 0 <= spec.breaker_max_extensions <= MAX_EXTENSIONS
    )


def has_sound_payoff(spec: InstrumentSpec) -> bool:
    """Say whether a binary has a strike and prices from 0 to what it pays, and nothing else a strike."""
    if not spec.is_binary:
        return spec.strike_micros == 0
    return (
        1 <= spec.strike_micros <= MAX_STRIKE_MICROS
        and not spec.perpetual
        and not spec.legs
        and spec.base_ticks == 0
        and PAYOUT_MICROS % spec.tick_micros == 0
        and spec.levels * spec.tick_micros > PAYOUT_MICROS
    )


def has_sound_legs(spec: InstrumentSpec) -> bool:
    """Say whether a combo's legs are sound as such; only with legs may prices be negative.

    The first leg's ratio is 1: the others trade at their marks, and it takes what is left of the price.
    """
    if not spec.is_combo:
        return spec.base_ticks >= 0 and not spec.implied
    return (
        2 <= len(spec.legs) <= at.MAX_LEGS
        and len({leg.instrument for leg in spec.legs}) == len(spec.legs)
        and spec.legs[0].ratio == 1
        and all(1 <= abs(leg.ratio) <= MAX_RATIO for leg in spec.legs)
        and (not spec.implied or _may_imply(spec))
        and not spec.perpetual
        and spec.settlement_fee_micros == 0
    )


def has_sound_rule(spec: InstrumentSpec) -> bool:
    """Say whether the numbers of a spec's matching algorithm are in bounds, and it has no others."""
    try:
        spec.matching_rule.check()
    except ValueError:
        return False
    return True


def _may_imply(spec: InstrumentSpec) -> bool:
    return spec.matching == "price_time" and all(abs(leg.ratio) == 1 for leg in spec.legs)


def legs_fault(core: Core, spec: InstrumentSpec) -> str | None:
    """Say what is wrong with a combo's legs as they are listed; None where nothing is."""
    found: list[InstrumentSpec] = []
    for leg in spec.legs:
        number = core.instrument_numbers.get(leg.instrument)
        if number is None:
            return f"{leg.instrument} is not listed"
        other = core.specs[number]
        if other.is_combo or other.is_binary or other.perpetual:
            return f"{leg.instrument} is not a dated future"
        if core.instruments[number, at.INSTRUMENT_STATE] == State.EXPIRED:
            return f"{leg.instrument} has expired"
        if other.expiry_ns < spec.expiry_ns:
            return f"{leg.instrument} expires before the combo"
        if other.tick_micros % spec.tick_micros:
            return f"the combo's tick does not divide that of {leg.instrument}"
        if spec.implied and other.tick_micros != spec.tick_micros:
            return f"implied: the tick of {leg.instrument} is not that of the combo"
        if spec.implied and other.contract_hours != spec.contract_hours:
            return f"implied: the hours of {leg.instrument} are not those of the combo"
        if spec.implied and other.matching != "price_time":
            return f"implied: {leg.instrument} does not match by price and time"
        found.append(other)
    if found and spec.contract_hours != found[0].contract_hours:
        return f"contract_hours must be the {found[0].contract_hours} of {found[0].name}"
    return None


def exposure_micros(spec: InstrumentSpec) -> int:
    """Return what the largest position is worth at the price farthest from zero."""
    farthest = max(-spec.base_ticks, spec.base_ticks + spec.levels)
    return farthest * spec.tick_value_micros * spec.max_position_lots


def _exposed_micros(core: Core) -> int:
    states = core.instruments[:, at.INSTRUMENT_STATE].tolist()
    return sum(
        _exposure_with_legs(core, spec)
        for spec, state in zip(core.specs, states, strict=True)
        if state != State.EXPIRED
    )


def _exposure_with_legs(core: Core, spec: InstrumentSpec) -> int:
    """Return an instrument's exposure and what a combo may add to its legs' beyond their own limits."""
    total = exposure_micros(spec)
    for leg in spec.legs:
        other = core.specs[core.instrument_numbers[leg.instrument]]
        lots = abs(leg.ratio) * spec.max_position_lots
        total += exposure_micros(other) * lots // other.max_position_lots
    return total


def list_instrument(core: Core, row: Row, text: str) -> list[Row]:
    """List and open an instrument whose InstrumentSpec is the text, as JSON."""
    try:
        spec = msgspec.json.decode(text, type=InstrumentSpec)
    except msgspec.DecodeError:
        return rejected(row, Reason.INVALID_SPEC)
    if spec.name in core.instrument_numbers:
        return rejected(row, Reason.DUPLICATE_INSTRUMENT)
    if not is_sound(spec):
        return rejected(row, Reason.INVALID_SPEC)
    if legs_fault(core, spec) is not None:
        return rejected(row, Reason.INVALID_LEGS)
    exposed_micros = _exposed_micros(core) + _exposure_with_legs(core, spec)
    if len(core.specs) >= MAX_INSTRUMENTS or exposed_micros > MAX_EXPOSURE_MICROS:
        return rejected(row, Reason.VENUE_FULL)
    instrument = core.add_instrument(spec)
    core.instruments[instrument, at.INSTRUMENT_STATE] = State.OPEN
    mark_ticks = combos.mark_ticks(core, instrument) if spec.is_combo else spec.reference_ticks
    marks.set_mark(core, row, instrument, mark_ticks)
    mark_rule.anchor(core, instrument, mark_ticks)
    mark_rule.read_tape(core, instrument, row[at.COMMAND_TS_NS])
    if spec.breaker_pause_ns:
        core.control(
            row,
            Control.SET_BREAKER,
            instrument,
            spec.breaker_move,
            spec.breaker_window_ns,
            spec.breaker_pause_ns,
            spec.breaker_max_extensions,
        )
    return [
        event(
            row,
            EventKind.INSTRUMENT_LISTED,
            instrument=instrument,
            price_ticks=mark_ticks,
            tag=State.OPEN,
        )
    ]
