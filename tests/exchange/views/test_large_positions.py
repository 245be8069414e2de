"""Who is shown as large: at the reportable level in a contract, above an accountability level in all months."""

from __future__ import annotations

from exchange.core import layout as at
from exchange.views.large_positions import LargePosition, large_positions
from tests.exchange.core.lab import USD, Lab, spec

FAMILY = {"reportable_lots": 25, "accountability_lots": 60, "family_accountability_lots": 80}


def lab() -> Lab:
    return Lab(
        spec(**FAMILY),
        spec("GPU1-29JAN27", **FAMILY),
        spec("HPR-29JAN27", family="HPR"),
        deposits=(10**7 * USD, 10**7 * USD, 10**7 * USD),
    )


def test_from_the_reportable_level_on_a_position_is_shown_on_both_sides() -> None:
    market = lab()
    market.trade(0, 1, 300, 24)
    assert large_positions(market.core) == []
    market.trade(0, 1, 300, 1)
    shown = large_positions(market.core)
    assert [(large.account, large.instrument, large.lots) for large in shown] == [
        (0, 0, 25),
        (0, -1, 25),
        (1, 0, -25),
        (1, -1, -25),
    ]
    assert not any(large.accountable for large in shown)


def test_above_a_level_an_account_must_account_for_it() -> None:
    market = lab()
    market.trade(0, 1, 300, 60)
    market.trade(0, 2, 300, 20, instrument=1)
    assert not any(large.accountable for large in large_positions(market.core))
    market.trade(0, 2, 300, 1, instrument=1)
    accountable = [large for large in large_positions(market.core) if large.accountable]
    assert accountable == [LargePosition(0, "GPU1", -1, 81, 80, True)]
    market.trade(0, 1, 300, 1)
    assert LargePosition(0, "GPU1", 0, 61, 60, True) in large_positions(market.core)


def test_families_net_and_expired_or_unlimited_contracts_do_not_count() -> None:
    market = lab()
    market.trade(0, 1, 300, 60)
    market.trade(1, 0, 300, 60, instrument=1)
    market.trade(0, 1, 300, 500, instrument=2)
    assert {large.instrument for large in large_positions(market.core)} == {0, 1}
    market.core.instruments[1, at.INSTRUMENT_STATE] = at.State.EXPIRED
    shown = [(large.instrument, large.lots) for large in large_positions(market.core)]
    assert shown == [(0, 60), (-1, 60), (0, -60), (-1, -60)]
