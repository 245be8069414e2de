"""A connection that stays: it reconnects with backoff and jitter, and sets each session up."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from clients.errors import (
    AuthenticationError,
    ConnectionLost,
    ExchangeError,
    NotConnected,
    PermissionDenied,
)
from clients.rpc import OnAnswer, OnNotification, RpcSession


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """How patient a connection is, in seconds."""

    connect_s: float = 10.0
    request_s: float = 10.0
    heartbeat_s: float = 10.0
    """A peer that does not answer a ping for as long is taken for dead."""
    backoff_first_s: float = 0.1
    backoff_most_s: float = 5.0


MAX_FRAME_BYTES = 8 << 20
FATAL = (AuthenticationError, PermissionDenied)
TRANSIENT = (OSError, TimeoutError, WebSocketException, ExchangeError)

OnSession = Callable[[RpcSession], Awaitable[None]]
OnState = Callable[[bool, str], None]
OnFailure = Callable[[ExchangeError], None]


def backoff_s(attempt: int, timing: Timing, jitter: random.Random) -> float:
    """Return the pause before try ``attempt`` (from 1): doubled each time, half of it random.

    Source: M. Brooker, "Exponential backoff and jitter", AWS Architecture Blog, 2015.
    """
    whole = min(timing.backoff_most_s, timing.backoff_first_s * 2.0 ** min(attempt - 1, 30))
    return whole / 2 + jitter.uniform(0, whole / 2)


class Connection:
    """Requests through whichever session is up, to one address or, where that ends, to the next of several."""

    def __init__(
        self,
        url: str | Sequence[str],
        *,
        on_notification: OnNotification,
        on_session: OnSession,
        on_state: OnState,
        on_failure: OnFailure,
        timing: Timing,
    ) -> None:
        self._urls = (url,) if isinstance(url, str) else tuple(url)
        if not self._urls:
            raise ValueError("a connection needs an address")
        self._turn = 0
        self.timing = timing
        self.reconnects = 0
        self._on_notification = on_notification
        self._on_session = on_session
        self._on_state = on_state
        self._on_failure = on_failure
        self._jitter = random.Random()
        self._session: RpcSession | None = None
        self._up = asyncio.Event()
        self._opened: asyncio.Future[None] | None = None
        self._failure: ExchangeError | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """The address that is used, or tried, now."""
        return self._urls[self._turn % len(self._urls)]

    async def open(self) -> None:
        """Connect and set the first session up. Raises what kept it from coming up."""
        self._opened = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._run(), name=f"connection {self.url}")
        try:
            await self._opened
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Close the socket and end the task; requests that wait raise NotConnected."""
        self._failure = self._failure or NotConnected("the connection was closed by its owner")
        self._up.set()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def request(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        timeout_s: float | None = None,
        on_answer: OnAnswer | None = None,
    ) -> msgspec.Raw:
        """Send a request over the session that is up, waiting for one within the time allowed.

        Raises NotConnected (not sent), else what RpcSession.request raises.
        """
        allowed_s = self.timing.request_s if timeout_s is None else timeout_s
        if self._session is not None and self._session.lost:
            # The reader has not told yet; what is sent now would be lost for certain.
            self._up.clear()
            self._session = None
        if not self._up.is_set() and self._failure is None:
            try:
                async with asyncio.timeout(allowed_s):
                    await self._up.wait()
            except TimeoutError:
                raise NotConnected(f"{method}: no connection within {allowed_s:g} s") from None
        if self._failure is not None:
            raise NotConnected(f"{method}: {self._failure}") from self._failure
        session = self._session
        if session is None:
            raise NotConnected(f"{method}: the connection is being replaced")
        return await session.request(method, params, timeout_s=allowed_s, on_answer=on_answer)

    async def _run(self) -> None:
        attempt = 0
        while True:
            began_s = asyncio.get_running_loop().time()
            try:
                await self._live()
                reason = "ended"
            except FATAL as error:
                self._fail(error)
                return
            except TRANSIENT as error:
                if self._opened is not None and not self._opened.done():
                    if self._turn + 1 < len(self._urls):
                        self._turn += 1
                        continue
                    self._opened.set_exception(_unreachable(self.url, error))
                    return
                reason = str(error)
            self._turn += 1
            self._on_state(False, reason)
            # A session that lasted was a good one: only quick failures in a row lengthen the pause.
            lasted_s = asyncio.get_running_loop().time() - began_s
            attempt = 1 if lasted_s > self.timing.backoff_most_s else attempt + 1
            await asyncio.sleep(backoff_s(attempt, self.timing, self._jitter))
            self.reconnects += 1

    async def _live(self) -> None:
        async with connect(
            self.url,
            open_timeout=self.timing.connect_s,
            close_timeout=1.0,
            ping_interval=self.timing.heartbeat_s,
            ping_timeout=self.timing.heartbeat_s,
            max_size=MAX_FRAME_BYTES,
            compression=None,
            proxy=None,
        ) as socket:
            session = RpcSession(socket, self._on_notification, self.timing.request_s)
            reader = asyncio.create_task(session.read(), name=f"reader {self.url}")
            try:
                await self._set_up(session, reader)
                self._session = session
                self._up.set()
                self._on_state(True, "")
                if self._opened is not None and not self._opened.done():
                    self._opened.set_result(None)
                await reader
            finally:
                self._up.clear()
                self._session = None
                reader.cancel()
                await asyncio.gather(reader, return_exceptions=True)

    async def _set_up(self, session: RpcSession, reader: asyncio.Task[None]) -> None:
        try:
            await self._on_session(session)
        except ConnectionLost:
            # The reader knows better why the line broke.
            if reader.done():
                await reader
            raise

    def _fail(self, error: ExchangeError) -> None:
        self._failure = error
        self._up.set()
        if self._opened is not None and not self._opened.done():
            self._opened.set_exception(error)
        else:
            self._on_failure(error)


def _unreachable(url: str, error: Exception) -> Exception:
    if isinstance(error, ExchangeError):
        return error
    return NotConnected(f"{url} does not answer: {error or type(error).__name__}")
