"""One session's stream of orders: pre-built requests of a stated mix, cancels of what was acknowledged."""

from __future__ import annotations

import random
from collections import deque
from enum import IntEnum
from typing import NamedTuple

from benchmarks.frames import client_frame

MIX = "45 % resting limit orders, 45 % cancels of the oldest, 10 % limit orders that trade at once"
STOCK = 200
"""Orders that a session has resting before it is measured, and keeps."""
NEAREST_TICKS, FARTHEST_TICKS = 5, 60
FIRST_ID = 1_000_000
_HEAD = b'{"jsonrpc":"2.0","id":'
_RESULT = b'"result"'


class Kind(IntEnum):
    """What a request does."""

    REST = 0
    CANCEL = 1
    CROSS = 2


class Touch(NamedTuple):
    """The best prices of the instrument, in ticks of 1/1000 dollar, held by somebody else's large orders."""

    instrument_name: str
    bid_ticks: int
    ask_ticks: int

    def order(self, side: str, price_ticks: int, qty_lots: int = 1) -> bytes:
        """Return the request for a limit order from its method on."""
        return (
            f',"method":"private/{side}","params":{{"instrument_name":"{self.instrument_name}",'
            f'"amount":{qty_lots},"type":"limit","price":{price_ticks / 1_000:.3f}}}}}'
        ).encode()


class Answered(NamedTuple):
    """What came of one request."""

    request_id: int
    accepted: bool


class OrderMix:
    """Gives requests and takes their answers; 20 requests in shuffled order make one turn of the mix.

    echoed: the answers are the requests themselves, and cancels name an order that never was.
    """

    def __init__(self, touch: Touch, seed: int, *, echoed: bool = False) -> None:
        draw = random.Random(seed)
        self._draw = draw
        self._echoed = echoed
        self._next_id = FIRST_ID
        self._live: deque[bytes] = deque()
        self._kinds: list[Kind] = []
        self._turn: list[Kind] = []
        self._stock = STOCK
        distances = range(NEAREST_TICKS, FARTHEST_TICKS)
        self._resting = [touch.order("buy", touch.bid_ticks - ticks) for ticks in distances]
        self._resting += [touch.order("sell", touch.ask_ticks + ticks) for ticks in distances]
        # Buys and sells in turn, so that the position stays near zero.
        self._crossing = deque(
            (touch.order("buy", touch.ask_ticks), touch.order("sell", touch.bid_ticks))
        )

    @property
    def live(self) -> int:
        """Acknowledged orders that rest and are not yet cancelled."""
        return len(self._live)

    def kind(self, request_id: int) -> Kind:
        """Return what a request was."""
        return self._kinds[request_id - FIRST_ID]

    def frame(self) -> tuple[int, bytes]:
        """Return the next request's id and frame."""
        kind = self._next_kind()
        if kind is Kind.CANCEL:
            order_id = b"H100-16777216" if self._echoed else self._live.popleft()
            tail = b',"method":"private/cancel","params":{"order_id":"' + order_id + b'"}}'
        elif kind is Kind.CROSS:
            tail = self._crossing[0]
            self._crossing.rotate()
        else:
            tail = self._resting[int(self._draw.random() * len(self._resting))]
        request_id = self._next_id
        self._next_id += 1
        self._kinds.append(kind)
        return request_id, client_frame(_HEAD + b"%d" % request_id + tail)

    def _next_kind(self) -> Kind:
        if self._stock:
            self._stock -= 1
            return Kind.REST
        if not self._turn:
            self._turn = [Kind.REST] * 9 + [Kind.CANCEL] * 9 + [Kind.CROSS] * 2
            self._draw.shuffle(self._turn)
        kind = self._turn.pop()
        if kind is Kind.CANCEL and not self._live and not self._echoed:
            return Kind.REST
        return kind

    def answered(self, payload: bytes) -> Answered:
        """Take the answer to a request; accepted: it did what was asked, entirely."""
        comma = payload.index(b",", len(_HEAD))
        request_id = int(payload[len(_HEAD) : comma])
        if self._echoed:
            return Answered(request_id, payload.startswith(b'"method"', comma + 1))
        if not payload.startswith(_RESULT, comma + 1):
            return Answered(request_id, False)
        kind = self._kinds[request_id - FIRST_ID]
        if kind is Kind.REST:
            start = payload.index(b'"order_id":"', comma) + 12
            self._live.append(payload[start : payload.index(b'"', start)])
            return Answered(request_id, b'"order_state":"open"' in payload)
        wanted = b'"order_state":"cancelled"' if kind is Kind.CANCEL else b'"order_state":"filled"'
        return Answered(request_id, wanted in payload)
