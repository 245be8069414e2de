"""The specification of an instrument as an operator hands it in, with what is wrong in it by field."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from exchange.core import listing
from exchange.core.core import Core
from exchange.core.instrument import InstrumentSpec, Leg
from exchange.core.layout import MAX_LEGS
from exchange.core.replies import MAX_TIME_NS
from exchange.gateway.errors import RpcError, invalid_params
from matching.layout import LEVELS_STEP, MAX_LEVELS, MAX_QTY_LOTS

PPM = 1_000_000

Name = Annotated[str, Meta(min_length=1, max_length=listing.MAX_NAME)]
Micros = Annotated[int, Meta(ge=0, le=listing.MAX_EXPOSURE_MICROS)]
PositiveMicros = Annotated[int, Meta(ge=1, le=listing.MAX_EXPOSURE_MICROS)]
Nanoseconds = Annotated[int, Meta(ge=0, le=MAX_TIME_NS)]
Ticks = Annotated[int, Meta(ge=0, le=listing.MAX_EXPOSURE_MICROS)]
Price = Annotated[int, Meta(ge=-MAX_LEVELS, le=listing.MAX_EXPOSURE_MICROS)]
Share = Annotated[int, Meta(ge=1, le=PPM)]
Lots = Annotated[int, Meta(ge=1, le=listing.MAX_POSITION_LOTS)]
NoLots = Annotated[int, Meta(ge=0, le=listing.MAX_POSITION_LOTS)]


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
    base_ticks: Price
    levels: Annotated[int, Meta(ge=LEVELS_STEP, le=MAX_LEVELS)]
    reference_ticks: Price
    initial_margin_ppm: Share
    maintenance_margin_ppm: Share
    band_ppm: Annotated[int, Meta(ge=0, le=PPM)]
    max_order_lots: Lots
    max_position_lots: Lots
    maker_fee_micros: Micros
    taker_fee_micros: Micros
    breaker_move_ppm: Annotated[int, Meta(ge=0, le=PPM)] = 0
    breaker_window_ns: Nanoseconds = 0
    breaker_pause_ns: Nanoseconds = 0
    breaker_max_extensions: Annotated[int, Meta(ge=0, le=listing.MAX_EXTENSIONS)] = 0
    settlement_fee_micros: Micros = 0
    block_minimum_lots: NoLots = 0
    max_order_micros: Micros = 0
    reportable_lots: NoLots = 0
    accountability_lots: NoLots = 0
    family_accountability_lots: NoLots = 0
    legs: Annotated[tuple[Leg, ...], Meta(max_length=MAX_LEGS)] = ()
    payoff: Literal["linear", "binary"] = "linear"
    strike_micros: Annotated[int, Meta(ge=0, le=listing.MAX_STRIKE_MICROS)] = 0
    band_ticks: Annotated[int, Meta(ge=0, le=MAX_LEVELS)] = 0
    implied: bool = False
    breaker_move_ticks: Annotated[int, Meta(ge=0, le=MAX_LEVELS)] = 0
    matching: Literal["price_time", "pro_rata", "fifo_top", "batch_auction"] = "price_time"
    minimum_allocation_lots: Annotated[int, Meta(ge=1, le=MAX_QTY_LOTS)] = 1
    top_order_ppm: Share = PPM
    top_order_lots: Annotated[int, Meta(ge=0, le=MAX_QTY_LOTS)] = 0
    batch_interval_ns: Nanoseconds = 0


def sound_spec(core: Core, given: Specification) -> InstrumentSpec:
    """Return what the core lists; raises invalid params (-32602) with the field at fault."""
    spec = msgspec.convert(msgspec.to_builtins(given), InstrumentSpec)
    for wrong, field, reason in _rules(spec):
        if wrong:
            raise _fault(field, reason)
    if not listing.is_sound(spec):
        raise invalid_params("spec", "the core does not take these figures")
    legs_fault = listing.legs_fault(core, spec)
    if legs_fault is not None:
        raise _fault("legs", legs_fault)
    return spec


def _rules(spec: InstrumentSpec) -> list[tuple[bool, str, str]]:
    most_fee = spec.tick_value_micros * spec.levels
    named = {f: getattr(spec, f) for f in ("name", "family", "underlying", "index")}
    most = listing.MAX_EXPOSURE_MICROS
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
            not spec.is_binary and spec.strike_micros != 0,
            "strike_micros",
            "goes with payoff binary alone",
        ),
        (
            not listing.has_sound_payoff(spec),
            "payoff",
            "a binary is dated, has a strike, base_ticks 0, and prices up to 1 USD that its tick divides",
        ),
        (
            not spec.is_combo and spec.base_ticks < 0,
            "base_ticks",
            "may be negative for a combo alone",
        ),
        (
            not listing.has_sound_legs(spec),
            "legs",
            f"must be 2 to {MAX_LEGS} different ones, the first with ratio 1, others from "
            f"-{listing.MAX_RATIO} to {listing.MAX_RATIO} but not 0, of a combo that expires and has "
            "no settlement fee",
        ),
        (
            not spec.lowest_ticks <= spec.reference_ticks <= spec.highest_ticks,
            "reference_ticks",
            f"must be from {spec.lowest_ticks} to {spec.highest_ticks}, the prices of the book",
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
            listing.exposure_micros(spec) > most,
            "max_position_lots",
            f"is worth more than {most} micro-dollars at the highest price",
        ),
        (
            not listing.has_sound_breaker(spec),
            "breaker_window_ns",
            "the breaker needs a window, a pause and one kind of move (ticks for a combo or binary), "
            "or all of it 0",
        ),
        (
            not listing.has_sound_band(spec),
            "band_ticks",
            "or band_ppm must be given; a combo and a binary need band_ticks",
        ),
    ]


def _fault(field: str, reason: str) -> RpcError:
    return invalid_params(f"spec.{field}", reason)
