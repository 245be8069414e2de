"""Bots that trade over raw sockets and remember exactly what the exchange acknowledged to them."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Mapping
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

ANSWER_S = 60.0
IN_FLIGHT = 16
WORKING_ORDERS = 60
BOOK_CLOSED = 10012
SYSTEM_MAINTENANCE = 11051
DUPLICATE = "duplicate_label"
TOO_LATE = {10004, 10010}
"""An order that a cancel or edit names has been filled or cancelled meanwhile."""
INVALID_PARAMS = -32602
"""An edit to a size that is filled already."""


class LostError(Exception):
    """The connection ended before the answer: nobody knows whether the request took effect."""


class Line:
    """One connection: requests by id, answers as they come."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._reading = asyncio.create_task(self._read())

    @property
    def ended(self) -> bool:
        """Whether nothing more will be answered."""
        return self._reading.done()

    async def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """The whole answer; raises LostError."""
        if self.ended:
            raise LostError
        request_id = next(self._ids)
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[request_id] = future
        body = {"jsonrpc": "2.0", "id": request_id, "method": method, "params": params}
        try:
            await self._socket.send(msgspec.json.encode(body), text=True)
            async with asyncio.timeout(ANSWER_S):
                return await future
        except ConnectionClosed as closed:
            self._waiting.pop(request_id, None)
            future.cancel()
            raise LostError from closed

    async def call(self, method: str, **params: Any) -> Any:
        """The result of a request that must succeed."""
        answer = await self.ask(method, **params)
        assert "error" not in answer, (method, params, answer)
        return answer["result"]

    async def _read(self) -> None:
        try:
            while True:
                answer = msgspec.json.decode(await self._socket.recv())
                future = self._waiting.pop(answer["id"])
                if not future.done():
                    future.set_result(answer)
        except (ConnectionClosed, OSError):
            pass
        finally:
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(LostError())

    async def close(self) -> None:
        """End the connection."""
        await self._socket.close()
        await self._reading


