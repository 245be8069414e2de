"""Which contracts a trader of lease tokens watches."""

from __future__ import annotations

import msgspec

from clients.participants.token_trader import TokenParams, TokenTrader
from clients.trader import Command
from clients.view import MarketView
from marketdata.messages import Instrument
from tests.clients.market import listed


class Watching(TokenTrader):
    """Wants nothing."""

    kind = "watching"

    def target_lots(self, listed: Instrument, now_ns: int) -> int:
        return 0

    def hours_ahead(self) -> float:
        return 0.0

    def on_time(self, now_ns: int) -> list[Command]:
        return []


def market() -> MarketView:
    names = [("H100LEASE-30JUN27", 9), ("H100LEASE-31MAR27", 6), ("HPR-31JAN27", 4), ("GPU1-X", 2)]
    contracts = [listed(name, number, months) for number, (name, months) in enumerate(names)]
    return MarketView({each.name: each for each in contracts})


def test_it_watches_tokens_and_then_months_nearest_first() -> None:
    trader = Watching("w", 1, TokenParams(underlying="H100"))
    assert trader.tokens(market()) == ["H100LEASE-31MAR27", "H100LEASE-30JUN27"]
    assert trader.strip(market()) == ["HPR-31JAN27"]
    assert trader.instruments(market()) == [*trader.tokens(market()), "HPR-31JAN27"]


def test_names_that_are_listed_come_before_the_family() -> None:
    params = TokenParams(underlying="H100", instruments="H100LEASE-30JUN27,GONE")
    named = Watching("w", 1, params)
    assert named.tokens(market()) == ["H100LEASE-30JUN27"]
    other = msgspec.structs.replace(params, family="GPU1", instruments="")
    assert Watching("w", 1, other).tokens(market()) == ["GPU1-X"]
