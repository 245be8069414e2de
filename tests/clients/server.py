"""A small exchange over a real socket that keeps its promises, except those it is told to break.

It keeps orders, fills and positions of one account and the depth of its books. Faults: an answer
that is lost with its connection, repeated and skipped messages, delays, refusals.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import defaultdict
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

CLIENT_ID, CLIENT_SECRET = "key-1", "secret-1"
GPU1, PERPETUAL = "GPU1-31DEC26", "H100-PERPETUAL"
NOW_MS = 1_790_000_000_000


def instrument(name: str, number: int, hours: int, tick: float) -> dict[str, Any]:
    """One row of public/get_instruments."""
    perpetual = name.endswith("PERPETUAL")
    return {
        "instrument_name": name,
        "instrument_id": number,
        "kind": "future",
        "base_currency": name.split("-")[0],
        "quote_currency": "USD",
        "price_index": "gpu1_h100" if not perpetual else "h100",
        "underlying": "H100",
        "settlement_period": "perpetual" if perpetual else "month",
        "tick_size": tick,
        "contract_size": hours,
        "creation_timestamp": NOW_MS,
        "expiration_timestamp": 32_503_708_800_000 if perpetual else NOW_MS + 30 * 86_400_000,
        "maker_fee": 1.0,
        "taker_fee": 5.5,
        "initial_margin": 0.2,
        "maintenance_margin": 0.15,
        "max_order_amount": 1000,
        "is_active": True,
    }


class Refusal(Exception):  # noqa: N818 - it is an answer, not a defect
    """An error answer."""

    def __init__(self, code: int, message: str, **data: str) -> None:
        super().__init__(message)
        self.body = {"code": code, "message": message, "data": data}


class FakeExchange:
    """State of the exchange, and what is to go wrong with it."""

    def __init__(self) -> None:
        self.now_ms = NOW_MS
        self.orders: dict[str, dict[str, Any]] = {}
        self.fills: list[dict[str, Any]] = []
        self.implied_bids: dict[str, list[list[float]]] = {}
        self.books: dict[str, dict[str, dict[float, int]]] = defaultdict(
            lambda: {"bids": {}, "asks": {}}
        )
        self.change_ids: dict[str, int] = defaultdict(lambda: 100)
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.lose_answer: dict[str, int] = defaultdict(int)
        """Method -> how many of the next calls take effect, but lose their answer and the line."""
        self.lose_request: dict[str, int] = defaultdict(int)
        self.refuse: dict[str, list[Refusal]] = defaultdict(list)
        self.silent: set[str] = set()
        self.repeat = 1
        self.page = 1_000
        self.tests_answered = 0
        self.connections = 0
        self.lines: dict[ServerConnection, set[str]] = {}
        self._authenticated: set[ServerConnection] = set()
        self._server: Server | None = None

    async def __aenter__(self) -> FakeExchange:
        self._server = await serve(self._line, "127.0.0.1", 0)
        self.port: int = next(iter(self._server.sockets)).getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws/api/v2"

    async def refuse_connections(self) -> None:
        """Stop listening and drop every line."""
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def accept_connections(self) -> None:
        """Listen again on the same port."""
        self._server = await serve(self._line, "127.0.0.1", self.port)

    def drop_lines(self) -> None:
        """Cut every line without a goodbye."""
        for line in list(self.lines):
            line.transport.abort()

    async def _line(self, line: ServerConnection) -> None:
        self.connections += 1
        self.lines[line] = set()
        try:
            async for raw in line:
                await self._serve(line, json.loads(raw))
        except ConnectionClosed:
            return
        finally:
            self.lines.pop(line, None)
            self._authenticated.discard(line)

    async def _serve(self, line: ServerConnection, request: dict[str, Any]) -> None:
        method, params = request["method"], request["params"]
        self.calls.append((method, params))
        if method == "public/test" and request["id"] == 0:
            self.tests_answered += 1
        if self.lose_request[method] > 0:
            self.lose_request[method] -= 1
            line.transport.abort()
            return
        if method in self.silent:
            return
        body: dict[str, Any] = {"jsonrpc": "2.0", "id": request["id"]}
        after: list[tuple[str, Any]] = []
        try:
            if self.refuse[method]:
                raise self.refuse[method].pop(0)
            if method.startswith("private/") and line not in self._authenticated:
                raise Refusal(13009, "unauthorized")
            body["result"] = self._answer(line, method, params, after)
        except Refusal as refusal:
            body["error"] = refusal.body
        if self.lose_answer[method] > 0:
            self.lose_answer[method] -= 1
            line.transport.abort()
            return
        await line.send(json.dumps(body))
        for channel, data in after:
            await self._notify(line, channel, data)

    async def _notify(self, line: ServerConnection, channel: str, data: Any) -> None:
        params = {"channel": channel, "data": data}
        frame = json.dumps({"jsonrpc": "2.0", "method": "subscription", "params": params})
        for _ in range(self.repeat):
            await line.send(frame)

    async def publish(self, channel: str, data: Any) -> None:
        """Send one message to every line that follows the channel."""
        for line, channels in list(self.lines.items()):
            if channel in channels:
                await self._notify(line, channel, data)

    async def test_request(self) -> None:
        """Ask every line whether it lives."""
        frame = {"jsonrpc": "2.0", "method": "heartbeat", "params": {"type": "test_request"}}
        for line in list(self.lines):
            await line.send(json.dumps(frame))

    def _answer(
        self,
        line: ServerConnection,
        method: str,
        params: dict[str, Any],
        after: list[tuple[str, Any]],
    ) -> Any:
        scope, _, name = method.partition("/")
        handler = getattr(self, f"_{scope}_{name}", None)
        if handler is None:
            raise Refusal(-32601, "Method not found", param="method")
        return handler(line, params, after)

    def _public_get_time(self, *_: Any) -> int:
        return self.now_ms

    def _public_test(self, *_: Any) -> dict[str, str]:
        return {"version": "1"}

    def _public_set_heartbeat(self, *_: Any) -> str:
        return "ok"

    def _public_get_instruments(self, *_: Any) -> list[dict[str, Any]]:
        return [instrument(GPU1, 1, 730, 0.01), instrument(PERPETUAL, 2, 1, 0.001)]

    def _public_auth(self, line: ServerConnection, params: dict[str, Any], *_: Any) -> Any:
        text = f"{params['timestamp']}\n{params['nonce']}\n{params['data']}"
        expected = hmac.new(CLIENT_SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
        if params["client_id"] != CLIENT_ID or params["signature"] != expected:
            raise Refusal(13004, "invalid_credentials")
        self._authenticated.add(line)
        return {"access_token": "t", "refresh_token": "r", "expires_in": 900, "scope": "trade"}

    def _public_subscribe(
        self, line: ServerConnection, params: dict[str, Any], after: list[tuple[str, Any]]
    ) -> list[str]:
        taken = [name for name in params["channels"] if not name.startswith("quote.NOWHERE")]
        self.lines[line].update(taken)
        after += [(name, self.snapshot(name)) for name in taken if name.startswith("book.")]
        return taken

    def _public_unsubscribe(
        self, line: ServerConnection, params: dict[str, Any], *_: Any
    ) -> list[str]:
        self.lines[line].difference_update(params["channels"])
        return list(params["channels"])

    _private_subscribe = _public_subscribe
    _private_unsubscribe = _public_unsubscribe

    def _public_get_order_book(self, line: Any, params: dict[str, Any], *_: Any) -> dict[str, Any]:
        book = self.snapshot(f"book.{params['instrument_name']}.raw")
        plain = {side: [level[1:] for level in book[side]] for side in ("bids", "asks")}
        implied = {"implied_bids": self.implied_bids.get(params["instrument_name"], [])}
        return {**book, **plain, **implied}

    def snapshot(self, channel: str) -> dict[str, Any]:
        """The present book as a message."""
        name = channel.split(".")[1]
        book = self.books[name]
        return {
            "type": "snapshot",
            "timestamp": self.now_ms,
            "instrument_name": name,
            "change_id": self.change_ids[name],
            "bids": [["new", p, book["bids"][p]] for p in sorted(book["bids"], reverse=True)],
            "asks": [["new", p, book["asks"][p]] for p in sorted(book["asks"])],
        }

    def change(self, name: str, side: str, price: float, amount: int) -> dict[str, Any]:
        """Set a level and return the message that says so."""
        levels = self.books[name][side]
        action = "delete" if amount == 0 else "change" if price in levels else "new"
        if amount:
            levels[price] = amount
        else:
            del levels[price]
        previous = self.change_ids[name]
        self.change_ids[name] += 1
        message: dict[str, Any] = {
            "type": "change",
            "timestamp": self.now_ms,
            "instrument_name": name,
            "prev_change_id": previous,
            "change_id": self.change_ids[name],
            "bids": [],
            "asks": [],
        }
        message[side] = [[action, price, amount]]
        return message

    def _order(self, side: str, params: dict[str, Any]) -> dict[str, Any]:
        label = params.get("label", "")
        if label and any(order["label"] == label for order in self.orders.values()):
            raise Refusal(10011, "duplicate_label", param="label", reason="label was used before")
        order = {
            "order_id": f"O-{len(self.orders) + 1}",
            "label": label,
            "instrument_name": params["instrument_name"],
            "direction": side,
            "order_state": "open",
            "order_type": params["type"],
            "price": params.get("price", "market_price"),
            "amount": params["amount"],
            "filled_amount": 0,
            "average_price": 0,
            "creation_timestamp": self.now_ms,
            "last_update_timestamp": self.now_ms,
            "post_only": params.get("post_only", False),
            "reduce_only": False,
            "time_in_force": params.get("time_in_force", "good_til_cancelled"),
        }
        self.orders[str(order["order_id"])] = order
        return order

    def _private_buy(
        self, line: Any, params: dict[str, Any], after: list[tuple[str, Any]]
    ) -> dict[str, Any]:
        return self._entered(self._order("buy", params), after)

    def _private_sell(
        self, line: Any, params: dict[str, Any], after: list[tuple[str, Any]]
    ) -> dict[str, Any]:
        return self._entered(self._order("sell", params), after)

    def _entered(self, order: dict[str, Any], after: list[tuple[str, Any]]) -> dict[str, Any]:
        """Answer to an order: opposite depth at its price or better fills it at once."""
        trades = []
        book = self.books[order["instrument_name"]]
        buys = order["direction"] == "buy"
        far = book["asks" if buys else "bids"]
        for price in sorted(far, reverse=not buys):
            limit = order["price"]
            crosses = limit == "market_price" or (price <= limit if buys else price >= limit)
            if crosses and order["amount"] > order["filled_amount"]:
                size = min(far[price], order["amount"] - order["filled_amount"])
                trades.append(self.fill(order["order_id"], size, price, "T"))
        after.append(("user.changes.any.any.raw", self.changes(order, trades)))
        return {"order": dict(order), "trades": trades}

    def changes(self, order: dict[str, Any], trades: list[dict[str, Any]]) -> dict[str, Any]:
        """The message of user.changes for an order and its fills."""
        name = order["instrument_name"]
        return {
            "instrument_name": name,
            "orders": [dict(order)],
            "trades": trades,
            "positions": [self.position(name)],
        }

    def fill(
        self, order_id: str, amount: int, price: float | None = None, liquidity: str = "M"
    ) -> dict[str, Any]:
        """Fill an order without telling anyone, and return the fill."""
        order = self.orders[order_id]
        self.now_ms += 1
        order["filled_amount"] += amount
        order["last_update_timestamp"] = self.now_ms
        if order["filled_amount"] == order["amount"]:
            order["order_state"] = "filled"
        fill = {
            "trade_id": str(len(self.fills) + 1),
            "trade_seq": len(self.fills) + 1,
            "instrument_name": order["instrument_name"],
            "timestamp": self.now_ms,
            "order_id": order_id,
            "label": order["label"],
            "direction": order["direction"],
            "price": order["price"] if price is None else price,
            "amount": amount,
            "fee": 1.0,
            "fee_currency": "USD",
            "liquidity": liquidity,
        }
        self.fills.append(fill)
        return fill

    async def announce(self, order_id: str, *fills: dict[str, Any]) -> None:
        """Tell every line of the account what became of an order."""
        message = self.changes(self.orders[order_id], list(fills))
        await self.publish("user.changes.any.any.raw", message)

    def position(self, name: str) -> dict[str, Any]:
        """The account's position, from its fills."""
        size = sum(
            fill["amount"] * (1 if fill["direction"] == "buy" else -1)
            for fill in self.fills
            if fill["instrument_name"] == name
        )
        return {
            "instrument_name": name,
            "size": size,
            "direction": "buy" if size > 0 else "sell" if size < 0 else "zero",
            "average_price": 2.5,
            "mark_price": 2.51,
            "realized_profit_loss": 0.0,
            "floating_profit_loss": 0.0,
        }

    def _private_enable_cancel_on_disconnect(self, *_: Any) -> str:
        return "ok"

    def _private_get_positions(self, *_: Any) -> list[dict[str, Any]]:
        return [self.position(name) for name in {f["instrument_name"] for f in self.fills}]

    def _private_get_open_orders(self, *_: Any) -> list[dict[str, Any]]:
        return [dict(o) for o in self.orders.values() if o["order_state"] == "open"]

    def _private_get_open_orders_by_label(
        self, line: Any, params: dict[str, Any], *_: Any
    ) -> list[dict[str, Any]]:
        return [o for o in self._private_get_open_orders() if o["label"] == params["label"]]

    def _private_get_order_history_by_instrument(
        self, line: Any, params: dict[str, Any], *_: Any
    ) -> list[dict[str, Any]]:
        return [dict(o) for o in self.orders.values() if o["order_state"] != "open"]

    def _private_get_order_state(
        self, line: Any, params: dict[str, Any], *_: Any
    ) -> dict[str, Any]:
        if params["order_id"] not in self.orders:
            raise Refusal(10004, "order_not_found")
        return dict(self.orders[params["order_id"]])

    def _private_get_user_trades_by_order(
        self, line: Any, params: dict[str, Any], *_: Any
    ) -> dict[str, Any]:
        trades = [fill for fill in self.fills if fill["order_id"] == params["order_id"]]
        return {"trades": trades, "has_more": False}

    def _private_get_user_trades_by_currency(
        self, line: Any, params: dict[str, Any], *_: Any
    ) -> dict[str, Any]:
        found = [
            fill
            for fill in self.fills
            if fill["timestamp"] >= params["start_timestamp"]
            and int(fill["trade_id"]) >= int(params.get("start_id", 0))
        ]
        count = min(params["count"], self.page)
        return {"trades": found[:count], "has_more": len(found) > count}

    def _private_edit(
        self, line: Any, params: dict[str, Any], after: list[tuple[str, Any]]
    ) -> dict[str, Any]:
        order = self.orders.get(params["order_id"])
        if order is None or order["order_state"] != "open":
            raise Refusal(10004, "order_not_found")
        order.update(amount=params["amount"], price=params["price"])
        return self._entered(order, after)

    def _private_cancel(
        self, line: Any, params: dict[str, Any], after: list[tuple[str, Any]]
    ) -> dict[str, Any]:
        order = self.orders.get(params["order_id"])
        if order is None or order["order_state"] != "open":
            raise Refusal(10004, "order_not_found")
        order["order_state"] = "cancelled"
        after.append(("user.changes.any.any.raw", self.changes(order, [])))
        return dict(order)

    def _private_cancel_all(
        self, line: Any, params: dict[str, Any], after: list[tuple[str, Any]]
    ) -> int:
        live = [order for order in self.orders.values() if order["order_state"] == "open"]
        for order in live:
            order["order_state"] = "cancelled"
            after.append(("user.changes.any.any.raw", self.changes(order, [])))
        return len(live)

    def _private_get_account_summary(self, *_: Any) -> dict[str, Any]:
        return {
            "currency": "USD",
            "equity": 10_000_000.0,
            "balance": 10_000_000.0,
            "available_funds": 9_000_000.0,
            "initial_margin": 1_000_000.0,
            "maintenance_margin": 750_000.0,
        }
