"""Mass quotes, protection and the dead-man timer over a socket; ``tests/live`` has the real ones."""

from __future__ import annotations

from clients.messages import Rejection
from clients.quoting import Protection
from clients.sdk import Exchange
from clients.trader import TwoSided
from tests.clients.conftest import QUICK, run, until
from tests.clients.quoting_server import QuotingExchange
from tests.clients.server import CLIENT_ID, CLIENT_SECRET, GPU1, NOW_MS, PERPETUAL


def client(server: QuotingExchange) -> Exchange:
    return Exchange.connect(
        server.url, client_id=CLIENT_ID, client_secret=CLIENT_SECRET, timing=QUICK
    )


def both(bid_ticks: int, ask_ticks: int, lots: int = 5) -> TwoSided:
    return TwoSided(
        instrument=GPU1, bid_ticks=bid_ticks, bid_lots=lots, ask_ticks=ask_ticks, ask_lots=lots
    )


def test_quotes_are_replaced_refused_one_by_one_and_withdrawn() -> None:
    async def work() -> None:
        async with QuotingExchange() as server, client(server) as exchange:
            assert (await exchange.mass_quote([both(250, 260)])).refused == []
            assert server.quoted == {(GPU1, "buy"): (2.5, 5), (GPU1, "sell"): (2.6, 5)}
            answer = await exchange.mass_quote([both(251, 301)])
            (refused,) = answer.refused
            assert refused == Rejection("massquote", "", GPU1, 10005, "ask 3.01: band")
            assert server.quoted == {(GPU1, "buy"): (2.51, 5)}
            await exchange.mass_quote([TwoSided(instrument=GPU1)])
            assert server.quoted == {}
            far = TwoSided(instrument=PERPETUAL, ask_ticks=2_700, ask_lots=1)
            await exchange.mass_quote([both(250, 260), far])
            assert await exchange.cancel_quotes(PERPETUAL) == 1
            assert await exchange.cancel_quotes() == 2

    run(work)


def test_a_lost_answer_is_asked_again_since_quotes_replace_themselves() -> None:
    async def work() -> None:
        async with QuotingExchange() as server, client(server) as exchange:
            server.lose_answer["private/mass_quote"] = 1
            await exchange.mass_quote([both(250, 260)])
            assert server.quoted == {(GPU1, "buy"): (2.5, 5), (GPU1, "sell"): (2.6, 5)}
            assert [name for name, _ in server.calls].count("private/mass_quote") == 2

    run(work)


def test_quotes_are_told_apart_from_orders_in_the_view() -> None:
    async def work() -> None:
        async with QuotingExchange() as server, client(server) as exchange:
            await exchange.mass_quote([both(250, 260)])
            await exchange.buy(GPU1, 1, 240)
            view = exchange.view
            await until(lambda: len(view.orders) == 3)
            assert [order.price_ticks for order in view.own_quotes(GPU1)] == [250, 260]
            assert [order.price_ticks for order in view.own_orders(GPU1)] == [240]

    run(work)


def test_protection_and_timer() -> None:
    async def work() -> None:
        async with QuotingExchange() as server, client(server) as exchange:
            wanted = Protection(index_name="h100", interval_s=5, qty_limit_lots=40)
            assert await exchange.set_mmp_config(wanted) == wanted
            assert await exchange.mmp_configs() == [wanted]
            assert await exchange.cancel_all_after(2.5) == (NOW_MS + 2_500) * 1_000_000
            assert await exchange.cancel_all_after(0) is None

    run(work)
