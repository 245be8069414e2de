"""A tape of order flow sent through a live gateway as fast as it goes, in the tape's own order.

One connection carries both sides: its buyer and its seller are two accounts, told apart by the
access token that each request carries, so the order of the requests is the order of the tape.
Requests are pipelined; what names an order waits only until that order's answer has come.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.lobster_plan import TapeCommand
from matching.layout import CommandKind, Side, TimeInForce

MAX_IN_FLIGHT = 512
_ENCODE = msgspec.json.Encoder().encode
_TIMES_IN_FORCE = {TimeInForce.GTC: "good_til_cancelled", TimeInForce.IOC: "immediate_or_cancel"}


class TapeError(RuntimeError):
    """The exchange refused a command of the tape; the text holds both."""


class Executed(NamedTuple):
    """One execution as the aggressor's answer tells it."""

    price_ticks: int
    qty_lots: int


class TapeRun(NamedTuple):
    """What came of a tape: the executions that answered each command, and the seconds it took."""

    executions: list[tuple[Executed, ...]]
    elapsed_s: float


class _Failure(msgspec.Struct):
    code: int
    message: str
    data: Any = None


class _Order(msgspec.Struct):
    order_id: str


class _Trade(msgspec.Struct):
    price: float
    amount: float


class _Placed(msgspec.Struct):
    order: _Order
    trades: list[_Trade]


class _Answer(msgspec.Struct):
    id: int
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: _Failure | None = None


_DECODE = msgspec.json.Decoder(_Answer).decode
_DECODE_PLACED = msgspec.json.Decoder(_Placed).decode


class _Token(msgspec.Struct):
    access_token: str


async def send_tape(
    url: str,
    buyer: Mapping[str, str],
    seller: Mapping[str, str],
    instrument: str,
    commands: Sequence[TapeCommand],
    *,
    tick: float,
) -> TapeRun:
    """Send a plan's commands and return their answers.

    buyer, seller: client_id and client_secret of the accounts that enter each side. tick: dollars of
    one tick. Raises TapeError at the first command that is refused.
    """
    async with connect(url, compression=None, max_size=None) as socket:
        tokens = {
            Side.BUY: await _token(socket, buyer),
            Side.SELL: await _token(socket, seller),
        }
        return await _Sender(socket, tokens, instrument, commands, tick).run()


async def _token(socket: ClientConnection, key: Mapping[str, str]) -> str:
    params = {"grant_type": "client_credentials", **key}
    await socket.send(_ENCODE({"id": 0, "method": "public/auth", "params": params}), text=True)
    answer = _DECODE(await socket.recv())
    if answer.error is not None:
        raise TapeError(f"public/auth: {answer.error}")
    return msgspec.json.decode(answer.result, type=_Token).access_token


class _Sender:
    """One pass through a plan: a request's id is its command's place in the plan."""

    def __init__(
        self,
        socket: ClientConnection,
        tokens: Mapping[Side, str],
        instrument: str,
        commands: Sequence[TapeCommand],
        tick: float,
    ) -> None:
        self._socket = socket
        self._tokens = tokens
        self._instrument = instrument
        self._commands = commands
        self._tick = tick
        self._executions: list[tuple[Executed, ...]] = [()] * len(commands)
        self._order_ids: dict[int, str] = {}
        self._filled_lots: dict[int, int] = {}
        self._answered = 0
        self._news = asyncio.Event()

    async def run(self) -> TapeRun:
        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._read())
            group.create_task(self._send())
        return TapeRun(self._executions, time.perf_counter() - began)

    async def _send(self) -> None:
        for place, command in enumerate(self._commands):
            while place - self._answered >= MAX_IN_FLIGHT or not self._is_sendable(place, command):
                self._news.clear()
                await self._news.wait()
            method, params = self._request(command)
            params["access_token"] = self._tokens[Side(command.side)]
            await self._socket.send(
                _ENCODE({"id": place, "method": method, "params": params}), text=True
            )
            for execution in command.executions:
                filled_lots = self._filled_lots.get(execution.key, 0)
                self._filled_lots[execution.key] = filled_lots + execution.qty_lots

    def _is_sendable(self, place: int, command: TapeCommand) -> bool:
        if command.kind == CommandKind.SUBMIT:
            return True
        if command.kind == CommandKind.AMEND and self._answered < place:
            # An edit names the whole size, so no fill of the order may be under way.
            return False
        return command.key in self._order_ids

    def _request(self, command: TapeCommand) -> tuple[str, dict[str, Any]]:
        if command.kind == CommandKind.CANCEL:
            return "private/cancel", {"order_id": self._order_ids[command.key]}
        price = round(command.price_ticks * self._tick, 6)
        if command.kind == CommandKind.AMEND:
            filled_lots = self._filled_lots.get(command.key, 0)
            return "private/edit", {
                "order_id": self._order_ids[command.key],
                "amount": filled_lots + command.qty_lots,
                "price": price,
            }
        return "private/buy" if command.side == Side.BUY else "private/sell", {
            "instrument_name": self._instrument,
            "amount": command.qty_lots,
            "price": price,
            "time_in_force": _TIMES_IN_FORCE[command.tif],
        }

    async def _read(self) -> None:
        while self._answered < len(self._commands):
            answer = _DECODE(await self._socket.recv())
            command = self._commands[answer.id]
            if answer.error is not None:
                raise TapeError(f"{answer.id}: {command} was refused: {answer.error}")
            if command.kind == CommandKind.SUBMIT:
                placed = _DECODE_PLACED(answer.result)
                self._order_ids[command.key] = placed.order.order_id
                self._executions[answer.id] = tuple(
                    Executed(round(trade.price / self._tick), round(trade.amount))
                    for trade in placed.trades
                )
            self._answered += 1
            self._news.set()
