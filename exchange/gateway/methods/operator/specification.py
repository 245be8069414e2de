"""The specification of an instrument as an operator hands it in, with what is wrong in it by field."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from exchange.core import operations
from exchange.core.instrument import InstrumentSpec
from exchange.core.replies import MAX_TIME_NS
from exchange.gateway.errors import RpcError, invalid_params
from matching.layout import LEVELS_STEP, MAX_LEVELS

PPM = 1_000_000

Name = Annotated[str, Meta(min_length=1, max_length=operations.MAX_NAME)]
Micros = Annotated[int, Meta(ge=0, le=operations.MAX_EXPOSURE_MICROS)]
PositiveMicros = Annotated[int, Meta(ge=1, le=operations.MAX_EXPOSURE_MICROS)]
Nanoseconds = Annotated[int, Meta(ge=0, le=MAX_TIME_NS)]
Ticks = Annotated[int, Meta(ge=0, le=operations.MAX_EXPOSURE_MICROS)]
Share = Annotated[int, Meta(ge=1, le=PPM)]
Lots = Annotated[int, Meta(ge=1, le=operations.MAX_POSITION_LOTS)]
NoLots = Annotated[int, Meta(ge=0, le=operations.MAX_POSITION_LOTS)]


class Specification(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An InstrumentSpec with the bounds of each field."""

    name: Name
    family: Name
    underlying: Name
    index: Name
    perpetual: bool
    tick_micros: PositiveMicros
    contract_hours: PositiveMicros
    created_ns: Nanoseconds
    expiry_ns: Nanoseconds
    base_ticks: Ticks
    levels: Annotated[int, Meta(ge=LEVELS_STEP, le=MAX_LEVELS)]
    reference_ticks: Ticks
    initial_margin_ppm: Share
    maintenance_margin_ppm: Share
    band_ppm: Share
    max_order_lots: Lots
    max_position_lots: Lots
    maker_fee_micros: Micros
    taker_fee_micros: Micros
    breaker_move_ppm: Annotated[int, Meta(ge=0, le=PPM)] = 0
    breaker_window_ns: Nanoseconds = 0
    breaker_pause_ns: Nanoseconds = 0
    breaker_max_extensions: Annotated[int, Meta(ge=0, le=operations.MAX_EXTENSIONS)] = 0
    settlement_fee_micros: Micros = 0
    block_minimum_lots: NoLots = 0
    max_order_micros: Micros = 0
    reportable_lots: NoLots = 0
    accountability_lots: NoLots = 0
    family_accountability_lots: NoLots = 0


def sound_spec(given: Specification) -> InstrumentSpec:
    """Return what the core lists; raises invalid params (-32602) with the field at fault."""
    spec = msgspec.convert(msgspec.to_builtins(given), InstrumentSpec)
    for wrong, field, reason in _rules(spec):
        if wrong:
            raise _fault(field, reason)
    if not operations.is_sound(spec):
        raise invalid_params("spec", "the core does not take these figures")
    return spec


def _rules(spec: InstrumentSpec) -> list[tuple[bool, str, str]]:
    end_ticks = spec.base_ticks + spec.levels
    most_fee = spec.tick_value_micros * spec.levels
    named = {f: getattr(spec, f) for f in ("name", "family", "underlying", "index")}
    most = operations.MAX_EXPOSURE_MICROS
    return [
        *(
            (not text.isprintable(), field, "holds unprintable characters")
            for field, text in named.items()
        ),
        (
            spec.perpetual != (spec.expiry_ns == 0),
            "expiry_ns",
            "must be 0 for a perpetual, and only for one",
        ),
        (spec.levels % LEVELS_STEP != 0, "levels", f"must be a multiple of {LEVELS_STEP}"),
        (
            not max(spec.base_ticks, 1) <= spec.reference_ticks < end_ticks,
            "reference_ticks",
            f"must be from {max(spec.base_ticks, 1)} to {end_ticks - 1}, the prices of the book",
        ),
        (
            spec.maintenance_margin_ppm > spec.initial_margin_ppm,
            "maintenance_margin_ppm",
            "must not be above initial_margin_ppm",
        ),
        (
            spec.max_order_lots > spec.max_position_lots,
            "max_order_lots",
            "must not be above max_position_lots",
        ),
        *(
            (getattr(spec, field) > most_fee, field, f"must be at most {most_fee}")
            for field in ("maker_fee_micros", "taker_fee_micros", "settlement_fee_micros")
        ),
        (
            operations.exposure_micros(spec) > most,
            "max_position_lots",
            f"is worth more than {most} micro-dollars at the highest price",
        ),
        (
            not operations.has_sound_breaker(spec),
            "breaker_window_ns",
            "the breaker needs a window and a pause, or all of it 0",
        ),
    ]


def _fault(field: str, reason: str) -> RpcError:
    return invalid_params(f"spec.{field}", reason)
