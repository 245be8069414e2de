"""The issuer quotes around net asset value, issues no more than it owns, and redeems."""

from __future__ import annotations

import pytest

from clients.messages import Side
from clients.participants.lease_token import LeaseToken, LeaseTokenParams
from tests.clients.market import Market
from tests.clients.participants.days import account, live_through, mark, rental_day
from tests.clients.participants.test_lease_value import MONTHS, TOKEN, token_market


def issuer(market: Market, **params: object) -> LeaseToken:
    stated = {"fleet_gpus": 100, "utilisation": 0.5, "issue_part": 0.8, "premium": 0.01} | params
    made = LeaseToken("me", 1, LeaseTokenParams(**stated))  # type: ignore[arg-type]
    made.on_start(market.view, market.now_ns)
    for name in MONTHS:
        mark(market, name, 2_500)
    return made


def quotes(market: Market) -> dict[Side, tuple[int | None, int]]:
    return {
        order.side: (order.price_ticks, order.leaves_lots)
        for order in market.view.own_orders(TOKEN)
    }


def test_it_offers_above_and_redeems_below_its_value() -> None:
    market, _ = token_market()
    made = issuer(market)
    market.tick(made)
    assert quotes(market) == {Side.SELL: (2_525, 10)}
    market.hold(TOKEN, -4)
    market.tick(made)
    assert quotes(market) == {Side.SELL: (2_525, 10), Side.BUY: (2_475, 4)}
    market.hold(TOKEN, 0)
    market.tick(made)
    assert quotes(market) == {Side.SELL: (2_525, 10)}


def test_quotes_move_with_the_strip_beyond_some_ticks() -> None:
    market, _ = token_market()
    made = issuer(market)
    market.tick(made)
    for name in MONTHS:
        mark(market, name, 2_502)
    assert market.tick(made) == []
    for name in MONTHS:
        mark(market, name, 2_600)
    market.tick(made)
    market.tick(made)
    assert quotes(market) == {Side.SELL: (2_626, 10)}


def test_no_more_is_issued_than_the_fleet_will_earn() -> None:
    """100 GPUs, half of them rented: 80 % of a quarter's 109,500 hours are 40 tokens of 2,190."""
    market, token = token_market()
    made = issuer(market)
    assert made.target_lots(token, market.now_ns) == -40
    market.hold(TOKEN, -37)
    market.tick(made)
    assert quotes(market)[Side.SELL] == (2_525, 3)
    market.hold(TOKEN, -40)
    market.tick(made)
    assert Side.SELL not in quotes(market)
    assert made.target_lots(market.view.instruments["HPR-31DEC26"], market.now_ns) == 0


def test_a_bid_above_the_offer_is_hit() -> None:
    market, _ = token_market()
    made = issuer(market)
    market.quote(TOKEN, 2_530, 2_560)
    market.tick(made)
    assert market.view.position_lots(TOKEN) == -10


def test_margin_limits_the_offer() -> None:
    """A token at 2.525 is $5,530 and needs a fifth; $3,000 of free funds cover 2."""
    market, _ = token_market()
    made = issuer(market, reserve=0.0)
    account(market, 3_000, 0)
    market.tick(made)
    assert quotes(market) == {Side.SELL: (2_525, 2)}


def test_the_report_shows_net_asset_value_and_premium() -> None:
    market, token = token_market()
    made = issuer(market, rate=0.0)
    market.hold(TOKEN, -8)
    mark(market, TOKEN, 2_515)
    market.tick(made)
    figures = made.report().figures
    assert figures["tokens issued"] == 8
    assert figures["NAV issued $"] == pytest.approx(8 * 2.5 * 2_190)
    assert figures[f"{TOKEN} premium"] == pytest.approx(0.006)
    assert token.contract_hours == 2_190


def test_the_fleet_is_learnt_from_statements() -> None:
    market, token = token_market()
    made = issuer(market)
    day = rental_day(0, 2.5, sold_hours=480, gpus=40, utilisation=0.5)
    live_through(market, made, day)
    assert made.target_lots(token, market.now_ns) == -16
    assert made.outcome.days[0].spot_micros == 480 * 2_500_000
