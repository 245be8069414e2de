"""Spreads of the listed contracts: names, legs, prices and ends."""

from __future__ import annotations

from datetime import UTC, datetime

from exchange.contracts.listing import instruments
from exchange.contracts.spec import shipped
from exchange.contracts.spreads import spreads
from exchange.core.instrument import InstrumentSpec, Leg
from exchange.core.listing import is_sound

AT_NS = int(datetime(2026, 12, 1, tzinfo=UTC).timestamp()) * 10**9
PRICES = {"H100": 2_810_000, "B200": 5_870_000, "h100_tx_usd": 2_500_000}


def listed(*families: str) -> dict[str, InstrumentSpec]:
    return {each.name: each for each in instruments(shipped(*families), AT_NS, PRICES)}


def test_a_calendar_spread_buys_the_later_month_and_ends_with_the_nearer() -> None:
    found = listed("GPU1", "GPU1-FS")
    assert [name for name in found if "FS" in name] == [
        "GPU1-FS-29JAN27_31DEC26",
        "GPU1-FS-26FEB27_29JAN27",
        "GPU1-FS-31MAR27_26FEB27",
    ]
    near = found["GPU1-FS-29JAN27_31DEC26"]
    assert near.legs == (Leg("GPU1-29JAN27", 1), Leg("GPU1-31DEC26", -1))
    assert near.expiry_ns == found["GPU1-31DEC26"].expiry_ns
    difference = found["GPU1-29JAN27"].reference_ticks - found["GPU1-31DEC26"].reference_ticks
    assert near.reference_ticks == difference < 0


def test_a_spread_has_the_hours_of_what_it_buys() -> None:
    found = listed("HPR", "HPR-FS")
    hours = {name: each.contract_hours for name, each in found.items() if each.legs}
    assert hours == {
        "HPR-FS-29JAN27_31DEC26": 744,
        "HPR-FS-26FEB27_29JAN27": 672,
        "HPR-FS-31MAR27_26FEB27": 744,
    }


def test_a_product_spread_is_the_same_month_of_both() -> None:
    found = listed("GPU1", "GPU2", "GPU1-GPU2")
    months = [name for name in found if name.startswith("GPU1-GPU2")]
    assert months == ["GPU1-GPU2-31DEC26", "GPU1-GPU2-29JAN27", "GPU1-GPU2-26FEB27"]
    spread = found["GPU1-GPU2-31DEC26"]
    assert spread.legs == (Leg("GPU1-31DEC26", 1), Leg("GPU2-31DEC26", -1))
    # Its tick is half of theirs, so it has twice as many.
    bought, sold = found["GPU1-31DEC26"], found["GPU2-31DEC26"]
    assert spread.tick_micros == 5_000
    assert spread.reference_ticks == 2 * (bought.reference_ticks - sold.reference_ticks)


def test_the_index_basis_ends_with_the_sooner_of_two_closes() -> None:
    found = listed("GPU1", "HPR", "GPU1-HPR")
    basis = found["GPU1-HPR-31DEC26"]
    # 16:00 in New York comes an hour before 16:00 in Chicago.
    assert basis.expiry_ns == found["HPR-31DEC26"].expiry_ns < found["GPU1-31DEC26"].expiry_ns
    assert basis.reference_ticks > 250
    assert is_sound(basis)


def test_no_legs_no_spreads() -> None:
    (spec,) = shipped("GPU1-FS")
    assert list(spreads(spec, {}, {}, AT_NS)) == []
    (outright,) = shipped("GPU1")
    assert list(spreads(outright, {"GPU1": outright}, {}, AT_NS)) == []
