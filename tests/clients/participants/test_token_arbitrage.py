"""The arbitrageur enters on a gap, holds the strip against the tokens, and leaves when it closes."""

from __future__ import annotations

import pytest

from clients.participants.token_arbitrage import TokenArbitrage, TokenArbitrageParams
from tests.clients.market import Market
from tests.clients.participants.days import live_through, mark, rental_day
from tests.clients.participants.test_lease_value import MONTHS, TOKEN, token_market


def arbitrageur(market: Market, **params: object) -> TokenArbitrage:
    stated = {"entry": 0.02, "leave": 0.005, "most_tokens": 30, "clip_lots": 10} | params
    made = TokenArbitrage("me", 1, TokenArbitrageParams(**stated))  # type: ignore[arg-type]
    made.on_start(market.view, market.now_ns)
    for name in MONTHS:
        mark(market, name, 2_500)
    return made


def held(market: Market) -> list[int]:
    return [market.view.position_lots(name) for name in (TOKEN, *MONTHS)]


def test_a_rich_token_is_sold_against_its_months_and_given_back() -> None:
    market, _ = token_market()
    made = arbitrageur(market)
    # The strip costs 2.501 at its asks, and 2 % more is 2.55102.
    market.quote(TOKEN, 2_551, 2_560)
    market.tick(made)
    assert held(market) == [0, 0, 0, 0]
    market.quote(TOKEN, 2_552, 2_560)
    market.tick(made)
    assert held(market) == [-10, 0, 0, 0]
    for _ in range(5):
        market.tick(made)
    # Thirty tokens of 2,190 hours against 29.76 lots of each month.
    assert held(market) == [-30, 30, 30, 30]
    market.quote(TOKEN, 2_520, 2_530)
    market.tick(made)
    assert held(market) == [-30, 30, 30, 30]
    market.quote(TOKEN, 2_495, 2_505)
    for _ in range(6):
        market.tick(made)
    assert held(market) == [0, 0, 0, 0]


def test_a_cheap_token_is_bought() -> None:
    market, _ = token_market()
    made = arbitrageur(market, most_tokens=5)
    market.quote(TOKEN, 2_400, 2_449)  # below 2.499 at the bids, less 2 %
    for _ in range(3):
        market.tick(made)
    assert held(market) == [5, -5, -5, -5]


def test_without_the_strips_prices_it_stays_out() -> None:
    market, _ = token_market()
    made = TokenArbitrage("me", 1, TokenArbitrageParams())
    made.on_start(market.view, market.now_ns)
    market.quote(TOKEN, 9_000, 9_010)
    assert market.tick(made) == []


def test_it_earns_the_gap_and_would_earn_nothing_without_the_exchange() -> None:
    """Sold at 2.552 against months at 2.501, closed when both are worth 2.20: the gap is earned."""
    market, _ = token_market()
    made = arbitrageur(market, most_tokens=10)
    mark(market, TOKEN, 2_553)
    for _ in range(3):
        market.tick(made)
    live_through(market, made, rental_day(0, 2.5, rented_hours=100))
    for name in (TOKEN, *MONTHS):
        mark(market, name, 2_200)
    live_through(market, made, rental_day(1, 2.2, rented_hours=100))
    tokens = 10 * 2_190 * (2.552 - 2.200)
    months = 10 * 24 * 92 * (2.200 - 2.501)
    report = made.report()
    assert report.figures["futures P&L $"] == pytest.approx(tokens + months)
    assert report.without["cash flow $"] == 0
    assert report.figures["strip lots"] == 30
