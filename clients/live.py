"""Runs a trader on a running exchange: feeds it, paces it, carries its commands out, counts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

import msgspec

from clients import messages as m
from clients.economy.statements import RentalDay
from clients.errors import ConnectionLost, NotConnected, RequestTimeout, RpcError, TooManyRequests
from clients.sdk import Exchange
from clients.trader import (
    NS_PER_S,
    Amend,
    Cancel,
    CancelAll,
    Command,
    MassQuote,
    Submit,
    Trader,
)

SUMMARY_S = 5.0
FIXINGS_S = 2.0
IN_FLIGHT = 32
QUOTES_A_MESSAGE = 64
QUIET_FIRST_S = 0.25
QUIET_MOST_S = 10.0
UNKNOWN_OUTCOME = 0
"""Code of a rejection that is none: the answer was lost, and the order book will tell."""

LOST = (ConnectionLost, NotConnected, RequestTimeout)


class Tally(msgspec.Struct):
    """What a trader did so far; money in micro-dollars."""

    orders: int = 0
    amends: int = 0
    cancels: int = 0
    quotes: int = 0
    """Two-sided quotes, each of one instrument, sent by mass quotes."""
    acks: int = 0
    rejects: int = 0
    limited: int = 0
    """Commands that were not sent, or refused, for sending too many."""
    lost: int = 0
    """Commands whose answer never came."""
    fills: int = 0
    volume_lots: int = 0
    messages: int = 0
    start_equity_micros: int | None = None
    equity_micros: int | None = None

    @property
    def pnl_micros(self) -> int:
        """What the account's equity gained since the start, fees included."""
        if self.equity_micros is None or self.start_equity_micros is None:
            return 0
        return self.equity_micros - self.start_equity_micros


