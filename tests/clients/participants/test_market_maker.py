"""The market maker quotes by the closed form in every kind of contract, within its limits, and seldom."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients import messages as m
from clients.participants.avellaneda_stoikov import quotes
from clients.participants.market_maker import MarketMaker
from clients.participants.market_maker_params import MarketMakerParams
from clients.trader import CancelAll, Command, MassQuote, TwoSided
from marketdata.messages import InstrumentLeg
from tests.clients.market import FAR, NEAR, PERPETUAL, START_NS, Market, listed

UNIT = 0.004 * 280
"""Ticks of the unit of price at an index of 2.80."""
SPREAD, BINARY = "GPU1-FS-31DEC26_30NOV26", "H100MEAN-30NOV26-2d8"


def market_of(index: float = 2.8) -> Market:
    market = Market(index)
    spread = msgspec.structs.replace(
        listed(SPREAD, 4, 1), legs=(InstrumentLeg(FAR, 1), InstrumentLeg(NEAR, -1))
    )
    binary = msgspec.structs.replace(
        listed(BINARY, 5, 1, hours=1), binary=True, strike_micros=2_800_000
    )
    market.add(spread)
    market.add(binary)
    market.show_tickers()
    return market


def maker(market: Market, **fields: object) -> MarketMaker:
    fields = {"instruments": NEAR, "book_weight": 0.0, **fields}
    trader = MarketMaker("maker", 1, MarketMakerParams(**fields))  # type: ignore[arg-type]
    trader.on_start(market.view, market.now_ns)
    return trader


def quoted(commands: list[Command]) -> dict[str, TwoSided]:
    return {
        quote.instrument: quote
        for command in commands
        if isinstance(command, MassQuote)
        for quote in command.quotes
    }


def test_the_perpetual_is_quoted_by_the_closed_form_around_its_index() -> None:
    market = market_of()
    trader = maker(market, instruments=PERPETUAL, gamma=0.3, k=0.9, horizon_s=86_400)
    quote = quoted(market.tick(trader))[PERPETUAL]
    # One day at the model's 32 % a year (0.25² + 0.20² at no maturity), in units of 0.4 %.
    sigma = math.hypot(0.25, 0.20) * math.sqrt(1 / 365) / 0.004
    bid, ask = quotes(280 / UNIT, 0, 0.3, sigma, 1.0, 0.9)
    assert (quote.bid_ticks, quote.ask_ticks) == (math.floor(bid * UNIT), math.ceil(ask * UNIT))
    assert quote.bid_lots == quote.ask_lots == 7_300, "a lot of it is one GPU-hour"


def test_every_kind_of_contract_is_quoted_around_its_own_worth() -> None:
    market = market_of()
    trader = maker(market, instruments="")
    shown = quoted(market.tick(trader))
    assert set(shown) == {NEAR, FAR, PERPETUAL, SPREAD, BINARY}
    middle = {name: (each.bid_ticks + each.ask_ticks) / 2 for name, each in shown.items()}
    assert middle[PERPETUAL] == pytest.approx(280, abs=1)
    assert middle[FAR] < middle[NEAR] < 280, "the curve falls"
    assert middle[SPREAD] == pytest.approx(middle[FAR] - middle[NEAR], abs=1)
    assert shown[SPREAD].bid_ticks < 0, "a spread may be worth less than nothing"
    assert 1 <= shown[BINARY].bid_ticks < shown[BINARY].ask_ticks <= 99
    assert middle[BINARY] < 50, "the mean is expected below a strike at today's index"
    assert {each.bid_lots for name, each in shown.items() if name in (NEAR, FAR)} == {10}


def test_a_long_position_lowers_the_quotes_of_every_month() -> None:
    market = market_of()
    trader = maker(market, instruments="", horizon_s=86_400)
    before = quoted(market.tick(trader))
    market.hold(NEAR, 30)
    after = quoted(market.tick(trader))
    for name in (NEAR, FAR, PERPETUAL):
        assert after[name].bid_ticks < before[name].bid_ticks, name
        assert after[name].ask_ticks < before[name].ask_ticks, name
    own = before[NEAR].ask_ticks - after[NEAR].ask_ticks
    assert own > before[FAR].ask_ticks - after[FAR].ask_ticks, "its own month most"


def test_an_unmoved_market_needs_no_message_and_a_fill_only_its_own() -> None:
    market = market_of()
    trader = maker(market, instruments="")
    assert market.tick(trader)
    for _ in range(5):
        assert market.tick(trader) == []
    market.print_index(2.8001)
    assert market.tick(trader) == [], "less than the tolerance"
    (bid, _) = market.view.own_quotes(NEAR)
    market.view.apply(
        msgspec.structs.replace(
            bid, filled_lots=bid.qty_lots, state=m.OrderState.FILLED, updated_ns=market.now_ns
        )
    )
    assert set(quoted(market.tick(trader))) == {NEAR}


def test_quotes_that_the_venue_took_back_are_given_again_once_it_is_open() -> None:
    market = market_of()
    trader = maker(market, instruments="")
    market.tick(trader)
    market.carry_out(trader, [CancelAll()])
    market.show_tickers("halted")
    assert market.tick(trader) == []
    market.show_tickers("open")
    assert set(quoted(market.tick(trader))) == {NEAR, FAR, PERPETUAL, SPREAD, BINARY}


def test_a_refused_quote_comes_nearer_to_the_mark() -> None:
    market = market_of()
    market.show_tickers(**{NEAR.replace("-", "_"): 200})
    trader = maker(market)
    first = quoted(market.tick(trader))[NEAR]
    assert (first.bid_ticks + first.ask_ticks) / 2 <= 200 * 1.08 + 1
    trader.on_message(m.Rejection("massquote", "", NEAR, 10005, "band"), market.now_ns)
    second = quoted(market.tick(trader))[NEAR]
    assert second.ask_ticks < first.ask_ticks
    assert (second.bid_ticks + second.ask_ticks) / 2 <= 200 * 1.045 + 1


def test_a_launch_day_and_a_surprise_widen() -> None:
    market = market_of()
    today = datetime.fromtimestamp(START_NS // 10**9, UTC).date().isoformat()
    calm = quoted(market.tick(maker(market)))[NEAR]
    launch = quoted(market.tick(maker(market, launch_dates=today)))[NEAR]
    width = calm.ask_ticks - calm.bid_ticks
    assert launch.ask_ticks - launch.bid_ticks >= 2 * width
    trader = maker(market)
    market.tick(trader)
    market.print_index(2.4)
    jumped = quoted(market.tick(trader))[NEAR]
    assert jumped.ask_ticks - jumped.bid_ticks >= 2 * width
    for _ in range(40):
        market.tick(trader)
    (bid, ask) = market.view.own_quotes(NEAR)
    assert ask.price_ticks is not None
    assert bid.price_ticks is not None
    assert ask.price_ticks - bid.price_ticks <= width + 1, "calm again"


def test_without_free_margin_only_what_reduces_is_quoted() -> None:
    market = market_of()
    market.pay(1_000_000_000, 100_000_000)
    market.hold(NEAR, 4)
    trader = maker(market)
    quote = quoted(market.tick(trader))[NEAR]
    assert (quote.bid_lots, quote.ask_lots) == (0, 4)


def test_messages_are_bounded_and_the_furthest_quotes_go_first() -> None:
    market = market_of()
    for number in range(149):
        market.add(listed(f"GPU{number + 2}-31DEC26", 10 + number, 2))
    market.show_tickers()
    trader = maker(market, instruments="", max_messages_a_s=1.0)
    first = market.tick(trader)
    assert len(quoted(first)) == 64
    second, third = market.tick(trader), market.tick(trader)
    assert [len(quoted(each)) for each in (second, third)] == [64, 154 - 128]
    assert market.tick(trader) == []


@settings(max_examples=60, deadline=None)
@given(
    st.integers(-130, 130),
    st.floats(0.5, 6.0),
    st.lists(st.floats(-0.05, 0.05), max_size=6),
)
def test_it_never_crosses_itself_nor_passes_its_limits(
    held: int, index: float, moves: list[float]
) -> None:
    market = market_of(index)
    market.hold(NEAR, held)
    trader = maker(market, instruments="")
    for move in [0.0, *moves]:
        index *= math.exp(move)
        market.print_index(index)
        for name, quote in quoted(market.tick(trader)).items():
            traded = market.view.instruments[name]
            if quote.bid_lots and quote.ask_lots:
                assert quote.bid_ticks < quote.ask_ticks
            if not traded.legs:
                assert quote.bid_ticks >= 1 or not quote.bid_lots
            if name == NEAR:
                assert quote.bid_lots <= max(0, 100 - held)
                assert quote.ask_lots <= max(0, 100 + held)


def test_it_quotes_the_families_it_is_told_and_reports_its_books() -> None:
    market = market_of()
    market.pay(5_000_000_000)
    trader = maker(market, instruments="", families="GPU1")
    assert set(quoted(market.tick(trader))) == {NEAR, FAR, SPREAD}
    figures = trader.report().figures
    assert figures["contracts quoted"] == 3
    assert figures["equity $"] == 5_000
    assert trader.on_stop(market.now_ns) == [CancelAll()]


def test_a_wrong_launch_date_is_refused() -> None:
    with pytest.raises(ValueError, match="isoformat"):
        MarketMaker("maker", 1, MarketMakerParams(launch_dates="tomorrow"))
