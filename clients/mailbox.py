"""The bounded queue between the reader of the socket and whoever takes the messages."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque

from clients.economy.statements import RentalDay
from clients.errors import ExchangeError, NotConnected, SlowConsumer
from clients.messages import Message, PrivateMessage, PublicMessage


class Mailbox:
    """Messages in order of arrival, for one consumer.

    When full, the oldest public message makes room and is counted in ``dropped``; a private message
    is never dropped: when these alone fill it, the consumer gets SlowConsumer after the last one.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.dropped = 0
        self._public: deque[tuple[int, Message]] = deque()
        self._private: deque[tuple[int, Message]] = deque()
        self._arrivals = 0
        self._woken = asyncio.Event()
        self._poked = False
        self._closed = False
        self._error: ExchangeError | None = None

    def __len__(self) -> int:
        return len(self._public) + len(self._private)

    def put_public(self, message: PublicMessage) -> None:
        """Add a message about the market, at the cost of the oldest one where there is no room."""
        self._arrivals += 1
        self._public.append((self._arrivals, message))
        self._make_room()
        self._woken.set()

    def put_private(self, message: PrivateMessage | RentalDay) -> None:
        """Add a message about the account."""
        if len(self._private) >= self.limit:
            self.close(SlowConsumer(f"{self.limit} private messages were not taken"))
            return
        self._arrivals += 1
        self._private.append((self._arrivals, message))
        self._make_room()
        self._woken.set()

    def _make_room(self) -> None:
        if len(self) > self.limit and self._public:
            self._public.popleft()
            self.dropped += 1

    def close(self, error: ExchangeError | None = None) -> None:
        """Let the consumer finish what waits, then end, with ``error`` where one is given."""
        self._closed = True
        self._error = self._error or error
        self._woken.set()

    def wake(self) -> None:
        """End the present ``wait``, or else the next one, without a message."""
        self._poked = True
        self._woken.set()

    def take(self) -> Message | None:
        """Return the oldest message, or None where none waits."""
        public, private = self._public, self._private
        if public and (not private or public[0][0] < private[0][0]):
            return public.popleft()[1]
        return private.popleft()[1] if private else None

    async def wait(self, timeout_s: float) -> None:
        """Wait until a message waits, or the time is over. Raises the error it was closed with."""
        if len(self):
            return
        if self._closed:
            raise self._error or NotConnected("the exchange was closed")
        if not self._poked:
            self._woken.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await self._woken.wait()
        self._poked = False

    async def get(self) -> Message | None:
        """Wait for the oldest message; None after the end. Raises the error it was closed with."""
        while (message := self.take()) is None:
            if self._closed:
                if self._error is not None:
                    raise self._error
                return None
            self._woken.clear()
            await self._woken.wait()
        return message
