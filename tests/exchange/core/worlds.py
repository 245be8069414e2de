"""Markets in which stories of the core happen: a small one, wide ones, and families of linked books."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from exchange.core.instrument import InstrumentSpec, Leg
from exchange.core.listing import is_sound
from tests.exchange.core.combo_model import ComboModel
from tests.exchange.core.draw import Draw
from tests.exchange.core.intents import market
from tests.exchange.core.lab import USD, Lab, combo, perpetual, spec
from tests.exchange.core.model import Model

MARGINS_PPM = ((200_000, 150_000), (100_000, 50_000), (250_000, 200_000))
"""Initial and maintenance, of every contract of a market.

The model knows the whole move alone: with other rates beside, a third of it could cost more by its rounding.
"""
BREAKER = {
    "breaker_move_ppm": 30_000,
    "breaker_window_ns": 40_000,
    "breaker_pause_ns": 4_000,
    "breaker_max_extensions": 2,
}
COMBO_BREAKER = {
    "breaker_move_ticks": 3,
    "breaker_window_ns": 40_000,
    "breaker_pause_ns": 4_000,
    "breaker_max_extensions": 1,
}
ALGORITHMS: tuple[dict[str, object], ...] = (
    {},
    {},
    {"matching": "pro_rata", "minimum_allocation_lots": 2},
    {"matching": "pro_rata", "top_order_lots": 3, "top_order_ppm": 400_000},
    {"matching": "fifo_top", "top_order_lots": 4},
    {"matching": "batch_auction", "batch_interval_ns": 5_000},
    {"matching": "batch_auction", "batch_interval_ns": 60 * 10**9},
)
SHAPES = (
    *((1, -1),) * 4,
    *((1, -1, 1), (1, 1), (1, 1, -1), (1, -1, -1, 1)),
    *((1, -2, 1), (1, -2)),
)
"""Ratios of spreads, of strips and condors, of a butterfly and of a spread of one against two."""
OUTRIGHTS_TICKS = (300, 296, 291, 300, 288)
NEVER_NS = 4 * 10**18


class World(NamedTuple):
    """A market, its size, and the naive clearing house that looks after it."""

    lab: Lab
    accounts: int
    instruments: int
    model: Model


def drawn_world(draw: Draw) -> World:
    """Return the market of a story."""
    choice = draw.random.randrange(6)
    if choice == 0:
        return World(market(), 6, 3, Model())
    return linked_market(draw) if choice < 4 else wide_market(draw)


def wide_market(draw: Draw) -> World:
    """Return a market of many accounts, rich to penniless, some of one firm, and several contracts."""
    accounts, instruments = draw.random.randint(8, 40), draw.random.randint(3, 9)
    initial, maintenance = draw.one_of(MARGINS_PPM)
    specs = []
    for number in range(instruments):
        terms = {
            "initial_margin_ppm": initial,
            "maintenance_margin_ppm": maintenance,
            "max_position_lots": draw.one_of([50, 1_000]),
            "max_order_lots": 40,
            "block_minimum_lots": draw.one_of([0, 2]),
        } | draw.one_of([{}, BREAKER])
        terms |= draw.one_of(ALGORITHMS)
        if number % 3 == 1:
            specs.append(perpetual(f"P{number}-PERPETUAL", family=f"P{number}", **terms))
        else:
            terms["settlement_fee_micros"] = draw.one_of([0, USD])
            specs.append(spec(f"F{number}-31DEC26", family=f"F{number % 2}", **terms))
    return World(_opened(draw, specs, accounts), accounts, instruments, Model())


def linked_market(draw: Draw) -> World:
    """Return a market of futures with their combos, most of which trade with the books of their legs.

    Contracts that match otherwise, and one whose hours are its own, stand beside them.
    """
    accounts = draw.random.randint(4, 12)
    initial, maintenance = draw.one_of(MARGINS_PPM)
    terms = {
        "initial_margin_ppm": initial,
        "maintenance_margin_ppm": maintenance,
        "max_order_lots": 40,
    }
    specs = []
    for number in range(draw.random.randint(2, len(OUTRIGHTS_TICKS))):
        own = {
            "reference_ticks": OUTRIGHTS_TICKS[number],
            "max_position_lots": draw.one_of([60, 1_000]),
            "block_minimum_lots": draw.one_of([0, 2]),
            "settlement_fee_micros": draw.one_of([0, USD]),
            "expiry_ns": NEVER_NS if number or draw.chance(0.85) else draw.one_of([10**8, 10**12]),
        }
        if number > 2 and draw.chance(0.5):
            own |= draw.one_of(ALGORITHMS)
        specs.append(
            spec(
                f"L{number}", family=f"L{number % 2}", **terms, **own, **draw.one_of([{}, BREAKER])
            )
        )
    combos = range(draw.random.randint(1, 4))
    specs += [_combo(draw, f"C{number}", list(specs), terms) for number in combos]
    if draw.chance(0.3):
        specs.append(perpetual("P-PERPETUAL", family="P", **terms | draw.one_of(ALGORITHMS)))
    lab = _opened(draw, specs, accounts, (5_000, 20_000, 100_000, 10**6))
    return World(lab, accounts, len(specs), ComboModel())


def _combo(
    draw: Draw, name: str, outrights: list[InstrumentSpec], terms: dict[str, int]
) -> InstrumentSpec:
    """Return a combo of some futures; it implies wherever it may, or now and then has its own algorithm."""
    shape = draw.one_of(SHAPES)
    alike = [leg for leg in outrights if leg.matching == "price_time"]
    implied = len(shape) <= len(alike) and draw.chance(0.85)
    legs = draw.random.sample(alike if implied else outrights, min(len(shape), len(outrights)))
    made = combo(
        name,
        family=draw.one_of([name, "L0"]),
        tick_micros=10_000,
        # A strip of three, where there are no four for a condor.
        legs=tuple(Leg(leg.name, ratio) for leg, ratio in zip(legs, shape, strict=False)),
        reference_ticks=0,
        expiry_ns=min(leg.expiry_ns for leg in legs),
        max_position_lots=draw.one_of([60, 1_000]),
        band_ticks=draw.one_of([20, 60, 200]),
        maker_fee_micros=USD,
        implied=implied,
        **terms,
        **draw.one_of([{}, {}, COMBO_BREAKER]),
    )
    if implied and is_sound(made):
        return made
    return msgspec.structs.replace(made, **{"implied": False, **draw.one_of(ALGORITHMS)})


def _opened(
    draw: Draw,
    specs: list[InstrumentSpec],
    accounts: int,
    wealth_usd: tuple[int, ...] = (1_000, 20_000, 100_000, 1_000_000),
) -> Lab:
    deposits = tuple(USD * draw.one_of(wealth_usd) for _ in range(accounts))
    parents = tuple(-1 if n < 4 or draw.chance(0.7) else n % 4 for n in range(accounts))
    lab = Lab(*specs, deposits=deposits, max_orders=30, parents=parents)
    assert len(lab.core.specs) == len(specs), "a contract of the story was not listed"
    return lab
