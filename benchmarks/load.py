"""A load of requests over WebSocket sessions, closed loop or at a fixed rate, and what became of it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from benchmarks.frames import PING, FrameReader, client_frame, handshake
from benchmarks.order_mix import OrderMix

BOUND_S = 120.0


class Load(NamedTuple):
    """What one measurement gave: answered requests, those refused, wall time and each one's latency."""

    answered: int
    refused: int
    seconds: float
    latency_ns: npt.NDArray[np.int64]

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answered / self.seconds

    def percentile_us(self, q: float) -> float:
        """Return a percentile of the latencies in microseconds; q: 0 to 100."""
        return float(np.percentile(self.latency_ns, q)) / 1e3


class LoadSession(asyncio.Protocol):
    """One WebSocket session that keeps up to ``depth`` requests in flight until its share is answered."""

    def __init__(self, port: int, mix: OrderMix) -> None:
        self.mix = mix
        self.refused = 0
        self.first_refusal: bytes = b""
        self.latency_ns: list[int] = []
        loop = asyncio.get_running_loop()
        self.open: asyncio.Future[None] = loop.create_future()
        self._port = port
        self._loop = loop
        self._transport: asyncio.Transport
        self._reader = FrameReader()
        self._head: bytes | None = b""
        self._call: asyncio.Future[bytes] | None = None
        self._sent_ns: dict[int, int] = {}
        self._to_send = self._to_come = 0
        self._done: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the WebSocket."""
        self._transport = transport  # type: ignore[assignment]
        self._transport.write(handshake(self._port))

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail whoever waits."""
        for waiting in (self.open, self._call, self._done):
            if waiting is not None and not waiting.done():
                waiting.set_exception(ConnectionError(f"the server closed the session: {exc}"))

    def data_received(self, received: bytes) -> None:
        """Take answers and put new requests in flight in their place."""
        now_ns = time.perf_counter_ns()
        if self._head is not None:
            self._head += received
            head, end, received = self._head.partition(b"\r\n\r\n")
            if not end:
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self.open.set_exception(ConnectionError(head.decode(errors="replace")))
                return
            self._head = None
            self.open.set_result(None)
        answers = 0
        for opcode, payload in self._reader.feed(received):
            if opcode == PING:
                self._transport.write(client_frame(payload, 0xA))
            elif self._call is not None:
                self._call.set_result(payload)
                self._call = None
            else:
                self._take(payload, now_ns)
                answers += 1
        if self._to_send and answers:
            self._send(min(answers, self._to_send))
        if answers and not self._to_come and self._done is not None and not self._done.done():
            self._done.set_result(None)

    async def call(self, method: str, **params: object) -> object:
        """Send one request while nothing else is in flight, and return its result."""
        self._call = self._loop.create_future()
        request = {"jsonrpc": "2.0", "id": 0, "method": method, "params": params}
        answer = self._call
        self._transport.write(client_frame(msgspec.json.encode(request)))
        decoded = msgspec.json.decode(await asyncio.wait_for(answer, BOUND_S))
        if "error" in decoded:
            raise RuntimeError(f"{method}: {decoded['error']}")
        return decoded["result"]

    def start(self, requests: int, depth: int) -> asyncio.Future[None]:
        """Send requests, up to ``depth`` at once; the future is done when all are answered."""
        self._done = self._expect(requests)
        self._to_send = requests
        self._send(min(depth, requests))
        return self._done

    def expect(self, requests: int) -> asyncio.Future[None]:
        """Prepare for requests that `send_due` sends one by one."""
        self._done = self._expect(requests)
        return self._done

    def send_due(self, due_ns: int) -> None:
        """Send one request that was due at this time; its latency counts from then."""
        request_id, frame = self.mix.frame()
        self._sent_ns[request_id] = due_ns
        self._transport.write(frame)

    def close(self) -> None:
        """Cut the connection."""
        self._done = None
        self._transport.abort()

    def _expect(self, requests: int) -> asyncio.Future[None]:
        self.latency_ns = []
        self._sent_ns = {}
        self._to_come = requests
        return self._loop.create_future()

    def _send(self, count: int) -> None:
        next_frame, sent_ns = self.mix.frame, self._sent_ns
        frames = []
        ids = []
        for _ in range(count):
            request_id, frame = next_frame()
            ids.append(request_id)
            frames.append(frame)
        self._to_send -= count
        now_ns = time.perf_counter_ns()
        for request_id in ids:
            sent_ns[request_id] = now_ns
        self._transport.write(b"".join(frames))

    def _take(self, payload: bytes, now_ns: int) -> None:
        request_id, accepted = self.mix.answered(payload)
        self.latency_ns.append(now_ns - self._sent_ns.pop(request_id))
        self._to_come -= 1
        if not accepted:
            self.refused += 1
            self.first_refusal = self.first_refusal or payload


async def connect(port: int, mixes: Sequence[OrderMix]) -> list[LoadSession]:
    """Open one session a mix."""
    loop = asyncio.get_running_loop()
    sessions = []
    for mix in mixes:
        session = LoadSession(port, mix)
        await loop.create_connection(partial(_same, session), "127.0.0.1", port)
        await asyncio.wait_for(session.open, BOUND_S)
        sessions.append(session)
    return sessions


def _same(session: LoadSession) -> LoadSession:
    return session


async def closed_loop(sessions: Sequence[LoadSession], requests: int, depth: int) -> Load:
    """Let each session send its requests as fast as answers come, ``depth`` in flight."""
    began_ns = time.perf_counter_ns()
    waits = [session.start(requests, depth) for session in sessions]
    async with asyncio.timeout(BOUND_S):
        await asyncio.gather(*waits)
    return _gathered(sessions, began_ns)


async def open_loop(sessions: Sequence[LoadSession], requests: int, rate: float) -> Load:
    """Let requests fall due at a fixed rate over all sessions in turn, answered or not.

    requests: of each session. A late request's latency counts from when it was due, so that a server
    that stalls cannot make the load wait for it.
    """
    loop = asyncio.get_running_loop()
    waits = [session.expect(requests) for session in sessions]
    began_ns = time.perf_counter_ns()
    interval_ns = 1e9 / rate

    def pace() -> None:
        # A thread, because the loop's own timers count whole milliseconds.
        for number in range(requests * len(sessions)):
            due_ns = began_ns + round(number * interval_ns)
            while (left_ns := due_ns - time.perf_counter_ns()) > 0:
                time.sleep(left_ns / 1e9)
            loop.call_soon_threadsafe(sessions[number % len(sessions)].send_due, due_ns)

    pacer = threading.Thread(target=pace, daemon=True)
    pacer.start()
    async with asyncio.timeout(BOUND_S):
        await asyncio.gather(*waits)
    return _gathered(sessions, began_ns)


def _gathered(sessions: Sequence[LoadSession], began_ns: int) -> Load:
    seconds = (time.perf_counter_ns() - began_ns) / 1e9
    latency_ns = np.concatenate([np.array(session.latency_ns, np.int64) for session in sessions])
    refused = sum(session.refused for session in sessions)
    return Load(len(latency_ns), refused, seconds, latency_ns)
