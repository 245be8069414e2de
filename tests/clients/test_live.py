"""Traders on a live exchange: pacing, backing off, counting, a clean end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import pairwise

from clients import messages as m
from clients.live import LiveTrader
from clients.sdk import Exchange
from clients.trader import Amend, Cancel, Command, Submit, Trader
from clients.view import MarketView
from tests.clients.conftest import QUICK, run, trading, until
from tests.clients.server import CLIENT_ID, CLIENT_SECRET, GPU1, FakeExchange, Refusal


class Script(Trader):
    """Returns prepared commands, one list a call, and keeps what it hears."""

    interval_ns = 10_000_000

    def __init__(self, *plan: Sequence[Command]) -> None:
        super().__init__("script", 1)
        self.plan = list(plan)
        self.heard: list[m.Message] = []
        self.times: list[int] = []

    def instruments(self, view: MarketView) -> list[str]:
        return [GPU1]

    def on_message(self, message: m.Message, now_ns: int) -> list[Command]:
        self.heard.append(message)
        return []

    def on_time(self, now_ns: int) -> list[Command]:
        self.times.append(now_ns)
        commands = self.plan.pop(0) if self.plan else []
        return [
            Submit(
                label=self.new_label(),
                instrument=command.instrument,
                side=command.side,
                qty_lots=command.qty_lots,
                price_ticks=command.price_ticks,
            )
            if isinstance(command, Submit)
            else command
            for command in commands
        ]


def bid(price_ticks: int, qty_lots: int = 1) -> Submit:
    return Submit(
        label="", instrument=GPU1, side=m.Side.BUY, qty_lots=qty_lots, price_ticks=price_ticks
    )


async def started(
    exchange: Exchange, trader: Trader
) -> tuple[LiveTrader, asyncio.Event, asyncio.Task[object]]:
    runner, stop = LiveTrader(exchange, trader), asyncio.Event()
    return runner, stop, asyncio.create_task(runner.run(stop))


def test_commands_arrive_in_order_and_are_counted_and_cancelled_at_the_end() -> None:
    async def work() -> None:
        async with trading() as (server, exchange):
            trader = Script([bid(240 + i) for i in range(20)])
            runner, stop, task = await started(exchange, trader)
            await until(lambda: runner.tally.acks == 20)
            prices = [p["price"] for method, p in server.calls if method == "private/buy"]
            assert prices == [(240 + i) / 100 for i in range(20)]
            await server.announce("O-1", server.fill("O-1", 1))
            await until(lambda: runner.tally.fills == 1)
            stop.set()
            await task
            assert all(order["order_state"] != "open" for order in server.orders.values())
            assert (runner.tally.orders, runner.tally.rejects) == (20, 0)
            assert runner.tally.volume_lots == 1
            assert runner.tally.pnl_micros == 0

    run(work)


def test_amend_and_cancel_go_by_label() -> None:
    async def work() -> None:
        async with trading() as (server, exchange):
            trader = Script([bid(240, 5)])
            runner, stop, task = await started(exchange, trader)
            await until(lambda: runner.tally.acks == 1)
            (label,) = exchange.view.orders
            assert label.startswith(exchange.view.label_prefix)
            trader.plan.append([Amend(label=label, qty_lots=3, price_ticks=241)])
            await until(lambda: runner.tally.amends == 1 and server.orders["O-1"]["amount"] == 3)
            trader.plan.append([Cancel(label)])
            await until(lambda: server.orders["O-1"]["order_state"] == "cancelled")
            stop.set()
            await task

    run(work)


def test_too_many_requests_silences_new_orders_for_a_while() -> None:
    async def work() -> None:
        async with trading() as (server, exchange):
            refusals = [Refusal(10028, "too_many_requests", reason="slow down") for _ in range(2)]
            server.refuse["private/buy"] += refusals
            trader = Script(*[[bid(240 + i)] for i in range(15)])
            runner, stop, task = await started(exchange, trader)
            await until(lambda: not trader.plan)
            sent = sum(method == "private/buy" for method, _ in server.calls)
            assert sent <= 2, "nothing new goes out during the pause of a quarter second"
            assert runner.tally.limited >= 13
            trader.plan.append([bid(200)])
            await until(lambda: not trader.plan)
            for _ in range(100):
                trader.plan.append([bid(200)])
                await asyncio.sleep(0.02)
                if runner.tally.acks:
                    break
            assert runner.tally.acks
            stop.set()
            await task

    run(work)


def test_a_refusal_reaches_the_trader_and_frees_its_label() -> None:
    async def work() -> None:
        async with trading() as (server, exchange):
            server.refuse["private/buy"].append(Refusal(10009, "not_enough_funds"))
            trader = Script([bid(240)])
            runner, stop, task = await started(exchange, trader)
            await until(lambda: any(isinstance(each, m.Rejection) for each in trader.heard))
            (refusal,) = (each for each in trader.heard if isinstance(each, m.Rejection))
            assert (refusal.verb, refusal.code, refusal.instrument) == ("submit", 10009, GPU1)
            assert not exchange.view.orders
            assert runner.tally.rejects == 1
            stop.set()
            await task

    run(work)


def test_an_outage_is_survived_and_the_trader_told() -> None:
    async def work() -> None:
        async with trading() as (server, exchange):
            trader = Script([bid(240)])
            runner, stop, task = await started(exchange, trader)
            await until(lambda: runner.tally.acks == 1)
            server.drop_lines()
            server.fill("O-1", 1)
            await until(lambda: runner.tally.fills == 1)
            await until(
                lambda: [e.up for e in trader.heard if isinstance(e, m.Link)][-2:] == [False, True]
            )
            stop.set()
            await task
            assert runner.tally.volume_lots == 1

    run(work)


def test_time_is_called_about_every_interval_and_ends_by_itself() -> None:
    async def work() -> None:
        async with (
            FakeExchange() as server,
            Exchange.connect(
                server.url, client_id=CLIENT_ID, client_secret=CLIENT_SECRET, timing=QUICK
            ) as exchange,
        ):
            trader = Script()
            await LiveTrader(exchange, trader).run(asyncio.Event(), duration_s=0.3)
            gaps = [b - a for a, b in pairwise(trader.times)]
            assert len(trader.times) >= 3
            assert all(gap > 0 for gap in gaps)
            assert ("private/cancel_all", {}) in server.calls

    run(work)
