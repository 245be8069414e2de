"""Orders to the exchange, each safe to send again where its answer was lost."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Mapping
from typing import Any

import msgspec

from clients import dialect, wire
from clients import messages as m
from clients.caller import TRIES
from clients.errors import (
    ConnectionLost,
    DuplicateLabel,
    NotConnected,
    OrderNotFound,
    RequestTimeout,
)
from clients.queries import Queries

LOST = (ConnectionLost, RequestTimeout)


class OrderEntry(Queries):
    """The writing half of the client.

    An order always carries a label, which the exchange accepts once for ever: so when an answer is
    lost the order is sent again, and a refusal as duplicate says that the first one had arrived.
    """

    def __init__(self) -> None:
        self.session_label = secrets.token_hex(5)
        self._label_numbers = itertools.count(1)

    def new_label(self) -> str:
        """Return a label that no other order of the account has."""
        return f"{self.session_label}-{next(self._label_numbers)}"

    async def buy(
        self,
        instrument: str,
        qty_lots: int,
        price_ticks: int | None = None,
        *,
        time_in_force: m.TimeInForce = m.TimeInForce.GTC,
        post_only: bool = False,
        reduce_only: bool = False,
        label: str | None = None,
    ) -> m.Placed:
        """Buy at a price or better, at any price for None; the answer may carry fills.

        label: the caller's own name of the order, never used before; None makes one.
        Raises OrderRejected and its kin (nothing happened), TooManyRequests, or ConnectionLost when
        it stays unknown whether the order took effect.
        """
        return await self.submit(
            m.Side.BUY,
            instrument,
            qty_lots,
            price_ticks,
            time_in_force=time_in_force,
            post_only=post_only,
            reduce_only=reduce_only,
            label=label,
        )

    async def sell(
        self,
        instrument: str,
        qty_lots: int,
        price_ticks: int | None = None,
        *,
        time_in_force: m.TimeInForce = m.TimeInForce.GTC,
        post_only: bool = False,
        reduce_only: bool = False,
        label: str | None = None,
    ) -> m.Placed:
        """Sell at a price or better, at any price for None; otherwise as ``buy``."""
        return await self.submit(
            m.Side.SELL,
            instrument,
            qty_lots,
            price_ticks,
            time_in_force=time_in_force,
            post_only=post_only,
            reduce_only=reduce_only,
            label=label,
        )

    async def submit(
        self,
        side: m.Side,
        instrument: str,
        qty_lots: int,
        price_ticks: int | None = None,
        *,
        time_in_force: m.TimeInForce = m.TimeInForce.GTC,
        post_only: bool = False,
        reduce_only: bool = False,
        label: str | None = None,
    ) -> m.Placed:
        """Buy or sell (private/buy, private/sell); see ``buy``."""
        label = label or self.new_label()
        params: dict[str, Any] = {
            "instrument_name": instrument,
            "amount": qty_lots,
            "type": "market" if price_ticks is None else "limit",
            "label": label,
        }
        if price_ticks is not None:
            params["price"] = self.instrument(instrument).price(price_ticks)
            params["time_in_force"] = time_in_force.value
        if post_only:
            params |= {"post_only": True, "reject_post_only": True}
        if reduce_only:
            params["reduce_only"] = True
        lost: Exception | None = None
        for _ in range(TRIES):
            try:
                return await self._place(f"private/{side.value}", params)
            except LOST as error:
                lost = error
            except NotConnected as error:
                if lost is None:
                    raise
                raise _unknown(label) from error
            except DuplicateLabel:
                order = None if lost is None else await self.order_by_label(instrument, label)
                if order is None:
                    raise
                placed = m.Placed(order, await self.user_trades_of(order.order_id))
                self.deliver([placed.order, *placed.trades])
                return placed
        raise _unknown(label) from lost

    async def edit(
        self, order_id: str, qty_lots: int, price_ticks: int, *, post_only: bool = False
    ) -> m.Placed:
        """Give an order a new total size and price (private/edit). Raises OrderNotFound.

        qty_lots counts what is filled already. Less size at the same price keeps the priority.
        """
        instrument = (await self._known(order_id)).instrument
        params: dict[str, Any] = {
            "order_id": order_id,
            "amount": qty_lots,
            "price": self.instrument(instrument).price(price_ticks),
        }
        if post_only:
            params |= {"post_only": True, "reject_post_only": True}
        for attempt in range(TRIES):
            try:
                return await self._place("private/edit", params)
            except LOST as error:
                if attempt == TRIES - 1:
                    raise _unknown(order_id) from error
            except OrderNotFound:
                if attempt == 0:
                    raise
                break
        # The first edit may have filled it, and nothing but its last state can tell.
        return m.Placed(await self._settled(order_id), [])

    async def edit_by_label(
        self, label: str, qty_lots: int, price_ticks: int, *, post_only: bool = False
    ) -> m.Placed:
        """Edit the working order that has a label, otherwise as ``edit``. Raises OrderNotFound."""
        order = self.view.orders.get(label)
        if order is None or not order.order_id:
            raise OrderNotFound(11044, "not_open_order", {"reason": f"no working order {label}"})
        return await self.edit(order.order_id, qty_lots, price_ticks, post_only=post_only)

    async def cancel(self, order_id: str) -> m.Order:
        """Cancel an order and return it as it ended (private/cancel). Raises OrderNotFound."""
        for attempt in range(TRIES):
            try:
                raw = await self.call(
                    "private/cancel", {"order_id": order_id}, on_answer=self._on_order
                )
                return self.wire.order(wire.parse(raw, dialect.WireOrder))
            except LOST as error:
                if attempt == TRIES - 1:
                    raise _unknown(order_id) from error
            except OrderNotFound:
                if attempt == 0:
                    raise
                break
        return await self._settled(order_id)

    async def cancel_by_label(self, label: str) -> int:
        """Cancel the orders with a label and return how many (private/cancel_by_label)."""
        return wire.parse(await self.ask("private/cancel_by_label", {"label": label}), int)

    async def cancel_all(self, instrument: str | None = None, family: str | None = None) -> int:
        """Cancel all working orders, or one instrument's, or one family's; return how many.

        Where the first answer was lost the number may be 0, since the second time found none.
        """
        method, params = "private/cancel_all", dict[str, Any]()
        if instrument is not None:
            method, params = f"{method}_by_instrument", {"instrument_name": instrument}
        elif family is not None:
            method, params = f"{method}_by_currency", {"currency": family}
        return wire.parse(await self.ask(method, params), int)

    async def close_position(self, instrument: str, price_ticks: int | None = None) -> m.Placed:
        """Trade the position away, at market or at a limit price (private/close_position).

        A lost answer raises ConnectionLost: the request carries no label, so it is not sent again.
        """
        params: dict[str, Any] = {"instrument_name": instrument, "type": "market"}
        if price_ticks is not None:
            price = self.instrument(instrument).price(price_ticks)
            params |= {"type": "limit", "price": price}
        return await self._place("private/close_position", params)

    async def _place(self, method: str, params: Mapping[str, Any]) -> m.Placed:
        return self._placed(await self.call(method, params, on_answer=self._on_placed))

    def _placed(self, raw: msgspec.Raw) -> m.Placed:
        answer = wire.parse(raw, dialect.WirePlaced)
        trades = [self.wire.user_trade(row) for row in answer.trades]
        return m.Placed(self.wire.order(answer.order), trades)

    def _on_placed(self, raw: msgspec.Raw) -> None:
        placed = self._placed(raw)
        self.deliver([placed.order, *placed.trades])

    def _on_order(self, raw: msgspec.Raw) -> None:
        self.deliver([self.wire.order(wire.parse(raw, dialect.WireOrder))])

    async def _known(self, order_id: str) -> m.Order:
        return self.working_order(order_id) or await self.order_state(order_id)

    async def _settled(self, order_id: str) -> m.Order:
        order = await self.order_state(order_id)
        self.deliver([order])
        return order

    def working_order(self, order_id: str) -> m.Order | None:
        """Return a working order of the account by its id, None where none is known."""
        return next((o for o in self.view.orders.values() if o.order_id == order_id), None)


def _unknown(name: str) -> ConnectionLost:
    return ConnectionLost(f"{name}: no answer in {TRIES} tries; it may have taken effect")
