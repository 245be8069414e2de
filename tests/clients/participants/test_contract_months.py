"""Strips of contracts, and the forward curve read off their marks."""

from __future__ import annotations

import math

import msgspec
import pytest

from clients import messages as m
from clients.participants.contract_months import forward_curve, hedge_strip, months_ahead
from marketdata.messages import InstrumentLeg
from tests.clients.market import FAR, NEAR, PERPETUAL, START_NS, Market, listed


def test_months_ahead() -> None:
    assert [months_ahead(listed("X", 1, months), START_NS) for months in (1, 2, 3)] == [0, 1, 2]


def test_the_strip_is_the_family_with_the_most_outright_months() -> None:
    names = ("GPU1-30NOV26", "GPU1-31DEC26", "HPR-30NOV26")
    contracts = [listed(name, 1, number) for number, name in enumerate(names, start=1)]
    legs = (InstrumentLeg(names[0], -1), InstrumentLeg(names[1], 1))
    spread = listed("GPU1-FS-31DEC26_30NOV26", 4, 1)
    binary = listed("H100MEAN-30NOV26-2600", 6, 1)
    contracts += [
        listed(PERPETUAL, 5, 0),
        msgspec.structs.replace(spread, legs=legs),
        msgspec.structs.replace(binary, family="HPR", binary=True),
    ]
    contracts.append(msgspec.structs.replace(listed("GPU2-30NOV26", 7, 1), underlying="B200"))
    assert hedge_strip(reversed(contracts), "H100") == ["GPU1-30NOV26", "GPU1-31DEC26"]
    assert hedge_strip(contracts, "H100", "HPR") == ["HPR-30NOV26"]
    assert hedge_strip(contracts, "B200") == ["GPU2-30NOV26"]
    assert hedge_strip(contracts, "A100") == []


def test_among_equals_the_strip_on_executed_rentals_comes_first() -> None:
    broad = [listed(f"GPU1-{number}", number, number) for number in (1, 2)]
    executed = [
        msgspec.structs.replace(listed(f"HPR-{number}", number, number), index_name="h100_tx_usd")
        for number in (1, 2)
    ]
    assert hedge_strip([*broad, *executed], "H100") == ["HPR-1", "HPR-2"]
    assert hedge_strip([*broad, *executed[:1]], "H100") == ["GPU1-1", "GPU1-2"]


def mark(market: Market, name: str, ticks: int) -> None:
    ticker = m.Ticker(
        instrument=name,
        ts_ns=market.now_ns,
        state="open",
        mark_ticks=ticks,
        last_ticks=None,
        best_bid_ticks=None,
        best_bid_lots=0,
        best_ask_ticks=None,
        best_ask_lots=0,
        open_interest_lots=0,
        index_micros=None,
    )
    market.view.apply(ticker)


def test_the_curve_takes_marks_and_fills_what_lies_between_and_beyond() -> None:
    market = Market()
    market.view.instruments["GPU1-FAR"] = listed("GPU1-FAR", 4, 4)
    names = [NEAR, FAR, "GPU1-FAR"]
    mark(market, NEAR, 280)
    mark(market, "GPU1-FAR", 245)
    curve = forward_curve(market.view, names, START_NS, 6, 2_800_000.0, 0.12)
    # Months 0 and 3 have marks; 1 and 2 lie a third and two thirds of the way in the logarithm.
    fall = math.log(2.80 / 2.45)
    wanted = [2.80, 2.80 * math.exp(-fall / 3), 2.80 * math.exp(-2 * fall / 3), 2.45]
    wanted += [2.45 * math.exp(-0.01), 2.45 * math.exp(-0.02)]
    assert curve == pytest.approx([price * 1e6 for price in wanted])


def test_without_marks_the_curve_falls_from_spot() -> None:
    curve = forward_curve(Market().view, [NEAR], START_NS, 3, 2_000_000.0, 0.12)
    assert curve == pytest.approx([2e6 * math.exp(-0.01 * month) for month in (1, 2, 3)])