class CrashBot:
    """Submits labelled orders around the mark, cancels and edits them; ``acknowledged`` is its memory."""

    def __init__(self, name: str, key: Mapping[str, str], seed: str) -> None:
        self.name = name
        self.acknowledged: dict[str, str] = {}
        """label -> order id."""
        self.fills: dict[str, tuple[str, int]] = {}
        """trade id -> order id and lots, as the answers carried them."""
        self.cancelled: set[str] = set()
        self.edited: set[tuple[str, float, int]] = set()
        self.unanswered: dict[str, tuple[str, dict[str, Any]]] = {}
        """label -> method and parameters of an order whose answer never came."""
        self.lost = 0
        self.doubled = 0
        """Retries that found their order accepted before."""
        self.line: Line
        self._key = dict(key)
        self._random = random.Random(seed)
        self._labels = itertools.count(1)
        self._working: list[str] = []
        self._marks: dict[str, tuple[float, float]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def connect(self, url: str, instruments: list[str]) -> None:
        """Log in, learn ticks and marks."""
        self.line = Line(await connect(url, compression=None, max_size=None))
        await self.line.call("public/auth", grant_type="client_credentials", **self._key)
        for name in instruments:
            ticker = await self.line.call("public/ticker", instrument_name=name)
            terms = await self.line.call("public/get_instrument", instrument_name=name)
            self._marks[name] = (ticker["mark_price"], terms["tick_size"])

    async def retry(self) -> None:
        """Send each unanswered order again under its label, and learn what became of it."""
        for label, (method, params) in list(self.unanswered.items()):
            answer = await self.line.ask(method, **params)
            if "error" not in answer:
                self._placed(label, answer["result"])
                continue
            paused = answer["error"]["code"] == BOOK_CLOSED
            told = paused or DUPLICATE in str(answer["error"].get("data"))
            assert told, (self.name, params, answer)
            found = await self.line.call(
                "private/get_order_state_by_label", currency="any", label=label
            )
            del self.unanswered[label]
            if paused and not found:
                continue
            assert len(found) == 1, (self.name, label, found)
            self.doubled += 1
            self.acknowledged[label] = found[0]["order_id"]

    async def trade(self) -> None:
        """Trade until the connection ends."""
        self._working = [
            order["order_id"] for order in await self.line.call("private/get_open_orders")
        ]
        slots = asyncio.Semaphore(IN_FLIGHT)
        try:
            while not self.line.ended:
                await slots.acquire()
                task = asyncio.create_task(self._act())
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
                task.add_done_callback(lambda _: slots.release())
                # In one turn of the loop bots would send bursts only.
                await asyncio.sleep(self._random.expovariate(400))
        finally:
            results = await asyncio.gather(*self._tasks, return_exceptions=True)
            await self.line.close()
        for failure in results:
            if isinstance(failure, BaseException):
                raise failure

    async def _act(self) -> None:
        try:
            drawn = self._random.random()
            if self._working and (len(self._working) > WORKING_ORDERS or drawn < 0.3):
                await self._cancel(self._take())
            elif self._working and drawn < 0.45:
                await self._edit(self._random.choice(self._working))
            else:
                await self._submit()
        except LostError:
            self.lost += 1

    def _take(self) -> str:
        return self._working.pop(self._random.randrange(len(self._working)))

    async def _submit(self) -> None:
        label = f"{self.name}-{next(self._labels)}"
        name = self._random.choice(list(self._marks))
        mark, tick = self._marks[name]
        params: dict[str, Any] = {
            "instrument_name": name,
            "amount": self._random.randint(1, 5),
            "price": round(mark + self._random.randint(-4, 4) * tick, 6),
            "label": label,
        }
        if self._random.random() < 0.1:
            params["time_in_force"] = "immediate_or_cancel"
        method = self._random.choice(("private/buy", "private/sell"))
        self.unanswered[label] = (method, params)
        answer = await self.line.ask(method, **params)
        if answer.get("error", {}).get("code") == SYSTEM_MAINTENANCE:
            raise LostError
        if answer.get("error", {}).get("code") == BOOK_CLOSED:
            # The breaker paused the book, which now takes only orders that can wait for the auction.
            del self.unanswered[label]
            return
        assert "error" not in answer, (self.name, params, answer)
        self._placed(label, answer["result"])

    def _placed(self, label: str, placed: dict[str, Any]) -> None:
        order = placed["order"]
        assert order["label"] == label
        self.unanswered.pop(label, None)
        self.acknowledged[label] = order["order_id"]
        self._remember_fills(placed["trades"])
        if order["order_state"] == "open":
            self._working.append(order["order_id"])

    def _remember_fills(self, trades: list[dict[str, Any]]) -> None:
        for trade in trades:
            assert trade["trade_id"] not in self.fills
            self.fills[trade["trade_id"]] = (trade["order_id"], trade["amount"])

    async def _cancel(self, order_id: str) -> None:
        answer = await self.line.ask("private/cancel", order_id=order_id)
        if self._is_refused(answer, TOO_LATE):
            return
        self.cancelled.add(order_id)

    async def _edit(self, order_id: str) -> None:
        order = await self.line.call("private/get_order_state", order_id=order_id)
        mark, tick = self._marks[order["instrument_name"]]
        amount = self._random.randint(1, 8)
        price = round(mark + self._random.randint(-4, 4) * tick, 6)
        answer = await self.line.ask("private/edit", order_id=order_id, amount=amount, price=price)
        if self._is_refused(answer, TOO_LATE | {INVALID_PARAMS}):
            return
        self.edited.add((order_id, price, amount))
        self._remember_fills(answer["result"]["trades"])

    def _is_refused(self, answer: dict[str, Any], expected: set[int]) -> bool:
        if "error" not in answer:
            return False
        code = answer["error"]["code"]
        if code == SYSTEM_MAINTENANCE:
            raise LostError
        assert code in expected, (self.name, answer)
        return True
