"""What a specification must hold to be listed, and what of combos and binaries is refused."""

from __future__ import annotations

from typing import Any

import pytest

from exchange.core import listing as rules
from exchange.core.commands import Command
from exchange.core.instrument import Leg
from exchange.core.layout import CommandKind, Reason, State
from tests.exchange.core.lab import Lab, binary, combo, listing, perpetual, spec

GPU1, GPU2 = "GPU1-31DEC26", "GPU2-31DEC26"


def lab() -> Lab:
    return Lab(spec(), spec(GPU2, family="GPU2"), perpetual(), spec("OLD"), binary())


def settle(instrument: int) -> Command:
    return Command(CommandKind.SETTLE, instrument=instrument, amount_micros=3_000_000)


@pytest.mark.parametrize(
    ("legs", "changes", "said"),
    [
        ((Leg(GPU1, 1), Leg("NONE", -1)), {}, "NONE is not listed"),
        ((Leg(GPU1, 1), Leg("H100-PERPETUAL", -1)), {}, "H100-PERPETUAL is not a dated future"),
        ((Leg(GPU1, 1), Leg("H100-ABOVE-2.50", -1)), {}, "H100-ABOVE-2.50 is not a dated future"),
        ((Leg(GPU1, 1), Leg("OLD", -1)), {}, "OLD has expired"),
        ((Leg(GPU1, 1), Leg(GPU2, -1)), {"expiry_ns": 4 * 10**18 + 1}, f"{GPU1} expires before"),
        ((Leg(GPU1, 1), Leg(GPU2, -1)), {"tick_micros": 3_000}, f"divide that of {GPU1}"),
        ((Leg(GPU1, 1), Leg(GPU2, -1)), {"contract_hours": 720}, f"must be the 730 of {GPU1}"),
    ],
)
def test_legs_must_be_listed_dated_futures(
    legs: tuple[Leg, ...], changes: dict[str, Any], said: str
) -> None:
    market = lab()
    market.do(settle(3))
    digest = market.timeless_digest
    terms = combo(legs=legs, **changes)
    assert said in str(rules.legs_fault(market.core, terms))
    assert market.reason(listing(terms)) == Reason.INVALID_LEGS
    assert market.timeless_digest == digest


@pytest.mark.parametrize(
    "change",
    [
        {"legs": (Leg(GPU1, 1),)},
        {"legs": (Leg(GPU1, 1), Leg(GPU1, -1))},
        {"legs": (Leg(GPU1, 1), Leg(GPU2, 0))},
        {"legs": (Leg(GPU1, 1), Leg(GPU2, 17))},
        {"legs": (Leg(GPU1, -1), Leg(GPU2, 1))},
        {"legs": tuple(Leg(f"L{n}", 1) for n in range(5))},
        {"legs": ()},
        {"expiry_ns": 0, "perpetual": True},
        {"band_ticks": 0, "band_ppm": 100_000},
        {"breaker_move_ppm": 1, "breaker_window_ns": 8, "breaker_pause_ns": 1},
        {"strike_micros": 1},
        {"payoff": "binary"},
        {"settlement_fee_micros": 1},
        {"base_ticks": -(1 << 18) - 1},
        {"reference_ticks": 2_048},
    ],
)
def test_unsound_combos_are_refused(change: dict[str, Any]) -> None:
    market = lab()
    assert market.reason(listing(combo(**change))) == Reason.INVALID_SPEC
    assert market.reason(listing(combo())) == Reason.NONE


@pytest.mark.parametrize(
    "change",
    [
        {"strike_micros": 0},
        {"strike_micros": -1},
        {"payoff": "linear"},
        {"tick_micros": 30_000},
        {"tick_micros": 100},
        {"base_ticks": 1},
        {"reference_ticks": 0},
        {"reference_ticks": 101},
        {"band_ticks": 0, "band_ppm": 100_000},
        {"expiry_ns": 0, "perpetual": True},
        {"legs": (Leg(GPU1, 1), Leg(GPU2, -1))},
        {"payoff": "quadratic"},
    ],
)
def test_unsound_binaries_are_refused(change: dict[str, Any]) -> None:
    market = lab()
    assert market.reason(listing(binary("NEW", **change))) == Reason.INVALID_SPEC
    assert market.reason(listing(binary("NEW"))) == Reason.NONE


@pytest.mark.parametrize(
    "change",
    [
        {"breaker_move_ppm": 1, "breaker_move_ticks": 1},
        {"breaker_move_ticks": 5},
        {"breaker_move_ticks": -1},
        {"breaker_move_ppm": 1_000_001},
    ],
)
def test_a_breaker_moves_by_a_share_or_by_ticks(change: dict[str, Any]) -> None:
    times = {} if change == {"breaker_move_ticks": 5} else _TIMES
    terms = spec("NEW", **times, **change)
    assert lab().reason(listing(terms)) == Reason.INVALID_SPEC
    assert not rules.has_sound_breaker(terms)


def test_bands_and_breakers_in_ticks_are_listed() -> None:
    terms = spec("NEW", band_ppm=0, band_ticks=20, breaker_move_ticks=5, **_TIMES)
    market = lab()
    assert market.reason(listing(terms)) == Reason.NONE
    assert terms.reach_ticks(300) == 20
    assert market.core.instruments[5, 0] == State.OPEN


def test_a_combo_s_exposure_counts_what_it_may_add_to_its_legs() -> None:
    assert rules.exposure_micros(combo()) == 2_048 * 5_000 * 730 * 1_000
    # The 1,000 lots of a combo are the legs' whole limits once more, each 4,097 ticks of 7.30 USD.
    most = 1 << 60
    legs = 2 * 4_097 * 7_300_000 * 1_000
    assert legs < most
    market = lab()
    large = combo(max_position_lots=most // (4_097 * 7_300_000))
    assert market.reason(listing(large)) == Reason.VENUE_FULL


_TIMES: dict[str, Any] = {"breaker_window_ns": 80, "breaker_pause_ns": 10}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, Reason.NONE),
        ({"tick_micros": 5_000}, Reason.INVALID_LEGS),
        ({"matching": "batch_auction", "batch_interval_ns": 10**8}, Reason.INVALID_SPEC),
        ({"legs": (Leg("GPU1-31DEC26", 1), Leg("GPU2-31DEC26", -2))}, Reason.INVALID_SPEC),
        ({"legs": (Leg("GPU1-31DEC26", 1), Leg("PRO-RATA", -1))}, Reason.INVALID_LEGS),
        ({"legs": (Leg("GPU1-31DEC26", 1), Leg("SHORT", -1))}, Reason.INVALID_LEGS),
        ({"legs": ()}, Reason.INVALID_SPEC),
    ],
)
def test_a_combo_implies_only_with_equal_ticks_hours_and_ratios_of_one(
    change: dict[str, Any], reason: Reason
) -> None:
    market = Lab(
        spec(),
        spec("GPU2-31DEC26", family="GPU2"),
        spec("PRO-RATA", family="PRO-RATA", matching="pro_rata"),
        spec("SHORT", family="SHORT", contract_hours=672),
    )
    terms = {"tick_micros": 10_000, "implied": True, **change}
    assert market.reason(listing(combo("NEW", **terms))) == reason
