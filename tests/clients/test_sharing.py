"""One session's market data for many accounts, and a listing that changes under them."""

from __future__ import annotations

import asyncio

from clients import messages as m
from clients.live import LiveTrader
from clients.sdk import Exchange
from clients.trader import Command, MassQuote, Trader, TwoSided
from clients.view import MarketView
from tests.clients.conftest import QUICK, drain, run, until
from tests.clients.quoting_server import QuotingExchange
from tests.clients.server import CLIENT_ID, CLIENT_SECRET, GPU1, PERPETUAL, instrument

NEXT = "GPU1-29JAN27"
KEY = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}


def member_of(market: Exchange, server: QuotingExchange) -> Exchange:
    key = Exchange.connect(server.url, **KEY, timing=QUICK).credentials
    return Exchange(server.url, key, timing=QUICK, market=market)


def test_members_see_one_market_and_hear_it_if_they_wish() -> None:
    async def work() -> None:
        async with (
            QuotingExchange() as server,
            Exchange.connect(server.url, timing=QUICK) as market,
            member_of(market, server) as deaf,
            member_of(market, server) as curious,
        ):
            deaf.hear_market(False)
            market.hear_market(False)
            await asyncio.gather(deaf.follow(GPU1), curious.follow(GPU1, PERPETUAL))
            await until(lambda: curious.view.book(PERPETUAL).change_id == 100)
            wanted = [
                n for name, p in server.calls if name == "public/subscribe" for n in p["channels"]
            ]
            assert sorted(wanted) == sorted(set(wanted)), "each channel once for all"
            for each in (market, deaf, curious):
                drain(each)
            await server.publish(f"book.{GPU1}.100ms", server.change(GPU1, "bids", 2.5, 3))
            await until(lambda: deaf.view.book(GPU1).bids() == [(250, 3)])
            assert deaf.view.books is curious.view.books is market.view.books
            assert drain(deaf) == drain(market) == []
            assert [type(message) for message in drain(curious)] == [m.BookUpdate]
            await curious.buy(GPU1, 1, 240)
            await until(lambda: curious.view.orders)
            assert not deaf.view.orders, "accounts are not shared"

    run(work)


def test_what_is_listed_and_what_expires_reaches_every_member() -> None:
    async def work() -> None:
        async with (
            QuotingExchange() as server,
            Exchange.connect(server.url, timing=QUICK) as market,
            member_of(market, server) as member,
        ):
            await server.list_now(instrument(NEXT, 3, 730, 0.01))
            await until(lambda: NEXT in member.instruments)
            heard = [each for each in drain(member) if isinstance(each, m.InstrumentState)]
            assert [(each.instrument, each.state) for each in heard] == [(NEXT, "started")]
            await member.follow(GPU1, NEXT)
            server.listed = [row for row in server.listed if row["instrument_name"] != GPU1]
            await server.tell_state(GPU1, "terminated")
            await until(lambda: GPU1 not in member.instruments)
            await until(
                lambda: not any(GPU1 in name for names in server.lines.values() for name in names)
            )
            heard = [each for each in drain(member) if isinstance(each, m.InstrumentState)]
            assert [(each.instrument, each.state) for each in heard] == [(GPU1, "terminated")]
            assert member.wire.ticks(GPU1, 2.5) == 250, "late news can still be read"

    run(work)


class Quoter(Trader):
    """Quotes whatever is listed, once a decision, and keeps what it hears."""

    interval_ns = 10_000_000
    hears_market = False
    follows_fixings = True
    feeds = ("ticker",)

    def __init__(self) -> None:
        super().__init__("quoter", 1)
        self.heard: list[m.Message] = []
        self.bid_ticks = 250

    def on_message(self, message: m.Message, now_ns: int) -> list[Command]:
        self.heard.append(message)
        return []

    def on_time(self, now_ns: int) -> list[Command]:
        quotes = [
            TwoSided(instrument=name, bid_ticks=self.bid_ticks, bid_lots=1)
            for name, listed in self.view.instruments.items()
            if not listed.perpetual
        ]
        return [MassQuote(tuple(quotes))]

    def instruments(self, view: MarketView) -> list[str]:
        return list(view.instruments)


def test_a_live_trader_quotes_in_mass_and_follows_what_is_listed_later() -> None:
    async def work() -> None:
        async with (
            QuotingExchange() as server,
            Exchange.connect(server.url, timing=QUICK) as market,
            member_of(market, server) as member,
        ):
            trader, stop = Quoter(), asyncio.Event()
            runner = LiveTrader(member, trader)
            task = asyncio.create_task(runner.run(stop))
            await until(lambda: server.quoted == {(GPU1, "buy"): (2.5, 1)})
            await server.list_now(instrument(NEXT, 3, 730, 0.01))
            await until(lambda: (NEXT, "buy") in server.quoted)
            await until(
                lambda: any(f"ticker.{NEXT}.100ms" in names for names in server.lines.values())
            )
            trader.bid_ticks = 310
            await until(lambda: any(isinstance(each, m.Rejection) for each in trader.heard))
            stop.set()
            await task
            assert runner.tally.quotes > 2
            assert runner.tally.rejects >= 1
            public = (m.BookUpdate, m.Ticker, m.PublicTrade, m.IndexPrice)
            assert not any(isinstance(each, public) for each in trader.heard)

    run(work)


def test_fixings_are_asked_for_once_and_shared() -> None:
    async def work() -> None:
        async with (
            QuotingExchange() as server,
            Exchange.connect(server.url, timing=QUICK) as market,
            member_of(market, server) as one,
            member_of(market, server) as two,
        ):
            market.view.apply(m.IndexPrice("gpu1_h100", 1, 2_500_000))
            stop = asyncio.Event()
            tasks = [
                asyncio.create_task(LiveTrader(each, Quoter()).run(stop)) for each in (one, two)
            ]
            await until(lambda: two.view.fixings == {"gpu1_h100": {2: 2_500_000}})
            await until(lambda: server.quoted)
            stop.set()
            await asyncio.gather(*tasks)
            assert [name for name, _ in server.calls].count("public/get_fixings") == 1

    run(work)
