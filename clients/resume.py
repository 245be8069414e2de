"""After a broken line: which orders closed meanwhile, which fills came, what is held now.

The channel of the account's changes is subscribed before this asks, and each answer is taken in
before any later frame: what happened is in an answer or in the channel, and fills have ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from clients import dialect, wire
from clients import messages as m
from clients.errors import OrderNotFound, ProtocolError
from clients.rpc import RpcSession
from clients.view import MarketView
from clients.wire import Wire
from marketdata.messages import NS_PER_MS

PAGE = 1_000
Deliver = Callable[[Iterable[m.PrivateMessage]], None]


class Resumption:
    """One catch-up over one new session."""

    def __init__(
        self,
        session: RpcSession,
        codec: Wire,
        view: MarketView,
        deliver: Deliver,
    ) -> None:
        self._request = session.request
        self._wire = codec
        self._view = view
        self._deliver = deliver

    async def positions(self) -> None:
        """Replace the positions by the exchange's; one that it does not list is flat."""
        await self._request(
            "private/get_positions", {"currency": "any"}, on_answer=self._take_positions
        )

    def _take_positions(self, raw: msgspec.Raw) -> None:
        rows = [self._wire.position(row) for row in wire.parse(raw, list[dialect.WirePosition])]
        listed = {row.instrument for row in rows}
        gone = [p for p in self._view.positions.values() if p.instrument not in listed]
        self._deliver(rows)
        self._deliver(
            msgspec.structs.replace(p, qty_lots=0, average_price_micros=0, floating_micros=0)
            for p in gone
            if p.qty_lots
        )

    async def orders(self) -> None:
        """Take in the working orders, and the end of each that was working and is no longer."""
        missing: list[str] = []

        def take(raw: msgspec.Raw) -> None:
            rows = [self._wire.order(row) for row in wire.parse(raw, list[dialect.WireOrder])]
            listed = {row.order_id for row in rows}
            known = [order.order_id for order in self._view.orders.values() if order.order_id]
            missing.extend(order_id for order_id in known if order_id not in listed)
            self._deliver(rows)

        await self._request("private/get_open_orders", on_answer=take)
        for order_id in missing:
            await self._ending_of(order_id)

    async def _ending_of(self, order_id: str) -> None:
        def take(raw: msgspec.Raw) -> None:
            self._deliver([self._wire.order(wire.parse(raw, dialect.WireOrder))])

        try:
            await self._request("private/get_order_state", {"order_id": order_id}, on_answer=take)
        except OrderNotFound:
            # So old that the exchange forgot it: it is certainly not working.
            self._deliver(
                [
                    msgspec.structs.replace(order, state=m.OrderState.CANCELLED)
                    for order in self._view.orders.values()
                    if order.order_id == order_id
                ]
            )

    async def fills(self, since_ns: int) -> None:
        """Take in every fill at or after a time."""
        page = dialect.WirePage([])

        def take(raw: msgspec.Raw) -> None:
            nonlocal page
            page = wire.fills_page(raw)
            self._deliver(self._wire.user_trade(row) for row in page.trades)

        params: dict[str, Any] = {
            "currency": "any",
            "start_timestamp": since_ns // NS_PER_MS,
            "count": PAGE,
            "sorting": "asc",
        }
        while True:
            await self._request("private/get_user_trades_by_currency", params, on_answer=take)
            if not page.has_more or not page.trades:
                return
            last_id = page.trades[-1].trade_id
            if params.get("start_id") == last_id:
                raise ProtocolError(f"the page of fills after {last_id} leads nowhere")
            params["start_id"] = last_id