class LiveTrader:
    """One trader on one open exchange.

    Commands of one decision go out together and are awaited before the next decision, so a slow
    exchange slows the trader and nothing piles up. After too_many_requests only cancellations are
    sent until the pause is over.
    """

    def __init__(
        self, exchange: Exchange, trader: Trader, pace_ns: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self.exchange = exchange
        self.trader = trader
        self.tally = Tally()
        self.acknowledged: set[str] = set()
        """Ids of all orders that the exchange said it has."""
        self._pace_ns = pace_ns
        self._follows = True
        self._quiet_until_ns = 0
        self._quiet_s = QUIET_FIRST_S

    async def run(self, stop: asyncio.Event, duration_s: float | None = None) -> Tally:
        """Trade until ``stop`` is set or the time is over, then cancel what works and return.

        Raises what ended the exchange's connection for good.
        """
        exchange, trader, view = self.exchange, self.trader, self.exchange.view
        # The exchange's own labels have a dash in this place, so the two never meet.
        view.label_prefix = f"{exchange.session_label}."
        exchange.hear_market(trader.hears_market)
        await self._follow()
        await self._summary()
        now_ns = self._pace_ns()
        end_ns = None if duration_s is None else now_ns + int(duration_s * NS_PER_S)
        await self._carry_out(trader.on_start(view, exchange.now_ns()))
        waker = asyncio.create_task(self._wake_at(stop))
        try:
            await self._loop(stop, end_ns)
        finally:
            waker.cancel()
            await self._finish()
        return self.tally

    def hear(self, message: RentalDay) -> None:
        """Tell the trader of something that does not come from the exchange, in turn with the rest."""
        self.exchange.mailbox.put_private(message)

    async def _wake_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self.exchange.mailbox.wake()

    async def _follow(self) -> None:
        """Follow what the trader wants, again when the listing has changed."""
        exchange, trader = self.exchange, self.trader
        listed = exchange.view.instruments
        wanted = [name for name in trader.instruments(exchange.view) if name in listed]
        try:
            await exchange.follow(*wanted, feeds=trader.feeds)
            self._follows = True
        except (RpcError, *LOST):
            # The market data may be a moment behind the listing: it is asked again.
            self._follows = False

    async def _loop(self, stop: asyncio.Event, end_ns: int | None) -> None:
        exchange, trader = self.exchange, self.trader
        due_ns = self._pace_ns()
        summary_ns = due_ns + int(SUMMARY_S * NS_PER_S)
        while not stop.is_set():
            now_ns = self._pace_ns()
            if end_ns is not None and now_ns >= end_ns:
                return
            if now_ns >= due_ns:
                due_ns = max(due_ns + trader.interval_ns, now_ns)
                await self._carry_out(trader.on_time(exchange.now_ns()))
            if now_ns >= summary_ns:
                summary_ns = now_ns + int(SUMMARY_S * NS_PER_S)
                await self._summary()
                if not self._follows:
                    await self._follow()
            wake_ns = due_ns if end_ns is None else min(due_ns, end_ns)
            await exchange.mailbox.wait(max(0.0, (wake_ns - self._pace_ns()) / NS_PER_S))
            await self._hear()

    async def _hear(self) -> None:
        # As many as wait now: under a flood the trader still gets its time in between.
        for _ in range(len(self.exchange.mailbox)):
            message = self.exchange.mailbox.take()
            if message is None:
                return
            self.tally.messages += 1
            if isinstance(message, m.UserTrade):
                self.tally.fills += 1
                self.tally.volume_lots += message.qty_lots
            if isinstance(message, m.InstrumentState):
                await self._follow()
            commands = self.trader.on_message(message, self.exchange.now_ns())
            if commands:
                await self._carry_out(commands)

    async def _finish(self) -> None:
        self._quiet_until_ns = 0
        try:
            await self._carry_out(self.trader.on_stop(self.exchange.now_ns()))
            await self._summary()
            await self._hear()
        except LOST:
            # The line is gone for good: cancel-on-disconnect does what could be done here.
            self.tally.lost += 1

    async def _fixings(self) -> None:
        """Ask for the fixings of every index that is shown, once for all who share the market."""
        asked = self.exchange.market or self.exchange
        now_ns = self._pace_ns()
        if not self.trader.follows_fixings or now_ns < asked.fixings_due_ns:
            return
        asked.fixings_due_ns = now_ns + int(FIXINGS_S * NS_PER_S)
        try:
            for name in list(asked.view.index):
                await asked.fixings(name)
        except (RpcError, *LOST):
            # An exchange without published fixings, or without a line just now: the last ones stay.
            return

    async def _summary(self) -> None:
        await self._fixings()
        try:
            summary = await self.exchange.account_summary()
        except (RpcError, *LOST):
            return
        self.tally.equity_micros = summary.equity_micros
        if self.tally.start_equity_micros is None:
            self.tally.start_equity_micros = summary.equity_micros

    async def _carry_out(self, commands: Sequence[Command]) -> None:
        for first in range(0, len(commands), IN_FLIGHT):
            chunk = commands[first : first + IN_FLIGHT]
            # Tasks start in this order and send before they first wait: commands stay in order.
            async with asyncio.TaskGroup() as group:
                for command in chunk:
                    if self._admit(command):
                        group.create_task(self._send(command))

    def _admit(self, command: Command) -> bool:
        if (
            isinstance(command, (Submit, Amend, MassQuote))
            and self._pace_ns() < self._quiet_until_ns
        ):
            self.tally.limited += 1
            return False
        if isinstance(command, Submit):
            self.exchange.view.apply(_pending(command, self.exchange.now_ns()))
        return True

    async def _send(self, command: Command) -> None:
        try:
            await self._call(command)
        except TooManyRequests as error:
            self.tally.limited += 1
            self._be_quiet(error)
            self._tell(command, error.code, error.reason)
        except RpcError as error:
            self.tally.rejects += 1
            self._tell(command, error.code, error.reason)
        except LOST as error:
            self.tally.lost += 1
            self._tell(command, UNKNOWN_OUTCOME, str(error))
        else:
            self.tally.acks += 1
            self._quiet_s = QUIET_FIRST_S

    async def _call(self, command: Command) -> None:
        exchange = self.exchange
        match command:
            case Submit():
                self.tally.orders += 1
                placed = await exchange.submit(
                    command.side,
                    command.instrument,
                    command.qty_lots,
                    command.price_ticks,
                    time_in_force=command.time_in_force,
                    post_only=command.post_only,
                    reduce_only=command.reduce_only,
                    label=command.label,
                )
                self.acknowledged.add(placed.order.order_id)
            case Amend():
                order = exchange.view.orders.get(command.label)
                if order is not None and order.order_id:
                    self.tally.amends += 1
                    await exchange.edit(
                        order.order_id,
                        command.qty_lots,
                        command.price_ticks,
                        post_only=command.post_only,
                    )
            case Cancel():
                order = exchange.view.orders.get(command.label)
                if order is not None and order.order_id:
                    self.tally.cancels += 1
                    await exchange.cancel(order.order_id)
            case MassQuote():
                self.tally.quotes += len(command.quotes)
                for first in range(0, len(command.quotes), QUOTES_A_MESSAGE):
                    part = command.quotes[first : first + QUOTES_A_MESSAGE]
                    answer = await exchange.mass_quote(part)
                    self.tally.rejects += len(answer.refused)
                    exchange.deliver(answer.refused)
            case CancelAll():
                self.tally.cancels += 1
                await exchange.cancel_all(command.instrument)

    def _be_quiet(self, error: TooManyRequests) -> None:
        wait_ms = error.data.get("wait")
        named_s = wait_ms / 1_000 if isinstance(wait_ms, int | float) else 0.0
        pause_s = min(QUIET_MOST_S, max(self._quiet_s, named_s))
        self._quiet_s = min(QUIET_MOST_S, self._quiet_s * 2)
        until_ns = self._pace_ns() + int(pause_s * NS_PER_S)
        self._quiet_until_ns = max(self._quiet_until_ns, until_ns)

    def _tell(self, command: Command, code: int, reason: str) -> None:
        if isinstance(command, MassQuote):
            named = dict.fromkeys(quote.instrument for quote in command.quotes)
            self.exchange.deliver(
                m.Rejection("massquote", "", name, code, reason) for name in named
            )
            return
        label = "" if isinstance(command, CancelAll) else command.label
        order = self.exchange.view.orders.get(label)
        instrument = order.instrument if order is not None else ""
        verb = type(command).__name__.lower()
        self.exchange.deliver([m.Rejection(verb, label, instrument, code, reason)])


def _pending(command: Submit, now_ns: int) -> m.Order:
    return m.Order(
        order_id="",
        label=command.label,
        instrument=command.instrument,
        side=command.side,
        state=m.OrderState.PENDING,
        price_ticks=command.price_ticks,
        qty_lots=command.qty_lots,
        filled_lots=0,
        average_price_micros=0,
        created_ns=now_ns,
        updated_ns=0,
        post_only=command.post_only,
        reduce_only=command.reduce_only,
    )
