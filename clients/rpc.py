"""One WebSocket that speaks JSON-RPC 2.0: requests matched with answers, notifications, heartbeats.

It lives as long as its socket; ``clients.connection`` makes the next one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from clients.errors import ConnectionLost, ProtocolError, RequestTimeout, rpc_error

OnNotification = Callable[[str, msgspec.Raw], None]
OnAnswer = Callable[[msgspec.Raw], None]

MAX_IN_FLIGHT = 1024


class _ErrorBody(msgspec.Struct):
    code: int
    message: str
    data: Any = None


class _Params(msgspec.Struct):
    channel: str = ""
    data: msgspec.Raw = msgspec.Raw(b"null")
    type: str = ""


class _Frame(msgspec.Struct):
    id: int | None = None
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: _ErrorBody | None = None
    method: str = ""
    params: _Params | None = None


class _Waiting(msgspec.Struct):
    future: asyncio.Future[msgspec.Raw]
    on_answer: OnAnswer | None


_FRAME = msgspec.json.Decoder(_Frame)
_ENCODER = msgspec.json.Encoder()


class RpcSession:
    """Requests and notifications over one open socket."""

    def __init__(
        self, socket: ClientConnection, on_notification: OnNotification, timeout_s: float
    ) -> None:
        self._socket = socket
        self._timeout_s = timeout_s
        self._on_notification = on_notification
        self._waiting: dict[int, _Waiting] = {}
        self._next_id = 1
        self._slots = asyncio.Semaphore(MAX_IN_FLIGHT)
        self.lost = False
        self.frames = 0

    async def request(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        timeout_s: float | None = None,
        on_answer: OnAnswer | None = None,
    ) -> msgspec.Raw:
        """Send a request and return the JSON of its result.

        on_answer is called with the result before any later frame is looked at: what it does is in
        order with the notifications, which the awaiting task itself is not.
        Raises RpcError (refused), RequestTimeout or ConnectionLost (nobody knows).
        """
        async with self._slots:
            if self.lost:
                raise ConnectionLost(f"{method}: the connection is closed")
            request_id = self._next_id
            self._next_id += 1
            future: asyncio.Future[msgspec.Raw] = asyncio.get_running_loop().create_future()
            self._waiting[request_id] = _Waiting(future, on_answer)
            body = {"jsonrpc": "2.0", "id": request_id, "method": method, "params": params or {}}
            allowed_s = self._timeout_s if timeout_s is None else timeout_s
            try:
                async with asyncio.timeout(allowed_s):
                    await self._socket.send(_ENCODER.encode(body), text=True)
                    return await future
            except TimeoutError:
                raise RequestTimeout(f"{method}: no answer within {allowed_s:g} s") from None
            except ConnectionClosed as closed:
                self.lost = True
                raise ConnectionLost(f"{method}: the connection broke ({closed})") from closed
            finally:
                self._waiting.pop(request_id, None)

    async def read(self) -> None:
        """Take frames until the socket ends. Raises ConnectionLost, always, or ProtocolError."""
        try:
            while True:
                await self._take(await self._socket.recv(decode=False))
        except ConnectionClosed as closed:
            raise ConnectionLost(f"the connection ended ({closed})") from closed
        finally:
            self.lost = True
            for waiting in self._waiting.values():
                if not waiting.future.done():
                    waiting.future.set_exception(ConnectionLost("the connection ended"))

    async def _take(self, raw: bytes) -> None:
        self.frames += 1
        try:
            frame = _FRAME.decode(raw)
        except msgspec.DecodeError as error:
            raise ProtocolError(f"not a JSON-RPC frame: {error}") from error
        if frame.method == "subscription" and frame.params is not None:
            self._on_notification(frame.params.channel, frame.params.data)
        elif frame.method == "heartbeat" and frame.params is not None:
            if frame.params.type == "test_request":
                # Id 0 is never given to a request, so nobody waits for this answer.
                await self._socket.send(
                    b'{"jsonrpc":"2.0","id":0,"method":"public/test","params":{}}', text=True
                )
        elif frame.id:
            self._answer(frame.id, frame)

    def _answer(self, request_id: int, frame: _Frame) -> None:
        waiting = self._waiting.get(request_id)
        if waiting is None or waiting.future.done():
            return
        if frame.error is not None:
            error = frame.error
            waiting.future.set_exception(rpc_error(error.code, error.message, error.data))
            return
        try:
            if waiting.on_answer is not None:
                waiting.on_answer(frame.result)
        except ProtocolError as error:
            waiting.future.set_exception(error)
        else:
            waiting.future.set_result(frame.result)
